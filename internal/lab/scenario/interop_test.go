//go:build lab

package scenario

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

// duel is one way of configuring two routers, a and b. a is the one that ought to win.
type duel struct {
	name     string
	version  int
	interval [2]time.Duration // of a and b
	priority [2]int
	six      bool
	unicast  bool
	group    bool // two instances, on two networks, in a sync group
	state    [2]string
	extra    [2]string // further lines of the instance
	on       string    // the interface that has the addresses, if not eth0
	more     []string  // further virtual addresses
	// holds looks for what else a master has and others have not: the parts that are there.
	holds func(a *arena, r *lab.Director) []bool
}

func (d duel) slower() time.Duration { return max(d.interval[0], d.interval[1]) }

// even is the usual duel: one interval, a of higher priority, both starting as BACKUP.
func even(name string, version int, interval time.Duration) duel {
	return duel{
		name: name, version: version, interval: [2]time.Duration{interval, interval},
		priority: [2]int{150, 100}, state: [2]string{"BACKUP", "BACKUP"},
	}
}

func (d duel) with(change func(*duel)) duel {
	change(&d)
	return d
}

func both(text string) [2]string { return [2]string{text, text} }

// duels are those slow enough to be fought side by side in one kernel.
func duels() []duel {
	second, fifth := time.Second, 200*time.Millisecond
	return []duel{
		even("v2 plain", 2, second),
		even("v2 PASS", 2, second).with(func(d *duel) {
			d.state[0] = "MASTER"
			d.extra = both("authentication {\n auth_type PASS\n auth_pass secret\n }")
		}),
		even("v2 AH", 2, second).with(func(d *duel) { d.extra = both("authentication {\n auth_type AH\n auth_pass secret\n }") }),
		even("v3 at 0.2 s", 3, fifth),
		even("IPv6", 3, fifth).with(func(d *duel) { d.six = true }),
		even("unicast", 3, fifth).with(func(d *duel) { d.unicast = true }),
		even("unicast v2", 2, second).with(func(d *duel) { d.unicast = true }),
		even("unicast IPv6", 3, fifth).with(func(d *duel) { d.unicast, d.six = true, true }),
		even("equal priority", 3, fifth).with(func(d *duel) { d.priority = [2]int{100, 100} }),
		even("different intervals", 3, fifth).with(func(d *duel) { d.interval[1] = 500 * time.Millisecond }),
		even("sync group", 3, fifth).with(func(d *duel) { d.group = true }),
		even("nopreempt", 3, fifth).with(func(d *duel) { d.extra = both("nopreempt") }),
		even("IPv6, several addresses", 3, fifth).with(func(d *duel) {
			d.six, d.more = true, []string{"fd00::23/64", "2001:db8:5::1/128", "fd00::24/64"}
			d.holds = addressesHeld
			d.extra = both("virtual_ipaddress_excluded {\n 10.0.0.23\n fd00::25\n }")
		}),
		even("routes and rules", 3, fifth).with(func(d *duel) {
			d.extra = both("virtual_routes {\n 198.51.100.0/24 via 10.0.0.1 dev eth0 metric 7\n 198.51.101.0/24 dev eth0 table 77\n 2001:db8:7::/48 via fd00::1 dev eth0\n }\n" +
				" virtual_rules {\n from 10.0.0.22 table 77 priority 1001\n to 2001:db8:8::/48 table 77 priority 1002\n }")
			d.holds = routesHeld
		}),
		even("no_accept", 3, fifth).with(func(d *duel) { d.extra, d.holds = both("no_accept"), silentAddress }),
		even("owner", 3, fifth).with(func(d *duel) { d.priority[0], d.state[0] = 255, "MASTER" }),
	}
}

// TestInterop2 fights every duel of VRRP version 2 with the program under test against keepalived,
// both ways round, and between two of either: there is one master at every rest, and always the same.
func TestInterop2(t *testing.T) { interop(t, 2) }

// TestInterop3 does the same for version 3.
func TestInterop3(t *testing.T) { interop(t, 3) }

