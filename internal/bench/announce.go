package bench

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

// manyAddresses is a configuration of one instance with n addresses, 20 of them in the advertisement.
func manyAddresses(n int) string {
	var b strings.Builder
	b.WriteString("global_defs {\n  router_id bench\n  vrrp_garp_master_delay 0\n  vrrp_garp_master_repeat 1\n}\n" +
		"vrrp_instance MANY {\n  state BACKUP\n  interface eth0\n  virtual_router_id 1\n  priority 100\n  advert_int 1\n  virtual_ipaddress {\n")
	for i := range n {
		if i == 20 {
			b.WriteString("  }\n  virtual_ipaddress_excluded {\n")
		}
		fmt.Fprintf(&b, "    10.9.%d.%d\n", i/250, i%250+1)
	}
	b.WriteString("  }\n}\n")
	return b.String()
}

// isGratuitous tells whether a frame is an ARP that announces a virtual address.
func isGratuitous(data []byte) bool {
	const etherARP, sender, target = 0x0806, 14 + 14, 14 + 24
	return len(data) >= target+4 && binary.BigEndian.Uint16(data[12:]) == etherARP &&
		string(data[sender:sender+4]) == string(data[target:target+4]) && data[sender] == 10 && data[sender+1] == 9
}

// Announce measures how long 1000 addresses take, from the first advertisement to the announcement
// of the last address.
func Announce(holdfast, keepalived string, runs int) ([]Row, error) {
	row := Row{What: "1000 addresses, first advertisement to last announcement", Unit: "ms", Goal: 0.95}
	for _, one := range []struct {
		program string
		into    *float64
	}{{keepalived, &row.Keepalived}, {holdfast, &row.Holdfast}} {
		var all []float64
		for range runs {
			ms, err := announceOnce(one.program, 1000)
			if err != nil {
				return nil, fmt.Errorf("announce 1000 addresses, %s: %w", one.program, err)
			}
			all = append(all, ms)
		}
		*one.into = median(all, func(v float64) float64 { return v })
	}
	return []Row{row}, nil
}

func announceOnce(program string, n int) (float64, error) {
	b, err := newBed()
	if err != nil {
		return 0, err
	}
	defer b.net.Close()
	seen, err := b.net.Capture(func(f lab.Frame) bool { return lab.IsAdvert(f) || isGratuitous(f.Data) })
	if err != nil {
		return 0, err
	}
	p, err := start(b.one, program, manyAddresses(n))
	if err != nil {
		return 0, err
	}
	defer p.KillAll()
	var first, last time.Time
	announced := func() bool {
		addresses := map[string]bool{}
		first, last = time.Time{}, time.Time{}
		for _, f := range seen.Frames() {
			switch {
			case !isGratuitous(f.Data):
				if first.IsZero() {
					first = f.At
				}
			case !addresses[string(f.Data[28:32])]:
				addresses[string(f.Data[28:32])] = true
				last = f.At
			}
		}
		return len(addresses) == n
	}
	if err := waitFor("the announcement of every address", time.Minute, announced); err != nil {
		return 0, err
	}
	return float64(last.Sub(first)) / float64(time.Millisecond), nil
}
