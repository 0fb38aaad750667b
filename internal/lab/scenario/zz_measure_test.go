//go:build lab

package scenario

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

func TestZZMeasure(t *testing.T) {
	beside(t, func(t *testing.T, p lab.Program, strict bool) {
		s := &underTraffic{drPair: newDRPair(t, p, false)}
		const global = "global_defs {\n lvs_sync_daemon eth0 VI_1\n}\n"
		for _, h := range []*lab.Host{s.r31, s.r32} {
			must(t, h.IP("link set tunl0 up"))
			must(t, h.Sysctl("net.ipv4.conf.tunl0.rp_filter", "0"))
			must(t, h.Sysctl("net.ipv4.conf.all.rp_filter", "0"))
		}
		change := func(x string) string {
			return global + strings.Replace(strings.Replace(x, "lb_kind DR", "lb_kind TUN", 1), "protocol TCP", "persistence_timeout 300\n protocol TCP", 1)
		}
		s.master = change(fmt.Sprintf(trafficFile, "MASTER", 100, 3))
		s.backup = change(fmt.Sprintf(trafficFile, "BACKUP", 50, 3))
		var err error
		s.wire, err = s.net.Capture(lab.IsAdvert)
		must(t, err)
		s.begin()
		for _, a := range []string{"10.10.10.101", "10.10.10.102"} {
			must(t, s.client.IP("addr add "+a+"/24 dev eth0"))
		}
		s.stream, err = s.client.Stream(at(s.vip, 80), 3*time.Second)
		must(t, err)
		show := func(what string, d *lab.Director) {
			out, _ := d.Exec("ipvsadm", "-Lnc")
			out2, _ := d.Exec("sh", "-c", "ipvsadm -Ln; cat /proc/net/ip_vs_conn_sync")
			t.Logf("%s %s:\n%s%s", what, d.Name, out, out2)
		}
		t.Logf("asked: %v", s.client.Ask(at(s.vip, 80), 7, 3*time.Second))
		time.Sleep(5 * time.Second)
		show("before", s.d30)
		show("before", s.d29)
		must(t, s.d30.StopPlanned())
		s.full("master stopped", 15*time.Second, s.d29, s.d30)
		s.goesOn("planned stop")
		t.Logf("asked: %v", s.client.Ask(at(s.vip, 80), 7, 3*time.Second))
		show("after", s.d29)
	})
}