func interop(t *testing.T, version int) {
	for _, d := range duels() {
		if d.version != version {
			continue
		}
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			compare(t, d, true)
		})
	}
}

// TestInteropFast fights those duels that need a kernel to themselves.
func TestInteropFast(t *testing.T) {
	for _, interval := range []time.Duration{50 * time.Millisecond, 10 * time.Millisecond} {
		d := even(fmt.Sprintf("v3 at %g s", interval.Seconds()), 3, interval)
		// Five announcements for each advert of lower priority, and a line of log for each, are more
		// than the guest's one processor can do for keepalived a hundred times a second: it would be
		// late for its own adverts, and both would go on as master. Who wins does not depend on them.
		d.extra = both("garp_lower_prio_repeat 0\n garp_master_repeat 1\n garp_master_delay 0")
		t.Run(d.name, func(t *testing.T) { compare(t, d, false) })
	}
}

// compare fights a duel in every pairing.
func compare(t *testing.T, d duel, parallel bool) {
	winners := inEveryPairing(t, parallel, func(t *testing.T, p [2]lab.Program) []string { return fight(t, d, p) })
	t.Logf("winners: %s", strings.Join(winners, ", "))
}

// inEveryPairing fights with the program under test against keepalived, both ways round, and between two
// of either, and demands that the same routers win each time as between two keepaliveds, whose winners
// it returns.
func inEveryPairing(t *testing.T, parallel bool, fight func(*testing.T, [2]lab.Program) []string) []string {
	reference := [2]lab.Program{lab.Keepalived, lab.Keepalived}
	pairings := [][2]lab.Program{reference}
	if tested := under(t); tested != lab.Keepalived {
		pairings = append(pairings, [2]lab.Program{tested, lab.Keepalived}, [2]lab.Program{lab.Keepalived, tested}, [2]lab.Program{tested, tested})
	}
	var (
		mu      sync.Mutex
		winners = map[[2]lab.Program][]string{}
	)
	t.Run("pairs", func(t *testing.T) {
		for _, p := range pairings {
			t.Run(p[0].Name+" and "+p[1].Name, func(t *testing.T) {
				if parallel {
					t.Parallel()
				}
				list := fight(t, p)
				mu.Lock()
				defer mu.Unlock()
				winners[p] = list
			})
		}
	})
	for _, p := range pairings {
		if !slices.Equal(winners[p], winners[reference]) {
			t.Errorf("%s and %s: winners %v; two keepaliveds: %v", p[0].Name, p[1].Name, winners[p], winners[reference])
		}
	}
	return winners[reference]
}

// arena is a duel under way.
type arena struct {
	*site
	duel
	vips    []netip.Addr // by network
	links   []string
	routers [2]*lab.Director
	client  *lab.Host
	wire    *lab.Capture
	winners []string
}

// fight takes two routers through cut, return, stop and start, and returns who was master at each
// rest.
func fight(t *testing.T, d duel, p [2]lab.Program) []string {
	a := newArena(t, d, p)
	// One after the other: where nobody preempts, who comes first wins.
	must(t, a.routers[0].Start(a.config(0)))
	eventually(t, 30*time.Second, "a alone is master", func() bool { return a.only() == "a" })
	must(t, a.routers[1].Start(a.config(1)))
	a.joined(a.routers[1])
	a.rest("both started")
	a.takeover("cut", func(r *lab.Director) error { return r.Cut("eth0") })
	must(t, a.routers[0].Restore("eth0"))
	a.rest("a restored")
	master := a.master()
	a.takeover("stop", func(r *lab.Director) error { return r.StopPlanned() })
	must(t, master.Launch())
	a.joined(master)
	a.rest(master.Name + " started again")
	for _, r := range a.routers {
		must(t, r.StopPlanned())
	}
	for i, r := range a.routers {
		if a.holds(i) != 0 {
			t.Errorf("%s has stopped but left addresses behind", r.Name)
		}
	}
	return a.winners
}

