package daemon

import (
	"testing"

	"github.com/holdfast-ha/holdfast/parser/config"
)

func TestDumpsGoWhereTheConfigurationSays(t *testing.T) {
	for _, c := range []struct {
		file     string
		instance bool
		want     string
	}{
		{"", false, "/tmp/keepalived_check.data"},
		{"", true, "/tmp/keepalived_check.ns_one.data"},
		{"/var/lib/site.dump", false, "/var/lib/site_check.dump"},
		{"/var/lib/site.dump", true, "/var/lib/site_check.ns_one.dump"},
		{"/var/lib/site", false, "/var/lib/site_check"},
		{"/var/lib/", false, "/var/lib/keepalived_check.data"},
		{"site.dump", false, "/tmp/site_check.dump"},
		{"some/site.dump", false, "/tmp/site_check.dump"},
		{"some/", false, "/tmp/keepalived_check.data"},
		{"/var/l.ib/site", false, "/var/l.ib/site_check"},
	} {
		g := config.Global{StateDumpFile: c.file, DataUseInstance: c.instance}
		if got := dumpPath(&g, "/tmp", "_check", "ns_one"); got != c.want {
			t.Errorf("state_dump_file %q, data_use_instance %v: %s, want %s", c.file, c.instance, got, c.want)
		}
	}
}
