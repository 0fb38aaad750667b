package datafile_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/holdfast-ha/holdfast/internal/datafile"
	"github.com/holdfast-ha/holdfast/internal/datafile/fieldtest"
)

// checkRuntime are the fields of keepalived_check.data that tell what cannot be known here. What checks
// have found is not among them: the test takes it from keepalived's dump, and all that follows from it
// (health, weights, quorum, what is in the kernel) has to be equal.
var checkRuntime = []fieldtest.Rule{
	drop(`^Failed URL = `, "which url of a check failed"),
}

func drop(text, why string) fieldtest.Rule {
	return fieldtest.Rule{Text: regexp.MustCompile(text), With: fieldtest.Drop, Why: why}
}

// checkDifferences are the fields in which Holdfast means to show something else, with the reason.
var checkDifferences = []fieldtest.Rule{
	{Path: regexp.MustCompile(`^SSL definitions$`), Text: regexp.MustCompile(`^Password : .*`), With: "Password : (set)", Why: "secrets are in no dump"},
}

func checkFields(dump string) []fieldtest.Field {
	i := strings.Index(dump, "------< SSL definitions >")
	if i < 0 {
		i = max(0, strings.Index(dump, "------< LVS Topology >"))
	}
	return fieldtest.Fields(dump[i:], append(checkRuntime, checkDifferences...))
}

func TestCheckDumpOfEveryRealConfigurationIsKeepaliveds(t *testing.T) {
	corpus := fieldtest.Corpus(t)
	if corpus == "" {
		return
	}
	dumps, err := filepath.Glob(filepath.Join(corpus, "dumps", "*.keepalived_check.data"))
	if err != nil {
		t.Fatal(err)
	}
	compared, different := 0, 0
	for _, path := range dumps {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(path), ".keepalived_check.data")
		c := fieldtest.Load(t, corpus, name)
		var w datafile.Writer
		datafile.Check(&w, c, fieldtest.Status(c, string(text)))
		want := checkFields(string(text))
		compared += len(want)
		differences := fieldtest.Compare(want, checkFields(w.String()))
		different += len(differences)
		for _, d := range differences {
			t.Errorf("%s: %v", name, d)
		}
	}
	t.Logf("%d files, %d fields compared, %d differences", len(dumps), compared, different)
	if compared < 3900 {
		t.Errorf("only %d fields: the dumps are not whole", compared)
	}
}
