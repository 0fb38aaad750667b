//go:build lab

package scenario

import (
	"strings"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

// TestInteropVMAC sets routers with interfaces of their own side by side: with the virtual MAC address, by which a
// client then knows the virtual address whoever is master, and without (use_ipvlan). Those with
// vmac_xmit_base, which need no other kernel, are in vrrp/speaker.
func TestInteropVMAC(t *testing.T) {
	fifth, tested := 200*time.Millisecond, under(t)
	vmac := even("use_vmac", 3, fifth).with(func(d *duel) { d.extra, d.on, d.holds = both("use_vmac"), "vrrp.51", virtualMAC })
	ipvlan := even("use_ipvlan", 3, fifth).with(func(d *duel) {
		d.extra, d.holds = [2]string{"use_ipvlan ip0 10.0.0.19/24", "use_ipvlan ip0 10.0.0.18/24"}, answers
	})
	pair := func(a, b lab.Program) [2]lab.Program { return [2]lab.Program{a, b} }
	for _, c := range []struct {
		duel  duel
		pairs [][2]lab.Program
	}{
		{vmac, [][2]lab.Program{pair(tested, tested), pair(tested, lab.Keepalived), pair(lab.Keepalived, tested), pair(lab.Keepalived, lab.Keepalived)}},
		{vmac.with(func(d *duel) { d.name, d.six = "use_vmac IPv6", true }), [][2]lab.Program{pair(tested, lab.Keepalived), pair(lab.Keepalived, tested)}},
		{ipvlan, [][2]lab.Program{pair(tested, lab.Keepalived)}},
	} {
		for _, p := range c.pairs {
			t.Run(c.duel.name+"/"+p[0].Name+" and "+p[1].Name, func(t *testing.T) {
				t.Parallel()
				a := newArena(t, c.duel, p)
				a.turns([2]string{a.config(0), a.config(1)})
			})
		}
	}
}

// turns starts both routers with their files, then stops and starts a, which is the better one.
func (a *arena) turns(configs [2]string) {
	a.t.Helper()
	must(a.t, a.routers[0].Start(configs[0]))
	eventually(a.t, 30*time.Second, "a alone is master", func() bool { return a.only() == "a" })
	must(a.t, a.routers[1].Start(configs[1]))
	a.joined(a.routers[1])
	a.rest("both started")
	a.takeover("stop", func(r *lab.Director) error { return r.StopPlanned() })
	must(a.t, a.routers[0].Launch())
	eventually(a.t, 30*time.Second, "a is master again", func() bool { return a.only() == "a" })
	a.rest("a started again")
	for i, want := range []string{"a", "b", "a"} {
		if !strings.HasSuffix(a.winners[i], ": "+want) {
			a.t.Errorf("%s, want %s", a.winners[i], want)
		}
	}
}

// answers: the client reaches the virtual address of a master.
func answers(a *arena, r *lab.Director) []bool {
	if a.only() != r.Name {
		return []bool{false}
	}
	_, err := a.client.Exec("ping", "-c", "1", "-W", "2", a.vips[0].String())
	return []bool{err == nil}
}

// virtualMAC: the client reaches the virtual address of a master, and knows it by its virtual MAC address.
func virtualMAC(a *arena, r *lab.Director) []bool {
	if !r.Has(a.on, a.vips[0]) {
		return []bool{false}
	}
	vip, mac := a.vips[0].String(), "00:00:5e:00:01:33"
	to := vip
	if a.six {
		vip, to, mac = "fe80::22", "fe80::22%eth0", "00:00:5e:00:02:33"
	}
	if _, err := a.client.Exec("ping", "-c", "1", "-W", "2", to); err != nil {
		return []bool{false}
	}
	out, _ := a.client.Exec("ip", "neigh", "show", vip)
	return []bool{strings.Contains(out, mac)}
}