func newArena(t *testing.T, d duel, p [2]lab.Program) *arena {
	t.Helper()
	a := &arena{site: newSite(t), duel: d, links: []string{"eth0"}, vips: []netip.Addr{address("10.0.0.22")}}
	if d.six {
		a.vips[0] = address("fd00::22")
	}
	for i, name := range []string{"a", "b"} {
		// Of two routers of equal priority the one with the higher address wins: a.
		h := a.host(name, fmt.Sprintf("10.0.0.%d/24", 9-i), fmt.Sprintf("fd00::%d/64", 9-i))
		// The link-local address is what IPv6 adverts come from: not by chance the higher one.
		must(t, h.IP("address flush dev eth0 scope link\naddress add fe80::"+fmt.Sprint(9-i)+"/64 dev eth0 nodad"))
		a.routers[i] = h.Direct(p[i])
	}
	a.client = a.host("c", "10.0.0.7/24")
	if d.group {
		a.links, a.vips = append(a.links, "eth1"), append(a.vips, address("10.1.0.22"))
		other, err := a.net.Switch("other")
		must(t, err)
		for i, r := range a.routers {
			must(t, r.Link(other, "eth1", fmt.Sprintf("10.1.0.%d/24", 9-i)))
		}
	}
	wire, err := a.net.Capture(lab.IsAdvert)
	must(t, err)
	a.wire = wire
	logsOnFailure(t, a.routers[:]...)
	return a
}

// config writes the file of router i.
func (a *arena) config(i int) string {
	var b strings.Builder
	if a.group {
		b.WriteString("vrrp_sync_group G {\n group {\n VI_1\n VI_2\n }\n}\n")
	}
	for n, link := range a.links {
		fmt.Fprintf(&b, "vrrp_instance VI_%d {\n state %s\n interface %s\n virtual_router_id %d\n priority %d\n advert_int %g\n version %d\n %s\n",
			n+1, a.state[i], link, 51+n, a.priority[i], a.interval[i].Seconds(), a.version, a.extra[i])
		if a.unicast {
			own, peer := fmt.Sprintf("10.0.0.%d", 9-i), fmt.Sprintf("10.0.0.%d", 8+i)
			if a.six {
				own, peer = fmt.Sprintf("fd00::%d", 9-i), fmt.Sprintf("fd00::%d", 8+i)
			}
			fmt.Fprintf(&b, " unicast_src_ip %s\n unicast_peer {\n %s\n }\n", own, peer)
		}
		vip := strings.Join(append([]string{a.vips[n].String()}, a.more...), "\n ")
		if a.six {
			// The first address of an IPv6 router is link local (RFC 5798, 5.2.9).
			vip = "fe80::22\n " + vip
		}
		fmt.Fprintf(&b, " virtual_ipaddress {\n %s\n }\n}\n", vip)
	}
	return b.String()
}

// holds counts the addresses that router i has.
func (a *arena) holds(i int) int {
	n := 0
	for k, link := range a.links {
		if a.on != "" {
			link = a.on
		}
		if a.routers[i].Has(link, a.vips[k]) {
			n++
		}
	}
	return n
}

// takeover does something to the master and prints how long no advertisement was sent after it.
func (a *arena) takeover(what string, do func(*lab.Director) error) {
	a.t.Helper()
	before := a.master()
	must(a.t, do(before))
	a.rest(before.Name + " " + what)
	a.t.Logf("%s: %s", what, a.handoff(before.Name))
}

// handoff tells how long it took from the last advertisement of one router to the next of the
// other, at the latest change.
func (a *arena) handoff(from string) string {
	adverts := a.wire.Adverts()
	for i := len(adverts) - 1; i > 0; i-- {
		if adverts[i].VRID == 51 && adverts[i].Port == from {
			for _, next := range adverts[i+1:] {
				if next.VRID == 51 {
					return fmt.Sprintf("the other's first advertisement came %.1f ms after the last one (priority %d)",
						float64(next.At.Sub(adverts[i].At))/1e6, adverts[i].Priority)
				}
			}
		}
	}
	return "no handoff seen"
}

// master is the router that has all addresses.
func (a *arena) master() *lab.Director {
	a.t.Helper()
	for i := range a.routers {
		if a.holds(i) == len(a.links) {
			return a.routers[i]
		}
	}
	a.t.Fatal("no master")
	return nil
}

