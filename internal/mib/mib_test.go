package mib_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/agentx"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/hostinfo"
	"github.com/holdfast-ha/holdfast/internal/mib"
	"github.com/holdfast-ha/holdfast/lvs"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/parser/osfiles"
	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

var update = flag.Bool("update", false, "write the golden files anew")

var all = mib.Parts{Keepalived: true, Checker: true, RFC2787: true, RFC6527: true}

// load is the snapshot of a configuration before anything has happened.
func load(t *testing.T, file string) *mib.Snapshot {
	t.Helper()
	r := config.Load(file, parser.Options{ConfigID: "lb1", Files: osfiles.Files{}}, hostinfo.New())
	r.Config.Global.RouterID = "lb1"
	return &mib.Snapshot{Version: "test", Config: r.Config, Now: time.Unix(2000, 0), Started: time.Unix(1000, 0)}
}

// walk is a view from one end to the other.
func walk(t *testing.T, v agentx.View, from agentx.OID) string {
	t.Helper()
	var b strings.Builder
	name := from
	for {
		next, ok := v.Next(name, false)
		if !ok || !next.Name.HasPrefix(from) {
			return b.String()
		}
		if next.Name.Compare(name) <= 0 {
			t.Fatalf("%s follows %s", next.Name, name)
		}
		if diff := cmp.Diff(next.Value, v.Get(next.Name)); diff != "" {
			t.Errorf("%s asked for alone:\n%s", next.Name, diff)
		}
		if again, ok := v.Next(next.Name, true); !ok || again.Name.Compare(next.Name) != 0 {
			t.Errorf("%s is not the first from itself on", next.Name)
		}
		fmt.Fprintf(&b, "%s = %s\n", next.Name, show(next.Value))
		name = next.Name
	}
}

func show(v agentx.Value) string {
	switch v.Type {
	case agentx.Integer:
		return fmt.Sprint(v.Int32())
	case agentx.OctetString:
		return fmt.Sprintf("%q", v.Octets)
	case agentx.IPAddress:
		return fmt.Sprint(v.Octets)
	case agentx.ObjectID:
		return v.OID.String()
	}
	return fmt.Sprintf("%d (type %d)", v.Number, v.Type)
}

func TestEveryVariableIsFoundAloneAndInOrder(t *testing.T) {
	s := load(t, "../datafile/testdata/everything.conf")
	if text := walk(t, s.View(all), agentx.OID{1, 3}); strings.Count(text, "\n") < 900 {
		t.Errorf("only %d variables", strings.Count(text, "\n"))
	}
}

func TestPartsThatNobodyAskedForAreNotThere(t *testing.T) {
	s := load(t, "testdata/lvs.conf")
	if text := walk(t, s.View(mib.Parts{RFC2787: true}), mib.Keepalived); text != "" {
		t.Errorf("KEEPALIVED-MIB answers without being enabled:\n%s", text)
	}
	if got := s.View(all).Get(mib.Check.Append(3, 1, 2, 99)); got.Type != agentx.NoSuchInstance {
		t.Errorf("a row that is not there has %v", got)
	}
}

