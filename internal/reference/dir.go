package reference

import (
	"os"
	"path/filepath"
	"testing"
)

// Dir is the directory with the reference material: $HOLDFAST_SHARED, or a directory shared beside
// one of the directories above. Without it the test fails, unless HOLDFAST_SHARED=none says that this
// machine has none: then it is "" and there is nothing to compare with.
func Dir(t testing.TB) string {
	t.Helper()
	if dir := os.Getenv("HOLDFAST_SHARED"); dir == "none" {
		t.Log("HOLDFAST_SHARED=none: keepalived's answers are not here, nothing was compared")
		return ""
	} else if dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != "/"; dir = filepath.Dir(dir) {
		shared := filepath.Join(dir, "shared")
		if i, err := os.Stat(filepath.Join(shared, "keepalived")); err == nil && i.IsDir() {
			return shared
		}
	}
	t.Fatal("no directory shared with the reference material above this one: set HOLDFAST_SHARED to its path, or to none")
	return ""
}
