package speaker_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/vlan"
)

// BenchmarkCut tells how long the virtual address is silent, as a client sees it that pings every
// 2 ms: after the MASTER was cut off, and when it comes back. The protocol's bound for the first is
// 3.61 intervals at priority 100.
func BenchmarkCut(b *testing.B) {
	const vip = "192.0.2.100"
	for _, interval := range []time.Duration{time.Second, 100 * time.Millisecond, 10 * time.Millisecond} {
		b.Run(interval.String(), func(b *testing.B) {
			var cut, back float64
			for range b.N {
				lan := vlan.New(b)
				h1, h2, client := lan.Host("192.0.2.1/24"), lan.Host("192.0.2.2/24"), lan.Host("192.0.2.9/24")
				startProcess(b, h1, settings(instance(51, 150, interval, vip+"/32")))
				startProcess(b, h2, settings(instance(51, 100, interval, vip+"/32")))
				for !h1.Has(vip) || h2.Has(vip) {
					time.Sleep(10 * time.Millisecond)
				}
				time.Sleep(2 * interval)
				cut = max(cut, silence(b, client, vip, 5*interval+time.Second, h1.Isolate))
				back = max(back, silence(b, client, vip, 5*interval+time.Second, h1.Join))
			}
			b.ReportMetric(cut, "cut-ms")
			b.ReportMetric(back, "return-ms")
		})
	}
}

// silence is the longest time in ms between two answers while f happens.
func silence(b *testing.B, client *vlan.Host, address string, length time.Duration, f func()) float64 {
	b.Helper()
	count := strconv.Itoa(int((length + 500*time.Millisecond) / (2 * time.Millisecond)))
	cmd := client.Command("chrt", "-r", "10", "ping", "-D", "-n", "-i", "0.002", "-c", count, "-W", "1", address)
	var out buffer
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond)
	f()
	_ = cmd.Wait() // it fails when answers are missing
	var last, longest float64
	for line := range strings.Lines(out.String()) {
		var at float64
		if _, err := fmt.Sscanf(line, "[%f]", &at); err != nil || !strings.Contains(line, "bytes from") {
			continue
		}
		if last != 0 {
			longest = max(longest, 1000*(at-last))
		}
		last = at
	}
	if last == 0 {
		b.Fatalf("no answer at all: %s", out.String())
	}
	return longest
}
