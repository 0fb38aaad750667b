package pidfile_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/holdfast-ha/holdfast/internal/pidfile"
)

func TestSecondHolderIsToldWhoHoldsTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dir", "x.pid")
	first, err := pidfile.Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Write(4711); err != nil {
		t.Fatal(err)
	}
	var locked *pidfile.LockedError
	if _, err := pidfile.Lock(path); !errors.As(err, &locked) || locked.PID != 4711 {
		t.Fatalf("Lock of a held file = %v, want a LockedError of process 4711", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := pidfile.Lock(path)
	if err != nil {
		t.Fatalf("Lock of a file that nobody holds any more: %v", err)
	}
	if got := pidfile.Read(path); got != 4711 {
		t.Errorf("Read = %d before the new holder wrote, want 4711", got)
	}
	if err := second.Write(1); err != nil {
		t.Fatal(err)
	}
	if got := pidfile.Read(path); got != 1 {
		t.Errorf("Read = %d after a shorter pid was written, want 1", got)
	}
	if err := second.Remove(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file is still there after Remove: %v", err)
	}
}

func TestChildKeepsTheLockOfItsParent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.pid")
	f, err := pidfile.Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("cat")
	cmd.ExtraFiles = []*os.File{f.File()}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if _, err := pidfile.Lock(path); err == nil {
		t.Error("the lock was lost when the parent closed its descriptor")
	}
	in.Close()
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	again, err := pidfile.Lock(path)
	if err != nil {
		t.Fatalf("Lock after the child's end: %v", err)
	}
	again.Close()
}

func TestFileWithoutAPidReadsAsZero(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.pid")
	for _, content := range []string{"", "\n", "abc\n", "-1\n", "0\n"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := pidfile.Read(path); got != 0 {
			t.Errorf("Read of %q = %d, want 0", content, got)
		}
	}
	if got := pidfile.Read(path + ".missing"); got != 0 {
		t.Errorf("Read of a missing file = %d, want 0", got)
	}
}

func TestLinkIsNotFollowed(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "target")
	f, err := os.Create(target)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	link := filepath.Join(dir, "x.pid")
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	if f, err := pidfile.Lock(link); err == nil {
		f.Close()
		t.Error("Lock followed a symbolic link, which anyone could have put there")
	}
}
