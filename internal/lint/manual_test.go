package lint_test

import (
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/lint"
)

var update = flag.Bool("update", false, "write docs/lint.md")

func TestManualIsThatOfTheRules(t *testing.T) {
	const name = "../../docs/lint.md"
	if *update {
		if err := os.WriteFile(name, []byte(lint.Manual()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(lint.Manual(), string(have)); diff != "" {
		t.Errorf("docs/lint.md is not what the rules say; go test ./internal/lint -run Manual -update\n%s", diff)
	}
}
