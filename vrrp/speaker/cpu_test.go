package speaker_test

import (
	"fmt"
	"net/netip"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
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

// BenchmarkThousandAddresses tells how long it takes from the first advertisement to the first
// announcement of the last of a thousand addresses, as a host on the same network sees it.
func BenchmarkThousandAddresses(b *testing.B) {
	const n = 1000
	in := instance(51, 150, time.Second, "10.9.0.1/32")
	in.VIPs = nil
	in.Addresses = nil
	for i := range n {
		a := speaker.Address{Prefix: netip.MustParsePrefix(fmt.Sprintf("10.9.%d.%d/32", i/250, i%250+1)), Interface: vlan.Interface}
		if i < 200 {
			in.VIPs = append(in.VIPs, a)
			in.Addresses = append(in.Addresses, a.Prefix.Addr())
		} else {
			in.Excluded = append(in.Excluded, a)
		}
	}
	var excluded strings.Builder
	excluded.WriteString(" virtual_ipaddress_excluded {\n")
	for _, a := range in.Excluded {
		fmt.Fprintf(&excluded, "  %s\n", a.Prefix)
	}
	excluded.WriteString(" }\n")
	for _, who := range []string{"ours", "theirs"} {
		b.Run(who, func(b *testing.B) {
			var sum float64
			for range b.N {
				lan := vlan.New(b)
				h, watcher := lan.Host("192.0.2.1/24"), lan.Host("192.0.2.9/24")
				file := filepath.Join(b.TempDir(), "pcap")
				dump := watcher.Command("tcpdump", "-B", "8192", "-nn", "-i", vlan.Interface, "-w", file, "proto 112 or arp")
				if err := dump.Start(); err != nil {
					b.Fatal(err)
				}
				time.Sleep(time.Second)
				if who == "ours" {
					startProcess(b, h, settings(in))
				} else {
					startKeepalived(b, h, configFor(in, excluded.String()))
				}
				for !h.Has("10.9.3.250") {
					time.Sleep(10 * time.Millisecond)
				}
				time.Sleep(time.Second)
				_ = dump.Process.Signal(syscall.SIGTERM)
				_ = dump.Wait()
				out, err := exec.Command("tcpdump", "-nn", "-tt", "-r", file).Output()
				if err != nil {
					b.Fatal(err)
				}
				sum += spread(b, string(out), n)
			}
			b.ReportMetric(sum/float64(b.N), "ms")
		})
	}
}

// spread is the time in ms from the first advertisement to the first announcement of the last of n
// addresses in what tcpdump printed.
func spread(b *testing.B, out string, n int) float64 {
	seen := map[string]bool{}
	var first, last float64
	for _, line := range strings.Split(out, "\n") {
		f := strings.Fields(line)
		if len(f) < 6 {
			continue
		}
		at, _ := strconv.ParseFloat(f[0], 64)
		if strings.Contains(line, "VRRP") && first == 0 {
			first = at
		}
		if i := strings.Index(line, "who-has 10.9."); i >= 0 && first != 0 {
			address := strings.Fields(line[i+len("who-has "):])[0]
			if !seen[address] {
				seen[address], last = true, at
			}
		}
	}
	if len(seen) != n {
		b.Fatalf("%d addresses of %d were announced", len(seen), n)
	}
	return 1000 * (last - first)
}
