package daemon

import (
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/internal/filewatch"
	"github.com/holdfast-ha/holdfast/parser/config"
)

func TestFilesOfChecksAreMadeOnceWhereAsked(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	track := func(name string, init, overwrite bool) config.TrackFile {
		return config.TrackFile{Name: name, File: path(name), Init: init, InitValue: 7, Overwrite: overwrite}
	}
	check := func(name string) config.Checker { return config.Checker{Type: "FILE_CHECK", TrackFile: name} }
	p := &parent{log: zap.NewNop(), config: &config.Config{
		TrackFiles: []config.TrackFile{track("made", true, false), track("kept", true, false), track("over", true, true), track("plain", false, false), track("unused", true, false)},
		VirtualServers: []config.VirtualServer{{RealServers: []config.RealServer{
			{Checkers: []config.Checker{check("made"), check("kept"), check("over")}}, {Checkers: []config.Checker{check("plain"), check("made")}},
		}}},
	}}
	write := func(name, content string) {
		if err := os.WriteFile(path(name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	holds := func(when string, want map[string]string) {
		t.Helper()
		for name, content := range want {
			if got := filewatch.Read(path(name)); got != content {
				t.Errorf("%s: %s holds %q, want %q", when, name, got, content)
			}
		}
	}
	write("kept", "1\n")
	write("over", "1\n")
	p.makeFiles()
	holds("at the start", map[string]string{"made": "7\n", "kept": "1\n", "over": "7\n", "plain": "", "unused": ""})
	write("over", "3\n")
	if err := os.Remove(path("made")); err != nil {
		t.Fatal(err)
	}
	p.makeFiles()
	holds("after a reload", map[string]string{"made": "", "over": "3\n"})
}
