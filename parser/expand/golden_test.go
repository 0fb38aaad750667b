package expand_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// runGolden reads archives whose last file, want, is what run makes of the others.
func runGolden(t *testing.T, run func(archive) string) {
	t.Helper()
	paths, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("golden files: %v %v", paths, err)
	}
	for _, p := range paths {
		t.Run(filepath.Base(p), func(t *testing.T) {
			a, err := txtar.ParseFile(p)
			if err != nil {
				t.Fatal(err)
			}
			last := &a.Files[len(a.Files)-1]
			if last.Name != "want" {
				t.Fatalf("the last file is %s", last.Name)
			}
			files := archive(a.Files[:len(a.Files)-1])
			got := run(files)
			if *update {
				last.Data = []byte(got)
				if err := os.WriteFile(p, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(last.Data), got); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
			if diff := sameModel("main", options(files), got); diff != "" {
				t.Errorf("another model (-original +expanded):\n%s", diff)
			}
		})
	}
}
