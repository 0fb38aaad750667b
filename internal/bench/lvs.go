package bench

import (
	"bytes"
	"fmt"
	"os"
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
		fmt.Fprintf(&b, "virtual_server 10.9.%d.%d 80 {\n  delay_loop 60\n  lb_algo wrr\n  lb_kind NAT\n  protocol TCP\n", v/250, v%250+1)
		for r := range 4 {
			fmt.Fprintf(&b, "  real_server 10.1.0.2 %d {\n    weight %d\n%s  }\n", 1000+r, r+1, check)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// destinations counts the real servers in the kernel's table, as the host sees it.
func destinations(h *lab.Host) int {
	n := 0
	_ = h.Do(func() error {
		text, err := os.ReadFile("/proc/thread-self/net/ip_vs")
		n = bytes.Count(text, []byte("\n  -> ")) - 1 // the heading has one
		return err
	})
	return n
}

// measureStart takes the time from the start of the daemon to 1000 real servers in the kernel.
func measureStart(program lab.Program) (finding, error) {
	b, err := newBed()
	if err != nil {
		return finding{}, err
	}
	defer b.net.Close()
	director := b.one.Direct(program)
	begin := time.Now()
	if err := director.Start(services(250, "")); err != nil {
		return finding{}, err
	}
	err = waitFor("1000 real servers", time.Minute, func() bool { return destinations(b.one) == 1000 })
	return finding{Seconds: time.Since(begin).Seconds()}, err
}

// measureReload reloads an unchanged file of 1000 virtual servers and counts the kernel's IPVS writes.
func measureReload(program lab.Program, count int) (finding, error) {
	b, err := newBed()
	if err != nil {
		return finding{}, err
	}
	defer b.net.Close()
	director := b.one.Direct(program)
	if err := director.Start(services(1000, "")); err != nil {
		return finding{}, err
	}
	if err := waitFor("4000 real servers", 2*time.Minute, func() bool { return destinations(b.one) == 4000 }); err != nil {
		return finding{}, err
	}
	time.Sleep(2 * time.Second)
	trace, err := b.one.Trace()
	if err != nil {
		return finding{}, err
	}
	defer trace.Stop()
	for range count {
		if err := director.Reload(); err != nil {
			return finding{}, err
		}
		time.Sleep(3 * time.Second)
	}
	writes := trace.Writes()
	if !director.Process.Running() {
		return finding{}, fmt.Errorf("the daemon ended: %s", director.Process.Last(10))
	}
	return finding{Writes: len(writes)}, nil
}

// checked is the check of the load: four checks of every virtual server, ten times a second.
const checked = "    TCP_CHECK {\n      connect_timeout 3\n      delay_loop 0.1\n      warmup 0.1\n    }\n"

// measureChecks lets 100 real servers be checked ten times a second and counts the connections
// that the real server's kernel accepted.
func measureChecks(program lab.Program, window time.Duration) (finding, error) {
	b, err := newBed()
	if err != nil {
		return finding{}, err
	}
	defer b.net.Close()
	for r := range 4 {
		server, err := b.two.Serve(uint16(1000 + r))
		if err != nil {
			return finding{}, err
		}
		defer server.Close()
	}
	director := b.one.Direct(program)
	if err := director.Start(services(25, checked)); err != nil {
		return finding{}, err
	}
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

// LVS measures what needs IPVS, in the lab.
func LVS(holdfast string, window time.Duration, runs int) ([]Row, error) {
	start := Row{What: "start to 1000 real servers in the kernel (lab)", Unit: "s", Goal: 0.5}
	reload := Row{What: "reload of an unchanged 1000 x 4 file, kernel writes of 3 reloads (lab)", Unit: "writes", Limit: 0}
	checks := Row{What: "TCP_CHECK, CPU a check, both ends and the network included (lab)", Unit: "ms", Goal: 0.95}
	for _, one := range []struct {
		program                string
		start, reload, checked *float64
	}{
		{"keepalived", &start.Keepalived, &reload.Keepalived, &checks.Keepalived},
		{"holdfast", &start.Holdfast, &reload.Holdfast, &checks.Holdfast},
	} {
		var starts []finding
		for range runs {
			found, _, err := inGuest(holdfast, errand{Name: "start", Program: one.program})
			if err != nil {
				return nil, fmt.Errorf("start, %s: %w", one.program, err)
			}
			starts = append(starts, found)
		}
		*one.start = median(starts, func(f finding) float64 { return f.Seconds })
		found, _, err := inGuest(holdfast, errand{Name: "reload", Program: one.program, Count: 3})
		if err != nil {
			return nil, fmt.Errorf("reload, %s: %w", one.program, err)
		}
		*one.reload = float64(found.Writes)
		if *one.checked, err = checkCost(holdfast, one.program, window); err != nil {
			return nil, fmt.Errorf("checks, %s: %w", one.program, err)
		}
	}
	return []Row{start, reload, checks}, nil
}

// checkCost is the CPU time of one check in milliseconds: the guest's with a long load less the same
// guest's with a short one, so that boot and start do not count.
func checkCost(holdfast, program string, window time.Duration) (float64, error) {
	short, cpuShort, err := inGuest(holdfast, errand{Name: "checks", Program: program, Window: 3 * time.Second})
	if err != nil {
		return 0, err
	}
	long, cpuLong, err := inGuest(holdfast, errand{Name: "checks", Program: program, Window: 3*time.Second + window})
	if err != nil {
		return 0, err
	}
	if long.Checks-short.Checks < 100 {
		return 0, fmt.Errorf("only %d checks were made in %s", long.Checks-short.Checks, window)
	}
	return float64(cpuLong-cpuShort) / float64(time.Millisecond) / float64(long.Checks-short.Checks), nil
}
