package daemon

import (
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/lvs"
)

func TestTrafficIsReadNoMoreOftenThanConfigured(t *testing.T) {
	cache := snmpTraffic{virtualAge: 2 * time.Second, realAge: 10 * time.Second}
	begin := time.Unix(1000, 0)
	read := func(after time.Duration, connections uint64) {
		cache.take(begin.Add(after), &director.Status{VirtualServers: []director.VirtualServerStatus{{
			Name: "V", Traffic: lvs.Traffic{Connections: connections, BytesIn: 100 * connections},
			RealServers: []director.RealServerStatus{{Name: "R", Traffic: lvs.Traffic{Connections: connections}, Connections: lvs.Connections{Active: 3}}},
		}}})
	}
	check := func(when string, virtual, rate, real uint64) {
		t.Helper()
		v, r := cache.counts[[2]string{"V", ""}], cache.counts[[2]string{"V", "R"}]
		if v.Connections != virtual || v.CPS != rate || v.InBPS != 100*rate || r.Connections != real || r.Active != 3 {
			t.Errorf("%s: %+v and %+v", when, v, r)
		}
	}
	if !cache.due(begin) {
		t.Error("nothing was read, and nothing is due")
	}
	read(0, 10)
	check("at first", 10, 0, 10)
	if cache.due(begin.Add(time.Second)) {
		t.Error("due before any interval is over")
	}
	read(time.Second, 15)
	check("before the interval is over", 10, 0, 10)
	if !cache.due(begin.Add(2 * time.Second)) {
		t.Error("not due when the shorter interval is over")
	}
	read(4*time.Second, 30)
	check("after the shorter interval", 30, 5, 10)
	read(10*time.Second, 60)
	check("after both", 60, 5, 60)
	read(20*time.Second, 1)
	check("after the kernel's counters began anew", 1, 0, 1)
}
