package wiring_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/datafile/fieldtest"
	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/lvs"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// TestTableOfEveryRealConfigurationIsKeepaliveds compares the IPVS table that the core wants with what
// ipvsadm-save showed under keepalived. Checks have gone on after keepalived's dump was written, so a
// checked real server that is not in keepalived's table counts as failed.
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
		want := rows(string(text))
		table, down := wantedTable(fieldtest.Load(t, corpus, name), want)
		compared, failed = compared+len(want), failed+down
		if diff := cmp.Diff(want, rows(table.Save())); diff != "" {
			different++
			t.Errorf("%s (-keepalived +holdfast):\n%s", name, diff)
		}
	}
	t.Logf("%d tables, %d rows compared, %d checked real servers count as failed, %d tables differ", len(saved), compared, failed, different)
	if compared < 100 {
		t.Errorf("only %d rows: the tables are not whole", compared)
	}
}

// thresholds are not in the output of ipvsadm-save.
var thresholds = regexp.MustCompile(` -x \d+ -y \d+`)

// rows are the lines of a table in one order.
func rows(saved string) []string {
	list := strings.Split(thresholds.ReplaceAllString(saved, ""), "\n")
	slices.Sort(list)
	return slices.DeleteFunc(list, func(row string) bool { return row == "" })
}

// wantedTable is the table that the core wants with lvs_active always, keepalived's way, after the
// checks of each real server that is not in keepalived's have failed. It returns their number too.
func wantedTable(c *config.Config, keepalived []string) (lvs.Table, int) {
	c.Global.LVSActiveAlways = true
	var servers []lvs.VirtualServer
	for _, v := range wiring.Director(c, wiring.Options{VRRP: true}).VirtualServers {
		servers = append(servers, v.VirtualServer)
	}
	d, failed := lvs.NewDirector(servers), 0
	d.Step(lvs.Event{Kind: lvs.Started})
	for _, v := range servers {
		service := v.Services[0].Service.ServiceKey
		for _, r := range v.RealServers {
			row := "-a " + service.String() + " -r " + r.Destination.DestinationKey.String() + " "
			at := slices.IndexFunc(keepalived, func(have string) bool { return strings.HasPrefix(have, row) })
			if !r.Checked || at >= 0 && !(r.Inhibit && strings.HasSuffix(keepalived[at], " -w 0")) {
				continue
			}
			failed++
			d.Step(lvs.Event{Kind: lvs.Checked, Check: lvs.CheckID{Server: v.Name, Real: r.Destination.DestinationKey}})
		}
	}
	return d.Table(), failed
}