// joined waits until a daemon that was just started takes part: both programs say so.
func (a *arena) joined(d *lab.Director) {
	a.t.Helper()
	eventually(a.t, 30*time.Second, d.Name+" has started", func() bool { return d.Process.Said("Startup complete") > 0 })
}

// rest waits until one router alone has had every address, and has alone sent advertisements, for
// longer than the other would wait to take over; and notes who it is.
func (a *arena) rest(when string) {
	a.t.Helper()
	window := bound(a.version, a.slower(), 100) + a.slower() + time.Second
	limit := 3*window + 15*time.Second
	begin, since, who := time.Now(), time.Now(), ""
	for {
		switch now := a.only(); {
		case now != who:
			who, since = now, time.Now()
		case who != "" && time.Since(since) > window && a.aloneOnWire(who, time.Now().Add(-window*9/10)):
			a.settled(who)
			a.t.Logf("%s: %s is master", when, who)
			a.winners = append(a.winners, fmt.Sprintf("%s: %s", when, who))
			return
		}
		if time.Since(begin) > limit {
			a.t.Fatalf("%s: no rest within %v: a has %d addresses, b %d; advertisements in the last %v: %v",
				when, limit, a.holds(0), a.holds(1), window, a.wire.Speakers(time.Now().Add(-window)))
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// settled waits until the master has all that belongs to it and the other nothing of it.
func (a *arena) settled(who string) {
	a.t.Helper()
	if a.duel.holds == nil {
		return
	}
	for _, r := range a.routers {
		if !r.Process.Running() {
			continue
		}
		want := r.Name == who
		eventually(a.t, 20*time.Second, fmt.Sprintf("that %s has what belongs to a master is %v", r.Name, want), func() bool {
			return !slices.Contains(a.duel.holds(a, r), !want)
		})
	}
}

func addressesHeld(_ *arena, r *lab.Director) []bool {
	var there []bool
	for _, s := range []string{"fe80::22", "fd00::22", "fd00::23", "2001:db8:5::1", "fd00::24", "10.0.0.23", "fd00::25"} {
		there = append(there, r.Has("eth0", address(s)))
	}
	return there
}

func routesHeld(_ *arena, r *lab.Director) []bool {
	out, err := r.Exec("sh", "-c", "ip -4 route show table all; ip -6 route show table all; ip -4 rule; ip -6 rule")
	if err != nil {
		return []bool{true, false}
	}
	var there []bool
	for _, s := range []string{
		"198.51.100.0/24 via 10.0.0.1 dev eth0", "198.51.101.0/24 dev eth0 table 77", "2001:db8:7::/48 via fd00::1 dev eth0",
		"1001:\tfrom 10.0.0.22 lookup 77", "1002:\tfrom all to 2001:db8:8::/48 lookup 77",
	} {
		there = append(there, strings.Contains(out, s))
	}
	return there
}

// silentAddress: a master under no_accept does not answer at its virtual address. It does at its own.
func silentAddress(a *arena, r *lab.Director) []bool {
	if !r.Has("eth0", a.vips[0]) {
		return []bool{false}
	}
	own := "10.0.0.9"
	if r == a.routers[1] {
		own = "10.0.0.8"
	}
	_, reachable := a.client.Exec("ping", "-c", "1", "-W", "5", own)
	_, answers := a.client.Exec("ping", "-c", "2", "-W", "1", a.vips[0].String())
	return []bool{reachable == nil, answers != nil}
}

// only names the router that has every address while the other has none, or nothing.
func (a *arena) only() string {
	switch x, y := a.holds(0), a.holds(1); {
	case x == len(a.links) && y == 0:
		return "a"
	case y == len(a.links) && x == 0:
		return "b"
	}
	return ""
}

func (a *arena) aloneOnWire(who string, since time.Time) bool {
	speakers := map[string]bool{}
	for port := range a.wire.Speakers(since) {
		name, _, _ := strings.Cut(port, "-")
		speakers[name] = true
	}
	return len(speakers) == 1 && speakers[who]
}
