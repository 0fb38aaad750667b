package bench

import (
	"os"
	"testing"
	"time"
)

// The limit is far above what make bench asks for: this shows that a flood cannot hold a MASTER up, on
// whatever machine.
func TestNSFloodNeitherSilencesAMasterNorMovesState(t *testing.T) {
	// The hosts have a /tmp of their own.
	dir, err := os.MkdirTemp("/var/tmp", "holdfast-flood")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	program, err := copyProgram("../../bin/holdfast", dir) // of make build
	if err != nil {
		t.Fatal(err)
	}
	f, err := flood(program, floodHMAC, 3, 4*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%.0f frames a second; the latest advertisement was %v late", f.rate, f.late)
	if f.strange != 0 {
		t.Errorf("%d advertisements show a change of state", f.strange)
	}
	if f.late > 2*time.Second {
		t.Errorf("the MASTER was held up for %v", f.late)
	}
}
