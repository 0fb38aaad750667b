package bench

import (
	"fmt"
	"strings"
	"time"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

// configFile is where a director's configuration stands on its host.
const configFile = "/etc/keepalived/keepalived.conf"

// bed is two directors and a client on one switch, on whatever kernel this runs on.
type bed struct {
	net            *lab.Network
	wire           *lab.Switch
	one, two, user *lab.Host
}

func newBed() (*bed, error) {
	net, err := lab.New()
	if err != nil {
		return nil, err
	}
	b := &bed{net: net}
	if err := b.build(); err != nil {
		net.Close()
		return nil, err
	}
	return b, nil
}

func (b *bed) build() (err error) {
	if b.wire, err = b.net.Switch("lan"); err != nil {
		return err
	}
	for i, h := range []struct {
		name string
		into **lab.Host
	}{{"one", &b.one}, {"two", &b.two}, {"client", &b.user}} {
		if *h.into, err = b.net.Host(h.name); err != nil {
			return err
		}
		if err = (*h.into).Link(b.wire, "eth0", fmt.Sprintf("10.1.0.%d/16", i+1)); err != nil {
			return err
		}
	}
	return nil
}

// start runs a director with a configuration, without logs: both programs write none.
func start(h *lab.Host, program, config string) (*lab.Process, error) {
	if err := h.WriteFile(configFile, config, 0o644); err != nil {
		return nil, err
	}
	return h.Start(program, "-n", "-G", "-f", configFile, "-p", "/run/parent.pid", "-r", "/run/vrrp.pid", "-c", "/run/checkers.pid")
}

// pids lists the processes of a director.
func pids(p *lab.Process) []int {
	var all []int
	for _, m := range p.Family() {
		all = append(all, m.PID)
	}
	return all
}

// waitFor polls until done says so.
func waitFor(what string, limit time.Duration, done func() bool) error {
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if done() {
			return nil
		}
	}
	return fmt.Errorf("wait for %s: not within %s", what, limit)
}

// holds tells whether a host has at least n addresses of 10.9.0.0/16, the virtual ones.
func holds(h *lab.Host, n int) func() bool {
	return func() bool {
		all, err := h.Addresses("eth0")
		if err != nil {
			return false
		}
		found := 0
		for _, a := range all {
			if strings.HasPrefix(a.String(), "10.9.") {
				found++
			}
		}
		return found >= n
	}
}

// instances is a configuration of n VRRPv3 instances with one address each.
func instances(n int, state string, priority int, interval string) string {
	var b strings.Builder
	b.WriteString("global_defs {\n  router_id bench\n  vrrp_garp_master_delay 0\n}\n")
	for i := range n {
		fmt.Fprintf(&b, "vrrp_instance I%d {\n  state %s\n  interface eth0\n  version 3\n  virtual_router_id %d\n  priority %d\n  advert_int %s\n  virtual_ipaddress {\n    10.9.%d.%d\n  }\n}\n",
			i+1, state, i+1, priority, interval, i/250, i%250+1)
	}
	return b.String()
}
