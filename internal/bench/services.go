package bench

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

// services is a configuration of virtual servers that no instance holds (always active), four real
// servers each, with a check body for each real server.
func services(n int, check string) string {
	var b strings.Builder
	b.WriteString("global_defs {\n  router_id bench\n}\n")
	for v := range n {
		fmt.Fprintf(&b, "virtual_server 10.9.%d.%d 80 {\n", v/250, v%250+1)
		virtualServer(&b, check)
	}
	return b.String()
}

// virtualServer writes what stands in the block of a virtual server, and its end.
func virtualServer(b *strings.Builder, check string) {
	b.WriteString("  delay_loop 60\n  lb_algo wrr\n  lb_kind NAT\n  protocol TCP\n")
	for r := range 4 {
		fmt.Fprintf(b, "  real_server 10.1.0.2 %d {\n    weight %d\n%s  }\n", firstPort+r, r+1, check)
	}
	b.WriteString("}\n")
}

// firstPort is that of the first of four real servers.
const firstPort = 1000

// destinations counts the real servers in the kernel's table, as the host sees it. It must be the only one
// with a large table: the kernel leaves entries out of this file where another namespace has services too.
func destinations(h *lab.Host) int {
	n := 0
	_ = h.Do(func() error {
		text, err := os.ReadFile("/proc/thread-self/net/ip_vs")
		n = bytes.Count(text, []byte("\n  -> ")) - 1 // the heading has one
		return err
	})
	return n
}

// waitForAll waits until the kernel has so many real servers. A large table is not read all the time:
// that would be what is measured.
func waitForAll(h *lab.Host, n int) error {
	for end := time.Now().Add(patience); time.Now().Before(end); {
		begin := time.Now()
		if destinations(h) == n {
			return nil
		}
		time.Sleep(max(5*time.Millisecond, 4*time.Since(begin)))
	}
	return fmt.Errorf("wait for %d real servers: there are %d after %v", n, destinations(h), patience)
}

// patience is how long a machine that is busy with other things may take.
const patience = 2 * time.Minute

// measureStarts takes the time from the start of the daemon to n x 4 real servers in an empty kernel, both
// programs in turn, so often.
func measureStarts(n, runs int) (finding, error) {
	var both [2][]float64
	text := services(n, "")
	for range runs {
		for i, program := range []lab.Program{lab.Keepalived, lab.Holdfast} {
			seconds, err := startOnce(program, text, 4*n)
			if err != nil {
				return finding{}, fmt.Errorf("%s: %w", program.Name, err)
			}
			both[i] = append(both[i], seconds)
		}
	}
	return finding{Both: medians(both), Best: [2]float64{slices.Min(both[0]), slices.Min(both[1])}}, nil
}

func startOnce(program lab.Program, text string, reals int) (float64, error) {
	b, err := newBed()
	if err != nil {
		return 0, err
	}
	defer b.net.Close()
	director := b.one.Direct(program)
	if err := director.Configure(text); err != nil {
		return 0, err
	}
	begin := time.Now()
	if err := director.Launch(); err != nil {
		return 0, err
	}
	defer director.Crash()
	if err := waitForAll(b.one, reals); err != nil {
		return 0, fmt.Errorf("%w\n%s", err, director.Process.Last(5))
	}
	return time.Since(begin).Seconds(), nil
}

func medians(both [2][]float64) [2]float64 {
	var m [2]float64
	for i, all := range both {
		m[i] = median(all, func(v float64) float64 { return v })
	}
	return m
}

// checkEvery is a check of each real server in so many seconds.
func checkEvery(seconds int) string {
	return fmt.Sprintf("    TCP_CHECK {\n      connect_timeout 3\n      delay_loop %d\n      warmup %d\n    }\n", seconds, seconds)
}

// measureChecks lets 1000 real servers be checked every second and counts the connections that the real
// server's kernel accepted.
func measureChecks(program lab.Program, window time.Duration) (finding, error) {
	b, err := newBed()
	if err != nil {
		return finding{}, err
	}
	defer b.net.Close()
	server, err := accept(b.two)
	if err != nil {
		return finding{}, err
	}
	defer server.close()
	director := b.one.Direct(program)
	if err := director.Start(services(250, checkEvery(1))); err != nil {
		return finding{}, err
	}
	defer director.Crash()
	time.Sleep(window)
	checks, err := passiveOpens(b.two)
	return finding{Checks: checks}, err
}

// passiveOpens is how many connections a host's kernel has accepted.
func passiveOpens(h *lab.Host) (int, error) {
	var text []byte
	err := h.Do(func() (err error) {
		text, err = os.ReadFile("/proc/thread-self/net/snmp")
		return err
	})
	if err != nil {
		return 0, err
	}
	var names []string
	for line := range strings.Lines(string(text)) {
		fields, ok := strings.CutPrefix(line, "Tcp: ")
		if !ok {
			continue
		}
		if names == nil {
			names = strings.Fields(fields)
			continue
		}
		for i, v := range strings.Fields(fields) {
			if names[i] == "PassiveOpens" {
				return strconv.Atoi(v)
			}
		}
	}
	return 0, fmt.Errorf("read accepted connections: no PassiveOpens in /proc/net/snmp")
}
