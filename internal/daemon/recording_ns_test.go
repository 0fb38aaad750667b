package daemon

import (
	"bytes"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/vlan"
	"github.com/holdfast-ha/holdfast/vrrp/record"
)

// replay replays what a daemon has recorded, and tells its story.
func (d *node) replay(file string) (record.Result, string) {
	d.t.Helper()
	text, err := os.ReadFile(d.file(file))
	if err != nil {
		d.t.Fatal(err)
	}
	var story strings.Builder
	res, err := record.Replay(bytes.NewReader(text), record.Real, (&record.Story{Out: &story}).Tell)
	if err != nil || res.Difference != nil {
		d.t.Fatalf("%v\n%v\n%s", err, res.Difference, story.String())
	}
	return res, story.String()
}

// TestNSRecordingOfAPairReplaysTheSame: a cut, a reload, a handover by command, a killed process and a
// stop, as both directors saw them.
func TestNSRecordingOfAPairReplaysTheSame(t *testing.T) {
	t.Parallel()
	master, backup := pairWith(t, func(d *node) []string { return []string{"--record=" + d.file("rec")} })
	only := func(m, b *node) func() bool {
		return func() bool { return m.state() == "MASTER" && b.state() == "BACKUP" }
	}
	master.host.Cut()
	wait(t, "the other takes over after the cut", func() bool { return backup.state() == "MASTER" && master.state() == "FAULT" })
	master.host.Mend()
	wait(t, "the first is MASTER again", only(master, backup))
	master.configure(pairConfig(120, "", "192.0.2.101"))
	if r, err := master.ask(control.CommandReload); err != nil || r.Error != "" {
		t.Fatal(err, r.Error)
	}
	wait(t, "the reload counts", master.holds("192.0.2.101"))
	if r, err := control.Ask(master.file("holdfast/control.sock"), control.Request{Command: control.CommandHandover, Name: "VI_1"}, limit); err != nil || r.Error != "" {
		t.Fatal(err, r.Error)
	}
	wait(t, "handed over", only(backup, master))
	killed := backup.pid("vrrp")
	backup.kill("vrrp", syscall.SIGKILL)
	wait(t, "another process", func() bool { p := backup.pid("vrrp"); return p > 0 && p != killed && backup.state() == "MASTER" })
	for _, d := range []*node{master, backup} {
		d.kill("keepalived", syscall.SIGTERM)
		if s := d.status(); s != 0 {
			t.Errorf("status %d", s)
		}
	}

	res, story := master.replay("rec")
	if res.Runs != 1 || res.Reloads != 1 || res.Ends[0] != "stopped" || res.Events < 10 {
		t.Errorf("%+v", res)
	}
	for _, want := range []string{
		"VI_1 MASTER -> FAULT: interface down", "reload: VI_1 (VRID 51, priority 120)", "hand over, stand aside for",
		"VI_1 MASTER -> BACKUP: handed over by command", "all: planned stop",
	} {
		if !strings.Contains(story, want) {
			t.Errorf("%q is not in\n%s", want, story)
		}
	}
	res, story = backup.replay("rec")
	if res.Runs != 2 || res.Ends[0] != "" || res.Ends[1] != "stopped" || !strings.Contains(story, "MASTER: adopted") {
		t.Errorf("%+v\n%s", res, story)
	}
	if info, err := os.Stat(master.file("rec")); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// TestNSARecordingThatCannotBeMadeIsNoOutage, and what a link points to is not written to.
func TestNSARecordingThatCannotBeMadeIsNoOutage(t *testing.T) {
	t.Parallel()
	d := newNode(t, vlan.New(t).Host("192.0.2.1/24"), pairConfig(100, ""))
	if err := os.WriteFile(d.file("precious"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("precious", d.file("rec")); err != nil {
		t.Fatal(err)
	}
	d.start("--record=" + d.file("rec"))
	wait(t, "MASTER all the same", d.in("MASTER"))
	if !d.logged("nothing is recorded")() {
		t.Error("the log does not say so")
	}
	if b, err := os.ReadFile(d.file("precious")); err != nil || string(b) != "mine" {
		t.Errorf("%q, %v", b, err)
	}
}

func TestRecordingIsNotOpenedThroughOtherNames(t *testing.T) {
	dir := t.TempDir()
	file := dir + "/a"
	f, err := openRecording(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("{}\n"); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if f, err = openRecording(file); err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Mode() != 0o600 || info.Size() != 3 {
		t.Errorf("%v %v: what is there stays, for its owner alone", info, err)
	}
	for name, make := range map[string]func(path string) error{
		"symbolic link": func(path string) error { return os.Symlink(file, path) },
		"hard link":     func(path string) error { return os.Link(file, path) },
		"FIFO":          func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"directory":     func(path string) error { return os.Mkdir(path, 0o700) },
	} {
		path := dir + "/" + name
		if err := make(path); err != nil {
			t.Fatal(err)
		}
		if f, err := openRecording(path); err == nil {
			f.Close()
			t.Errorf("%s: opened", name)
		}
	}
}
