package bootfile_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/holdfast-ha/holdfast/internal/bootfile"
)

type pair struct{ a, b int64 }

func open(t *testing.T, path, layout string, unit int) *bootfile.File {
	t.Helper()
	f, err := bootfile.Open(path, layout, unit, 4*16)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestWhatWasStoredIsThereForTheNextProcessOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run", "state")
	first := open(t, path, "layout-1\n", 16)
	bootfile.Slots[pair](first, 4)[3] = pair{7, 8}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if got := bootfile.Slots[pair](open(t, path, "layout-1\n", 16), 4)[3]; got != (pair{7, 8}) {
		t.Errorf("the next process finds %v", got)
	}
	if got := bootfile.Slots[pair](open(t, path, "layout-1\n", 32), 4)[3]; got != (pair{}) {
		t.Errorf("a unit of another size finds %v", got)
	}
	bootfile.Slots[pair](open(t, path, "layout-1\n", 16), 4)[3] = pair{7, 8}
	if got := bootfile.Slots[pair](open(t, path, "layout-2\n", 16), 4)[3]; got != (pair{}) {
		t.Errorf("another layout finds %v", got)
	}
}

func TestStateOfAnotherBootIsForgotten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	f := open(t, path, "layout-1\n", 16)
	bootfile.Slots[pair](f, 4)[0] = pair{7, 8}
	f.Close()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text[len("layout-1\n")] ^= 1 // the boot's identity
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := bootfile.Slots[pair](open(t, path, "layout-1\n", 16), 4)[0]; got != (pair{}) {
		t.Errorf("found %v", got)
	}
}

func TestOpenFollowsNoSymbolicLink(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink(filepath.Join(dir, "target"), filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if _, err := bootfile.Open(filepath.Join(dir, "link"), "layout-1\n", 16, 64); err == nil {
		t.Error("a symbolic link was opened")
	}
	if _, err := bootfile.Open(dir, "layout-1\n", 16, 64); err == nil {
		t.Error("a directory was opened")
	}
}

func TestWithoutAPathItIsMemory(t *testing.T) {
	f := open(t, "", "layout-1\n", 16)
	bootfile.Slots[pair](f, 4)[1].a = 5
	if bootfile.Slots[pair](f, 4)[1].a != 5 || f.Close() != nil || bootfile.Now() <= 0 {
		t.Error("memory does not keep what is stored")
	}
}
