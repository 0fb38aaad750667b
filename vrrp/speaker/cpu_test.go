package speaker_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/vlan"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// many is n instances on one interface, each with an address of its own.
func many(n int, priority uint8, interval time.Duration) []speaker.Instance {
	var all []speaker.Instance
	for i := 1; i <= n; i++ {
		in := instance(uint8(i), priority, interval, fmt.Sprintf("10.9.%d.%d/32", i/200, i%200+1))
		all = append(all, in)
	}
	return all
}

func manyConfig(instances []speaker.Instance) string {
	var b strings.Builder
	for i, in := range instances {
		c := configFor(in, "")
		if i > 0 {
			c = c[strings.Index(c, "vrrp_instance"):]
		}
		b.WriteString(c)
	}
	return b.String()
}

// BenchmarkCPU tells the share of a core that 255 instances at 0.1 s cost as MASTER and as BACKUP,
// ours and keepalived's, with a peer of either kind. All processes have real-time priority, so that
// the load of the machine does not make elections of it.
func BenchmarkCPU(b *testing.B) {
	const n = 255
	const interval = 100 * time.Millisecond
	masters, backups := many(n, 150, interval), many(n, 100, interval)
	for _, master := range []string{"ours", "theirs"} {
		for _, backup := range []string{"ours", "theirs"} {
			b.Run(master+"/"+backup, func(b *testing.B) {
				for range b.N {
					lan := vlan.New(b)
					run := func(who string, address string, instances []speaker.Instance) (*vlan.Host, int) {
						h := lan.Host(address)
						if who == "ours" {
							return h, startProcess(b, h, settings(instances...)).cmd.Process.Pid
						}
						return h, startKeepalived(b, h, manyConfig(instances)).cmd.Process.Pid
					}
					h, m := run(master, "192.0.2.1/24", masters)
					for !h.Has("10.9.1.2") || !h.Has("10.9.0.2") {
						time.Sleep(10 * time.Millisecond)
					}
					time.Sleep(6 * time.Second) // the second set of announcements is out
					_, o := run(backup, "192.0.2.2/24", backups)
					time.Sleep(time.Second)
					m0, o0, begin := cpuTime(b, m), cpuTime(b, o), time.Now()
					time.Sleep(6 * time.Second)
					passed := float64(time.Since(begin)) / 100
					b.ReportMetric(float64(cpuTime(b, m)-m0)/passed, "master-%")
					b.ReportMetric(float64(cpuTime(b, o)-o0)/passed, "backup-%")
				}
			})
		}
	}
}
