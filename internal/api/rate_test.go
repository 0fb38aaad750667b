package api

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/lvs"
)

func state(connections, bytes uint64) Status {
	t := lvs.Traffic{Connections: connections, PacketsIn: bytes / 100, BytesIn: bytes}
	return FromStatus(&control.Status{LVS: &director.Status{VirtualServers: []director.VirtualServerStatus{{
		Name: "[192.0.2.1]:tcp:80", Label: "192.0.2.1:80/tcp", Counted: true, Quorum: true, Traffic: t, Connections: lvs.Connections{Active: 3},
		RealServers: []director.RealServerStatus{
			{Name: "[10.0.0.1]:tcp:80", Label: "10.0.0.1:80", Up: true, Counted: true, Current: 5, Traffic: t},
			{Name: "[10.0.0.2]:tcp:80", Label: "10.0.0.2:80"}, // down: not in the table
		},
	}}}})
}

func TestRatesAreDifferencesPerSecond(t *testing.T) {
	begin := time.Unix(1000, 0)
	before, after := state(100, 1000), state(150, 6000)
	got := Between(&before, &after, begin, begin.Add(2*time.Second))
	if len(got.VirtualServers) != 1 || len(got.VirtualServers[0].RealServers) != 1 {
		t.Fatalf("rows: %+v", got.VirtualServers)
	}
	v := got.VirtualServers[0]
	if v.Connections != 25 || v.BytesIn != 2500 || v.Active != 3 || v.Label != "192.0.2.1:80/tcp" {
		t.Errorf("of 50 connections and 5000 octets in 2 s: %+v", v)
	}
	if r := v.RealServers[0]; r.Connections != 25 || r.Weight != 5 {
		t.Errorf("its real server: %+v", r)
	}
}

// TestCountersThatBeginAnewGiveNoNonsense: a service that was put into the table again counts from nothing.
func TestCountersThatBeginAnewGiveNoNonsense(t *testing.T) {
	begin := time.Unix(1000, 0)
	before, after := state(1000, 100000), state(10, 500)
	if v := Between(&before, &after, begin, begin.Add(time.Second)).VirtualServers[0]; v.Connections != 10 || v.BytesIn != 500 {
		t.Errorf("after a new beginning: %+v", v)
	}
	if got := Between(&before, &after, begin, begin); len(got.VirtualServers) != 0 {
		t.Errorf("in no time: %+v", got)
	}
}

// TestEmptyListsAreLists: a reader need not ask whether they are there.
func TestEmptyListsAreLists(t *testing.T) {
	b, err := json.Marshal(FromStatus(&control.Status{}))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"processes", "instances", "sync_groups", "virtual_servers", "tracked", "bfd_sessions"} {
		if !strings.Contains(string(b), `"`+name+`":[]`) {
			t.Errorf("%s is no empty list: %s", name, b)
		}
	}
	if !strings.Contains(string(b), `"schema":"holdfast/status/1"`) {
		t.Errorf("no schema: %s", b)
	}
}