func TestVirtualServersAreShownWithTheirState(t *testing.T) {
	s := load(t, "testdata/lvs.conf")
	s.LVS = &director.Status{VirtualServers: []director.VirtualServerStatus{{
		Name: "[192.0.2.10]:tcp:80", Active: true, Quorum: true,
		RealServers: []director.RealServerStatus{
			{Name: "[10.0.0.1]:tcp:80", Up: true, Weight: 3, Checks: []director.CheckStatus{{Up: true, Runs: 1}}},
			{Name: "[10.0.0.2]:tcp:80", Weight: 1, Checks: []director.CheckStatus{{}}},
		},
	}}}
	s.Traffic = map[[2]string]mib.Traffic{
		{"[192.0.2.10]:tcp:80", ""}:                  {Connections: 1<<32 + 5, InPackets: 10, InBytes: 1 << 33, InBPS: 1<<32 + 7},
		{"[192.0.2.10]:tcp:80", "[10.0.0.1]:tcp:80"}: {Connections: 5, Active: 2, Inactive: 3},
	}
	got := walk(t, s.View(mib.Parts{Checker: true}), mib.Check)
	if *update {
		if err := os.WriteFile("testdata/lvs.walk", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/lvs.walk")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhatMayBeSet(t *testing.T) {
	s := load(t, "testdata/lvs.conf")
	instance, real := mib.VRRP.Append(3, 1), mib.Check.Append(4, 1)
	for _, tt := range []struct {
		name string
		oid  agentx.OID
		to   agentx.Value
		want agentx.Error
	}{
		{"priority", instance.Append(7, 1), agentx.Int(254), agentx.NoError},
		{"priority 0", instance.Append(7, 1), agentx.Int(0), agentx.WrongValue},
		{"priority 256", instance.Append(7, 1), agentx.Int(256), agentx.WrongValue},
		{"priority as text", instance.Append(7, 1), agentx.Text("1"), agentx.WrongType},
		{"priority of nobody", instance.Append(7, 2), agentx.Int(1), agentx.NoAccess},
		{"preemption", instance.Append(13, 1), agentx.Int(2), agentx.NoError},
		{"preemption 3", instance.Append(13, 1), agentx.Int(3), agentx.WrongValue},
		{"name", instance.Append(2, 1), agentx.Text("x"), agentx.NotWritable},
		{"weight", real.Append(7, 1, 2), agentx.Int(0), agentx.NoError},
		{"weight of the sorry server", real.Append(7, 1, 1), agentx.Int(1), agentx.NoAccess},
		{"weight too large", real.Append(7, 1, 2), agentx.Int(65536), agentx.WrongValue},
		{"weight of nobody", real.Append(7, 1, 9), agentx.Int(1), agentx.NoAccess},
		{"address of a real server", real.Append(4, 1, 2), agentx.Text("x"), agentx.NotWritable},
	} {
		settings, err, index := s.Settings(all, []agentx.VarBind{{Name: instance.Append(7, 1), Value: agentx.Int(100)}, {Name: tt.oid, Value: tt.to}})
		switch {
		case err != tt.want:
			t.Errorf("%s: error %d, not %d", tt.name, err, tt.want)
		case err != agentx.NoError && index != 2:
			t.Errorf("%s: variable %d is said to be wrong", tt.name, index)
		case err == agentx.NoError && len(settings) != 2:
			t.Errorf("%s: %d settings", tt.name, len(settings))
		}
	}
}

func TestNotificationsOfVirtualServers(t *testing.T) {
	s := load(t, "testdata/lvs.conf")
	text := func(binds []agentx.VarBind) (all []string) {
		for _, b := range binds {
			all = append(all, fmt.Sprintf("%s = %s", b.Name, show(b.Value)))
		}
		return all
	}
	trap, router := ".1.3.6.1.6.3.1.1.4.1.0 = ", mib.Global.String()+`.2.0 = "lb1"`
	check := mib.Check.String()
	server := []string{check + ".3.1.2 = 2", check + ".3.1.5 = 1", check + `.3.1.6 = "\xc0\x00\x02\n"`, check + ".3.1.7 = 80 (type 66)", check + ".3.1.8 = 1"}
	counts := []string{check + ".3.1.21 = 1 (type 66)", check + ".3.1.20 = 2 (type 66)", router}
	join := func(lists ...[]string) (all []string) {
		for _, l := range lists {
			all = append(all, l...)
		}
		return all
	}
	real := join([]string{trap + check + ".5.0.1", check + ".4.1.3 = 1", check + `.4.1.4 = "\n\x00\x00\x01"`, check + ".4.1.5 = 80 (type 66)", check + ".4.1.6 = 2"}, server, counts)
	got := text(s.LVSTrap(all, director.Change{Kind: lvs.RealServerDown, VirtualServer: "[192.0.2.10]:tcp:80", RealServer: "[10.0.0.1]:tcp:80"}, 1))
	if diff := cmp.Diff(real, got); diff != "" {
		t.Errorf("a real server (-want +got):\n%s", diff)
	}
	quorum := join([]string{trap + check + ".5.0.2"}, server, []string{check + ".3.1.23 = 3", check + ".3.1.22 = 1 (type 66)"}, counts)
	got = text(s.LVSTrap(all, director.Change{Kind: lvs.QuorumLost, VirtualServer: "[192.0.2.10]:tcp:80", Stopping: true}, 1))
	if diff := cmp.Diff(quorum, got); diff != "" {
		t.Errorf("a quorum at the stop (-want +got):\n%s", diff)
	}
	if s.LVSTrap(all, director.Change{Kind: lvs.CheckDown, VirtualServer: "[192.0.2.10]:tcp:80"}, 1) != nil {
		t.Error("a check alone is notified of")
	}
}

func TestBadPacketsAreNotifiedOf(t *testing.T) {
	s := load(t, "testdata/lvs.conf")
	for reason, want := range map[string]int{vrrp.AuthFailure.String(): 0, vrrp.ChecksumError.String(): 1, vrrp.LengthError.String(): 0} {
		got := s.Traps(all, speaker.Change{Instance: "VI_1", Event: speaker.BadPacket, Reason: reason}, "")
		if len(got) != want { // VRRP-MIB does not know version 3
			t.Errorf("%s: %d notifications, not %d", reason, len(got), want)
		}
	}
}
