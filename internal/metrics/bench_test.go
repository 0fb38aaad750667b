package metrics

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/lvs"
)

// large is the state of a director with that many instances, and virtual servers with four real servers each.
func large(instances, servers int) *control.Status {
	s := full()
	one := s.VRRP.Instances[0]
	s.VRRP.Instances = nil
	for i := range instances {
		in := one
		in.Name, in.VRID = fmt.Sprintf("VI_%d", i+1), uint8(i+1)
		in.Addresses = []string{fmt.Sprintf("192.0.2.%d/32 dev eth0", i+1)}
		s.VRRP.Instances = append(s.VRRP.Instances, in)
	}
	check := director.CheckStatus{Name: "TCP_CHECK", Up: true, Last: then, Took: time.Millisecond, Runs: 10, TookAll: time.Second}
	s.LVS.VirtualServers = nil
	for i := range servers {
		v := director.VirtualServerStatus{Label: fmt.Sprintf("10.%d.%d.1:80/tcp", i/250, i%250), Active: true, Quorum: true, Counted: true}
		for j := range 4 {
			v.RealServers = append(v.RealServers, director.RealServerStatus{
				Label: netip.AddrPortFrom(netip.AddrFrom4([4]byte{172, 16, byte(i), byte(j)}), 80).String(),
				Up:    true, Weight: 1, Current: 1, Counted: true, Traffic: lvs.Traffic{Connections: 1}, Checks: []director.CheckStatus{check},
			})
		}
		s.LVS.VirtualServers = append(s.LVS.VirtualServers, v)
	}
	return s
}

// BenchmarkScrape is what a scrape costs the parent process, once the state is known: 255 instances and 1000
// real servers. It is made anew each time.
func BenchmarkScrape(b *testing.B) {
	s := large(255, 250)
	h := Handler(Sources{Snapshot: sources(s).Snapshot, Addresses: HostAddresses, Version: "1"}).(*shared)
	b.ReportAllocs()
	octets := 0
	for b.Loop() {
		w := httptest.NewRecorder()
		h.next.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		octets = w.Body.Len()
	}
	b.ReportMetric(float64(octets)/1e6, "MB/scrape")
}

func TestLargeStateIsToldWhole(t *testing.T) {
	text := scrape(t, large(255, 250))
	for _, want := range []string{
		`keepalived_vrrp_state{iname="VI_255",intf="eth0",ip_address="192.0.2.255",vrid="255"} 2`,
		`keepalived_real_server_up{rs="172.16.249.3:80",vs="10.0.249.1:80/tcp"} 1`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no line %s", want)
		}
	}
}
