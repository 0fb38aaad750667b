package ledger

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/parser/config"
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

// TestEveryProofExists wants each test that the ledger names in the source, each keyword that a test is
// named for in the table, and for every keyword that works a test that shows its effect.
func TestEveryProofExists(t *testing.T) {
	inTable := map[string]config.Keyword{}
	for _, k := range config.Keywords() {
		inTable[k.Context+": "+k.Name] = k
		if k.Effect == config.Works && k.Kind != config.Removed {
			if key := k.Context + ": " + k.Name; (proofOf(k) == decodes) != idle[key] {
				t.Errorf("%s works: name a test that shows its effect in proofs.go", key)
			}
		}
	}
	for key, k := range inTable {
		if k.Effect == config.Moot && k.Note == "" {
			t.Errorf("%s has nothing to do: the note has to say why", key)
		}
	}
	for key, test := range effects {
		k, ok := inTable[key]
		switch {
		case !ok:
			t.Errorf("%s is named for %q, which is no keyword", test, key)
		case k.Effect == config.Moot:
			t.Errorf("%s is named for %s, which has nothing to do", test, key)
		}
	}
	seen := map[string]bool{}
	for _, p := range slices.Concat(proofs, checkProofs, []proof{{test: decodes}}) {
		if seen[p.test] {
			t.Errorf("%s stands twice", p.test)
		}
		seen[p.test] = true
		if !testExists(t, p.test) {
			t.Errorf("there is no test %s", p.test)
		}
	}
}

// testExists looks for a test in the source of its directory.
func testExists(t *testing.T, name string) bool {
	dir, function, _ := strings.Cut(name, ".")
	files, err := filepath.Glob(filepath.Join("../..", dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte("\nfunc "+function+"(t *testing.T)")) {
			return true
		}
	}
	return false
}
