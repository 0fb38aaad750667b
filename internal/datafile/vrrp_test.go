package datafile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/holdfast-ha/holdfast/internal/datafile"
	"github.com/holdfast-ha/holdfast/internal/datafile/fieldtest"
)

func TestDataOfEveryRealConfigurationIsKeepaliveds(t *testing.T) {
	corpus := fieldtest.Corpus(t)
	if corpus == "" {
		return
	}
	dumps, err := filepath.Glob(filepath.Join(corpus, "dumps", "*.keepalived.data"))
	if err != nil {
		t.Fatal(err)
	}
	compared, different := 0, 0
	for _, path := range dumps {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(path), ".keepalived.data")
		c := fieldtest.Load(t, corpus, name)
		var w datafile.Writer
		datafile.Global(&w, c, datafile.VRRPProcess)
		datafile.VRRP(&w, c, fieldtest.Election(string(text)), nil)
		keepalived := fieldtest.Fields(string(text), fieldtest.VRRP)
		found := fieldtest.Compare(keepalived, fieldtest.Fields(w.String(), fieldtest.VRRP))
		compared, different = compared+len(keepalived), different+len(found)
		for _, d := range found {
			t.Errorf("%s: %s", name, d)
		}
	}
	t.Logf("%d files, %d fields compared, %d differences", len(dumps), compared, different)
	if len(dumps) < 80 || compared < 9000 {
		t.Error("the dumps are not whole")
	}
}
