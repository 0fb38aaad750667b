package wiring_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/datafile/fieldtest"
)

// TestTableOfEveryRealConfigurationIsKeepaliveds compares the IPVS table that the core wants with what
// ipvsadm-save showed under keepalived.
func TestTableOfEveryRealConfigurationIsKeepaliveds(t *testing.T) {
	corpus := fieldtest.Corpus(t)
	if corpus == "" {
		return
	}
	saved, err := filepath.Glob(filepath.Join(corpus, "dumps", "*.ipvs"))
	if err != nil {
		t.Fatal(err)
	}
	compared, different, failed := 0, 0, 0
	for _, path := range saved {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(path), ".ipvs")
		want := fieldtest.Rows(string(text))
		got, down := fieldtest.WantedRows(fieldtest.Load(t, corpus, name), want)
		compared, failed = compared+len(want), failed+down
		if diff := cmp.Diff(want, got); diff != "" {
			different++
			t.Errorf("%s (-keepalived +holdfast):\n%s", name, diff)
		}
	}
	t.Logf("%d tables, %d rows compared, %d checked real servers count as failed, %d tables differ", len(saved), compared, failed, different)
	if compared < 100 {
		t.Errorf("only %d rows: the tables are not whole", compared)
	}
}
