package ledger

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write docs/compatibility.md anew")

func TestLedgerSaysWhatTheKeywordTableSays(t *testing.T) {
	const path = "../../docs/compatibility.md"
	var want bytes.Buffer
	if err := Write(&want); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want.String(), string(have)); d != "" {
		t.Errorf("docs/compatibility.md differs from the keyword table (run this test with -update):\n%s", d)
	}
}
