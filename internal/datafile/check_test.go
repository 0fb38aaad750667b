package datafile_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/holdfast-ha/holdfast/internal/datafile"
	"github.com/holdfast-ha/holdfast/internal/datafile/fieldtest"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/parser/config"
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
		datafile.Check(&w, c, statusOf(c, fieldtest.CheckResults(string(text))))
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

// statusOf is the state of the LVS process after the results of keepalived's checks.
func statusOf(c *config.Config, results map[string][]fieldtest.CheckResult) *director.Status {
	s := &director.Status{}
	for i := range c.VirtualServers {
		v := &c.VirtualServers[i]
		vs := director.VirtualServerStatus{Name: wiring.VirtualServerName(v), Active: true, Quorum: true}
		var sum int64
		for j := range v.RealServers {
			r := &v.RealServers[j]
			rs := director.RealServerStatus{Name: wiring.RealServerName(r.Addr, v.Protocol, r.Port), Up: true, Weight: r.Weight}
			for k, result := range results[vs.Name+" -> "+rs.Name] {
				check := director.CheckStatus{Name: r.Checkers[k].Type, Up: result.Up, Failures: result.Failures}
				if result.Ran {
					check.Runs = 1
				}
				rs.Up = rs.Up && result.Up
				rs.Checks = append(rs.Checks, check)
			}
			if rs.Up {
				sum += rs.Weight
			}
			vs.RealServers = append(vs.RealServers, rs)
		}
		vs.Quorum = sum > 0 && sum >= int64(v.Quorum)-int64(v.Hysteresis)
		vs.Sorry = !vs.Quorum && v.SorryServer != nil
		s.VirtualServers = append(s.VirtualServers, vs)
	}
	return s
}
