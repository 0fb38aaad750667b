package expand_test

import (
	"os"
	"path/filepath"
	"testing"
)

// sharedDir is the directory with the reference material, or empty where HOLDFAST_SHARED=none.
func sharedDir(t *testing.T) string {
	t.Helper()
	switch dir := os.Getenv("HOLDFAST_SHARED"); dir {
	case "none":
		t.Log("HOLDFAST_SHARED=none: the real configurations are not here, nothing was compared")
		return ""
	case "":
	default:
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != "/"; dir = filepath.Dir(dir) {
		s := filepath.Join(dir, "shared", "corpus")
		if i, err := os.Stat(s); err == nil && i.IsDir() {
			return filepath.Dir(s)
		}
	}
	t.Fatal("no directory shared with the reference material above this one: set HOLDFAST_SHARED to its path, or to none")
	return ""
}
