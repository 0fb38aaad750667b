package daemon

import (
	"time"

	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/mib"
	"github.com/holdfast-ha/holdfast/lvs"
)

// snmpTraffic is what the kernel has counted, as SNMP was told last: of virtual servers for
// snmp_vs_stats_update_interval, of real servers for snmp_rs_stats_update_interval. Rates are those since
// the reading before.
type snmpTraffic struct {
	counts                      map[[2]string]mib.Traffic
	readVirtual, readReal       time.Time
	virtualAge, realAge         time.Duration // how old they may become
	virtualBetween, realBetween time.Duration // between the last two readings
}

// due tells whether the kernel has to be asked.
func (t *snmpTraffic) due(now time.Time) bool {
	return now.Sub(t.readVirtual) >= t.virtualAge || now.Sub(t.readReal) >= t.realAge
}

// take takes a reading over, as far as it is due.
func (t *snmpTraffic) take(now time.Time, s *director.Status) {
	virtual, real := now.Sub(t.readVirtual) >= t.virtualAge, now.Sub(t.readReal) >= t.realAge
	if virtual {
		t.virtualBetween, t.readVirtual = now.Sub(t.readVirtual), now
	}
	if real {
		t.realBetween, t.readReal = now.Sub(t.readReal), now
	}
	counts := map[[2]string]mib.Traffic{}
	add := func(key [2]string, due bool, between time.Duration, traffic lvs.Traffic, c lvs.Connections) {
		before, known := t.counts[key]
		if !due && known {
			counts[key] = before
			return
		}
		after := mib.Traffic{
			Connections: traffic.Connections, InPackets: traffic.PacketsIn, OutPackets: traffic.PacketsOut,
			InBytes: traffic.BytesIn, OutBytes: traffic.BytesOut,
			Active: c.Active, Inactive: c.Inactive, Persistent: c.Persistent,
		}
		if known {
			after.Since(before, between)
		}
		counts[key] = after
	}
	for i := range s.VirtualServers {
		v := &s.VirtualServers[i]
		add([2]string{v.Name, ""}, virtual, t.virtualBetween, v.Traffic, v.Connections)
		for j := range v.RealServers {
			r := &v.RealServers[j]
			add([2]string{v.Name, r.Name}, real, t.realBetween, r.Traffic, r.Connections)
		}
	}
	t.counts = counts
}
