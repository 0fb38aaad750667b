package datafile_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/datafile"
	"github.com/holdfast-ha/holdfast/internal/datafile/fieldtest"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/parser/osfiles"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestCheckDumpShowsEveryOption(t *testing.T) {
	paths, err := filepath.Glob("fieldtest/conf/*.conf")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no configuration: %v", err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			r := config.Load(path, parser.Options{Files: osfiles.Files{}}, fieldtest.Debian("eth0"))
			for _, p := range r.Problems {
				if p.Severity == parser.Error {
					t.Error(config.Describe(p))
				}
			}
			var w datafile.Writer
			datafile.Check(&w, r.Config, nil)
			golden := filepath.Join("testdata", strings.TrimSuffix(filepath.Base(path), ".conf")+".check")
			if *update {
				if err := os.WriteFile(golden, []byte(w.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), w.String()); diff != "" {
				t.Errorf("dump (-want +got), -update rewrites:\n%s", diff)
			}
		})
	}
}
