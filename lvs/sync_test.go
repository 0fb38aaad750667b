package lvs_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/lvs"
)

// running is a daemon as the kernel tells of it.
func running(role lvs.SyncRole) lvs.SyncDaemon {
	return lvs.SyncDaemon{Role: role, Interface: "eth0", SyncID: 51, MaxLen: 1472, Port: 8848, TTL: 1,
		Group: netip.MustParseAddr("224.0.0.81")}
}

// words are changes as a test reads them: "-backup +master".
func words(changes []lvs.SyncChange) string {
	names := map[lvs.SyncRole]string{lvs.SyncMaster: "master", lvs.SyncBackup: "backup"}
	text := ""
	for _, c := range changes {
		sign := "-"
		if c.Start {
			sign = "+"
		}
		text += " " + sign + names[c.Daemon.Role]
	}
	return text
}

func TestSyncDaemonsHaveTheRoleOfTheInstance(t *testing.T) {
	const master, backup = lvs.SyncMaster, lvs.SyncBackup
	follow := []lvs.Follow{{Name: "VI_1"}}
	asked := lvs.SyncDaemon{Interface: "eth0", SyncID: 51}
	for _, c := range []struct {
		name    string
		masters []string // nil: not known yet
		follow  []lvs.Follow
		have    []lvs.SyncRole
		want    string
	}{
		{"start, nothing known yet", nil, follow, nil, " +backup"},
		{"start as BACKUP", []string{}, follow, nil, " +backup"},
		{"start as MASTER", []string{"VI_1"}, follow, nil, " +master"},
		{"becoming MASTER", []string{"VI_1"}, follow, []lvs.SyncRole{backup}, " -backup +master"},
		{"becoming BACKUP", []string{"VI_2"}, follow, []lvs.SyncRole{master}, " -master +backup"},
		{"MASTER still", []string{"VI_1"}, follow, []lvs.SyncRole{master}, ""},
		{"BACKUP still", []string{}, follow, []lvs.SyncRole{backup}, ""},
		{"adopted MASTER, nothing known yet", nil, follow, []lvs.SyncRole{master}, ""},
		{"adopted BACKUP, nothing known yet", nil, follow, []lvs.SyncRole{backup}, ""},
		{"both left by somebody, BACKUP", []string{}, follow, []lvs.SyncRole{master, backup}, " -master"},
		{"no instance: both", nil, nil, nil, " +master +backup"},
		{"no instance: the other one", nil, nil, []lvs.SyncRole{backup}, " +master"},
		{"no instance: both still", []string{}, nil, []lvs.SyncRole{backup, master}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := lvs.NewDirector(nil)
			if c.masters != nil {
				d.Step(lvs.Event{Kind: lvs.MastersChanged, Instances: c.masters})
			}
			var have []lvs.SyncDaemon
			for _, role := range c.have {
				have = append(have, running(role))
			}
			want := &lvs.Sync{Daemon: asked, Follow: c.follow}
			if got := words(d.SyncChanges(want, have, nil)); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestSyncDaemonsOfOthersStay(t *testing.T) {
	d := lvs.NewDirector(nil)
	have := []lvs.SyncDaemon{running(lvs.SyncMaster), running(lvs.SyncBackup)}
	if got := words(d.SyncChanges(nil, have, nil)); got != "" {
		t.Errorf("without lvs_sync_daemon: %q", got)
	}
	if got := words(d.SyncChanges(nil, have, []lvs.SyncRole{lvs.SyncBackup})); got != " -backup" {
		t.Errorf("lvs_sync_daemon left the configuration: %q", got)
	}
	d.Step(lvs.Event{Kind: lvs.Stopped})
	want := &lvs.Sync{Daemon: lvs.SyncDaemon{Interface: "eth0", SyncID: 51}}
	if got := words(d.SyncChanges(want, have, []lvs.SyncRole{lvs.SyncMaster})); got != " -master" {
		t.Errorf("at stop: %q", got)
	}
}

func TestSyncDaemonIsReplacedOnlyIfItDiffers(t *testing.T) {
	both := []lvs.SyncRole{lvs.SyncMaster, lvs.SyncBackup}
	for _, c := range []struct {
		name    string
		change  func(asked, runs *lvs.SyncDaemon)
		differs []lvs.SyncRole
	}{
		{"defaults", func(_, _ *lvs.SyncDaemon) {}, nil},
		{"all spelled out", func(a, r *lvs.SyncDaemon) { *a = *r }, nil},
		{"interface", func(a, _ *lvs.SyncDaemon) { a.Interface = "eth1" }, both},
		{"id", func(a, _ *lvs.SyncDaemon) { a.SyncID = 52 }, both},
		{"port", func(a, _ *lvs.SyncDaemon) { a.Port = 9000 }, both},
		{"port back to the default", func(_, r *lvs.SyncDaemon) { r.Port = 9000 }, both},
		{"ttl", func(a, _ *lvs.SyncDaemon) { a.TTL = 2 }, both},
		{"group", func(a, _ *lvs.SyncDaemon) { a.Group = netip.MustParseAddr("224.0.0.82") }, both},
		{"group of IPv6, default length", func(a, r *lvs.SyncDaemon) {
			a.Group = netip.MustParseAddr("ff02::51")
			r.Group, r.MaxLen = a.Group, 1452
		}, nil},
		{"length", func(a, _ *lvs.SyncDaemon) { a.MaxLen = 1400 }, both},
		{"length that the kernel raised for a backup", func(a, r *lvs.SyncDaemon) { a.MaxLen, r.MaxLen = 500, 1024 },
			[]lvs.SyncRole{lvs.SyncMaster}},
		{"length that the kernel lowered", func(a, r *lvs.SyncDaemon) { a.MaxLen, r.MaxLen = 65535, 65507 }, nil},
		{"length after the interface's", func(_, r *lvs.SyncDaemon) { r.MaxLen = 8972 }, []lvs.SyncRole{lvs.SyncMaster}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, role := range both {
				asked, runs := lvs.SyncDaemon{Role: role, Interface: "eth0", SyncID: 51}, running(role)
				c.change(&asked, &runs)
				if differs := slices.Contains(c.differs, role); asked.Matches(runs) == differs {
					t.Errorf("role %d: differs %v, want %v", role, !differs, differs)
				}
			}
		})
	}
	d := lvs.NewDirector(nil)
	want := &lvs.Sync{Daemon: lvs.SyncDaemon{Interface: "eth1", SyncID: 51}}
	got := d.SyncChanges(want, []lvs.SyncDaemon{running(lvs.SyncBackup)}, nil)
	if diff := cmp.Diff(" -backup +master +backup", words(got)); diff != "" {
		t.Errorf("another interface: %s", diff)
	}
	if got[2].Daemon.Interface != "eth1" {
		t.Error(fmt.Sprint("started on ", got[2].Daemon.Interface))
	}
}
