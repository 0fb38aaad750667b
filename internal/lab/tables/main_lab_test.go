//go:build lab

package tables

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

// TestMain runs a batch when it is the first program inside the lab, a job when the batch asks for it,
// and tests when it is outside.
func TestMain(m *testing.M) {
	lab.GuestMain()
	switch {
	case len(os.Args) == 6 && os.Args[1] == "both":
		sides := lookAtBoth(os.Args[2], os.Args[3], os.Args[4], os.Args[5] == "import")
		if err := json.NewEncoder(os.Stdout).Encode(sides); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	case lab.Inside():
		lab.BatchMain()
	}
	os.Exit(m.Run())
}
