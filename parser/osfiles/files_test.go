package osfiles_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/osfiles"
)

func TestOnlyPlainFilesAreRead(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, text string, mode os.FileMode) {
		t.Helper()
		if err := os.WriteFile(path(name), []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	write("plain", "text\n", 0o644)
	write("exec", "text\n", 0o755)
	if err := syscall.Mkfifo(path("fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("plain", path("link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path("plain"), 5); err != nil {
		t.Fatal(err)
	}
	write("huge", "", 0o644)
	if err := os.Truncate(path("huge"), osfiles.MaxSize+1); err != nil {
		t.Fatal(err)
	}
	var files osfiles.Files
	for _, name := range []string{"plain", "link"} {
		if text, err := files.Read(path(name)); err != nil || text != "text\n" {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
	skipped := map[string]string{
		path("exec"): "executable", path("fifo"): "FIFO", dir: "directory", "/dev/null": "not a regular file",
	}
	for name, reason := range skipped {
		_, err := files.Read(name)
		var skip *parser.SkipError
		if !errors.As(err, &skip) || !strings.Contains(skip.Reason, reason) {
			t.Errorf("%s: %v, want it skipped as %s", name, err, reason)
		}
	}
	if _, err := files.Read(path("nope")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	if _, err := files.Read(path("huge")); !errors.Is(err, parser.ErrTooLarge) {
		t.Errorf("huge file: %v", err)
	}
}

func TestIncludesOnTheDisk(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"main.conf": "include sub/*.conf\ninclude {sub/x[1],nope}\n", "sub/a.conf": "a $_PWD\n", "sub/b.conf": "b\n", "sub/x[1]": "x\n",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	var got []string
	parser.Parse("main.conf", parser.Options{Files: osfiles.Files{}}, func(s *parser.Statement) { got = append(got, s.Text) })
	if diff := cmp.Diff([]string{"a " + dir + "/sub", "b"}, got); diff != "" {
		t.Errorf("statements (-want +got):\n%s", diff)
	}
}
