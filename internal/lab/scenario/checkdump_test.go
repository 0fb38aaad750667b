//go:build lab

package scenario

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/datafile/fieldtest"
	"github.com/holdfast-ha/holdfast/internal/lab"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/parser/osfiles"
)

// checkFile is where SIGUSR1 writes the state of the checkers.
const checkFile = "/tmp/keepalived_check.data"

// dumpWhen asks a daemon for its dump again and again, until what it has written is settled.
func dumpWhen(t *testing.T, d *lab.Director, settled func(dump string) bool) string {
	t.Helper()
	// Before they are ready the signal ends both.
	eventually(t, time.Minute, d.Program.Name+" is ready", func() bool {
		_, err := d.ReadFile("/run/checkers.pid")
		return err == nil && (d.Program != lab.Keepalived || d.Process.Said("Startup complete") > 0)
	})
	dump := ""
	eventually(t, time.Minute, "a settled "+checkFile+" of "+d.Program.Name, func() bool {
		_, _ = d.Exec("rm", "-f", checkFile)
		must(t, d.Process.Signal(syscall.SIGUSR1))
		time.Sleep(200 * time.Millisecond)
		dump = whole(d)
		return settled(dump)
	})
	return dump
}

// whole reads the dump until it grows no more: keepalived 2.2.7 writes it in place.
func whole(d *lab.Director) string {
	dump := ""
	for range 20 {
		text, err := d.ReadFile(checkFile)
		if err == nil && text != "" && text == dump {
			return dump
		}
		dump = text
		time.Sleep(50 * time.Millisecond)
	}
	return ""
}

// allRan tells whether every check that is enabled has run.
func allRan(dump string) bool {
	return strings.Contains(dump, "------< Health checkers >------") &&
		strings.Count(dump, "   Has run = yes\n") == strings.Count(dump, "   Enabled = yes\n")
}

func written(dump string) bool { return strings.Contains(dump, "------< LVS Topology >------") }

// modelOf reads a configuration.
func modelOf(t *testing.T, text []byte) *config.Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.conf")
	must(t, os.WriteFile(path, text, 0o644))
	return config.Load(path, parser.Options{Files: osfiles.Files{}}, fieldtest.Debian("eth0")).Config
}

// TestCheckDumpsAreEqual runs keepalived and the program under test on the same files and compares what
// SIGUSR1 gives of both, and their IPVS tables. In state.conf the results of all checks are known, and what follows from them
// is compared too.
func TestCheckDumpsAreEqual(t *testing.T) {
	for _, name := range []string{"balance", "groups", "checks", "http", "state"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := fieldtest.Configurations.ReadFile("conf/" + name + ".conf")
			must(t, err)
			rules, settled := slices.Concat(fieldtest.Check227, fieldtest.CheckResults), written
			if name == "state" {
				rules, settled = fieldtest.Check227, allRan
			}
			var fields [][]fieldtest.Field
			var tables [][]string
			for _, p := range programsUnder(t) {
				d := newSite(t).host("director", "10.0.0.1/24").Direct(p)
				logsOnFailure(t, d)
				must(t, d.Start(string(text)))
				dump := dumpWhen(t, d, settled)
				if p == lab.Keepalived {
					dump = fieldtest.CheckOf227(dump)
				}
				_, dump, _ = strings.Cut(dump, "------< LVS Topology >------\n")
				fields = append(fields, fieldtest.Fields("------< LVS Topology >------\n"+dump, rules))
				saved, err := d.Exec("ipvsadm-save", "-n")
				must(t, err)
				tables = append(tables, fieldtest.Rows(saved))
				d.Crash()
			}
			if name != "state" { // what those checks ask for is not in the table alone
				wanted, failed := fieldtest.WantedRows(modelOf(t, text), tables[0])
				t.Logf("%d rows of the IPVS table compared with the model's, %d checked real servers had failed", len(tables[0]), failed)
				if diff := cmp.Diff(tables[0], wanted); diff != "" {
					t.Errorf("table (-keepalived +wanted):\n%s", diff)
				}
			}
			for _, ours := range tables[1:] {
				// The results of checks are the same in these two, or there are none.
				if diff := cmp.Diff(tables[0], ours); diff != "" && (name == "balance" || name == "state") {
					t.Errorf("table (-keepalived +holdfast):\n%s", diff)
				}
			}
			for _, ours := range fields[1:] {
				different := fieldtest.Compare(fields[0], ours)
				t.Logf("%d fields compared, %d differences", len(fields[0]), len(different))
				for _, d := range different {
					t.Error(d)
				}
			}
		})
	}
}
