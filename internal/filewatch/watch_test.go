package filewatch_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/filewatch"
)

// watched is a file in a directory of its own.
type watched struct {
	t    *testing.T
	path string
	told chan string
	slow bool // writing has taken so long that the empty file before it may have been told
}

func watch(t *testing.T, path string) (*watched, string) {
	t.Helper()
	f := &watched{t: t, path: path, told: make(chan string, 100)}
	w, now := filewatch.Watch([]string{path}, nil, func(p, content string) {
		if p != path {
			t.Errorf("told of %s", p)
		}
		f.told <- content
	})
	t.Cleanup(w.Close)
	return f, now[path]
}

func (f *watched) write(content string) {
	f.t.Helper()
	begin := time.Now()
	if err := os.WriteFile(f.path, []byte(content), 0o644); err != nil {
		f.t.Fatal(err)
	}
	f.slow = time.Since(begin) > 20*time.Millisecond
}

// next demands that what is told next is want.
func (f *watched) next(what, want string) {
	f.t.Helper()
	select {
	case got := <-f.told:
		if got == "" && want != "" && f.slow {
			f.slow = false
			f.next(what, want)
			return
		}
		if got != want {
			f.t.Fatalf("%s: told %q, want %q", what, got, want)
		}
	case <-time.After(30 * time.Second):
		f.t.Fatalf("%s: nothing told within 30s", what)
	}
}

func (f *watched) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func TestWhatHappensToAFileIsTold(t *testing.T) {
	dir := t.TempDir()
	f, first := watch(t, filepath.Join(dir, "f"))
	if first != "" {
		t.Fatalf("%q is in a file that is not there", first)
	}
	f.write("1\n")
	f.next("made", "1\n")
	f.write("-254\n") // truncated and written: the empty file between the two is not told
	f.next("written", "-254\n")
	f.write("7")
	f.next("written without a newline", "7")
	other := filepath.Join(dir, "other")
	f.must(os.WriteFile(other, []byte("20\n"), 0o644))
	f.must(os.Rename(other, f.path))
	f.next("renamed into place", "20\n")
	f.must(os.Rename(f.path, other))
	f.next("renamed away", "")
	f.must(os.Rename(other, f.path))
	f.next("and back", "20\n")
	f.must(os.Remove(f.path))
	f.next("deleted", "")
	f.write("3\n")
	f.next("made again", "3\n")
	f.write("")
	f.next("emptied", "")
}

func TestDirectoryThatGoesAndComesBack(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	f, _ := watch(t, filepath.Join(dir, "f"))
	f.write("1\n")
	f.next("made", "1\n")
	f.must(os.RemoveAll(dir))
	f.next("the directory is deleted", "")
	f.must(os.Mkdir(dir, 0o755))
	f.write("2\n")
	f.next("made in another one of that name", "2\n")
	f.write("3\n")
	f.next("written there", "3\n")
}

func TestTargetOfALinkIsFollowed(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(t.TempDir(), "target")
	if err := os.WriteFile(target, []byte("1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, filepath.Join(dir, "f")); err != nil {
		t.Fatal(err)
	}
	f, first := watch(t, filepath.Join(dir, "f"))
	if first != "1\n" {
		t.Fatalf("%q at first", first)
	}
	f.must(os.WriteFile(target, []byte("2\n"), 0o644))
	f.next("the target is written", "2\n")
}

func TestReadNeverWaits(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{fifo, dir, filepath.Join(dir, "missing")} {
		if got := filewatch.Read(path); got != "" {
			t.Errorf("%s: %q", path, got)
		}
	}
	if got := filewatch.Read("/dev/zero"); len(got) != filewatch.MaxSize {
		t.Errorf("%d octets of an endless file", len(got))
	}
}

func TestCreate(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "f"), filepath.Join(dir, "link")
	check := func(what, want string) {
		t.Helper()
		if got := filewatch.Read(path); got != want {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(filewatch.Create(path, "1\n", false))
	check("made", "1\n")
	must(filewatch.Create(path, "2\n", false))
	check("kept", "1\n")
	must(filewatch.Create(path, "3\n", true))
	check("overwritten", "3\n")
	must(os.Symlink(path, link))
	must(filewatch.Create(link, "4\n", false))
	if err := filewatch.Create(link, "5\n", true); err == nil {
		t.Error("a link was overwritten")
	}
	check("behind a link", "3\n")
}
