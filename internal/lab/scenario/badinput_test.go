//go:build lab

package scenario

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

// plainInstance is one instance that becomes MASTER on its own within a second.
const plainInstance = `
vrrp_instance VI_1 {
    state MASTER
    interface %s
    virtual_router_id 51
    priority 100
    advert_int %s
    %s
    virtual_ipaddress {
        10.10.10.22
    }
}
`

func plain(link string) string { return fmt.Sprintf(plainInstance, link, "0.2", "version 3") }

// end is how a daemon took bad input.
type end struct {
	running bool
	status  int
	said    string // the lines that match, joined
}

func (e end) String() string {
	if e.running {
		return "still running; said: " + e.said
	}
	return fmt.Sprintf("ended with status %d; said: %s", e.status, e.said)
}

// took waits a while and tells how the daemon took it. words select what it said about it.
func took(t *testing.T, d *lab.Director, words ...string) end {
	t.Helper()
	e := end{}
	if status, err := d.Process.Wait(10 * time.Second); err == nil {
		e.status = status
	} else {
		e.running = true
	}
	var lines []string
	for _, l := range d.Process.Lines() {
		for _, w := range words {
			if strings.Contains(l.Text, w) && !slices.Contains(lines, l.Text) {
				lines = append(lines, l.Text)
				break
			}
		}
	}
	e.said = strings.Join(lines, " | ")
	return e
}

// takenAlike demands that the program under test survives what keepalived survives and says
// something about it.
func takenAlike(t *testing.T, tested, reference end) {
	t.Helper()
	if reference.running && !tested.running {
		t.Errorf("keepalived goes on, the program under test %v", tested)
	}
	if tested.said == "" {
		t.Errorf("nothing was said about it")
	}
}

// badInput is one way to be started wrongly.
type badInput struct {
	name  string
	words []string // of which the message must have one
	start func(t *testing.T, d *lab.Director)
}

func badInputs() []badInput {
	return []badInput{
		{"unknown interface", []string{"eth7"}, func(t *testing.T, d *lab.Director) {
			must(t, d.Start(plain("eth7")))
		}},
		{"no permission", []string{"ermission", "ermitted", "privilege", "root", "CAP_"}, func(t *testing.T, d *lab.Director) {
			must(t, d.Configure(plain("eth0")))
			var err error
			d.Process, err = d.Host.Start("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups",
				d.Program.Path, "-n", "-l", "-D", "-f", lab.ConfigFile, "-p", "/tmp/p.pid", "-r", "/tmp/v.pid", "-c", "/tmp/c.pid")
			must(t, err)
		}},
		{"pid file in use", []string{"already running"}, func(t *testing.T, d *lab.Director) {
			must(t, d.Start(plain("eth0")))
			eventually(t, 10*time.Second, "the first daemon is MASTER", func() bool { return d.Has("eth0", vip4) })
			must(t, d.Launch())
		}},
		{"no file", []string{"keepalived.conf"}, func(t *testing.T, d *lab.Director) {
			must(t, d.Launch())
		}},
		{"directory for a file", []string{"keepalived.conf"}, func(t *testing.T, d *lab.Director) {
			must(t, d.WriteFile(lab.ConfigFile+"/x", "", 0o644))
			must(t, d.Launch())
		}},
	}
}

// TestBadStart starts the daemon in ways that cannot work and compares with how keepalived takes it.
func TestBadStart(t *testing.T) {
	tested := under(t)
	for _, b := range badInputs() {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			try := func(p lab.Program) end {
				d := newSite(t).host("d", "10.10.10.30/24").Direct(p)
				logsOnFailure(t, d)
				b.start(t, d)
				e := took(t, d, b.words...)
				t.Logf("%s: %v", p.Name, e)
				return e
			}
			reference := try(lab.Keepalived)
			if tested != lab.Keepalived {
				takenAlike(t, try(tested), reference)
			}
		})
	}
}

// TestMissingModule runs a director in a kernel that has lost ip_vs: its addresses must be served all
// the same.
func TestMissingModule(t *testing.T) {
	if os.Getenv(lab.InLab) != "guest" {
		t.Fatal("the host's own modules are not ours to remove: run this scenario in a guest")
	}
	h := newSite(t).host("modules")
	for _, m := range []string{"ip_vs_wrr", "ip_vs_rr", "ip_vs"} {
		_, _ = h.Exec("modprobe", "-r", m)
	}
	must(t, unix.Mount("tmpfs", "/lib/modules", "tmpfs", 0, ""))
	if _, err := os.Stat("/proc/net/ip_vs"); err == nil {
		t.Fatal("ip_vs is still there")
	}
	config := fmt.Sprintf(trafficFile, "MASTER", 100, 1, 3)
	var ends []end
	for _, p := range programsUnder(t) {
		d := newSite(t).host("d", "10.10.10.30/24").Direct(p)
		logsOnFailure(t, d)
		must(t, d.Start(config))
		e := took(t, d, "IPVS", "ipvs", "ip_vs")
		t.Logf("%s: %v; has the address: %v", p.Name, e, d.Has("eth0", vip4))
		ends = append(ends, e)
	}
	if len(ends) == 2 {
		takenAlike(t, ends[1], ends[0])
	}
}

// TestAddressHeldByAnother lets a host that is no director hold the address: the pair's master serves
// it all the same, as keepalived's does.
func TestAddressHeldByAnother(t *testing.T) {
	beside(t, func(t *testing.T, p lab.Program, _ bool) {
		s := newSite(t)
		other := s.host("other", "10.10.10.90/24", "10.10.10.22/32")
		client := s.host("client", "10.10.10.100/24")
		d := s.host("d", "10.10.10.30/24").Direct(p)
		logsOnFailure(t, d)
		server, err := d.Serve(80)
		must(t, err)
		defer server.Close()
		_, err = other.Serve(80)
		must(t, err)
		must(t, d.Start(plain("eth0")))
		eventually(t, 10*time.Second, "d is MASTER", func() bool { return d.Has("eth0", vip4) })
		time.Sleep(2 * time.Second)
		t.Logf("%s: %v", p.Name, took(t, d, "10.10.10.22"))
		t.Logf("answers: %v", client.Ask(at(vip4, 80), 4, time.Second))
		if !d.Process.Running() || !d.Has("eth0", vip4) {
			t.Errorf("the master gave up: %s", d.State("eth0", vip4))
		}
	})
}

// forgery is a packet that must be dropped and counted.
type forgery struct {
	name     string
	forge    func(*lab.Forged)
	version  byte
	harmless bool // keepalived 2.4 counts it but goes by its priority
	foreign  bool // not an error: another router's
	again    bool // said once for the one before
}

// packet is the forged packet: right in everything but one thing.
func (f forgery) packet() lab.Forged {
	p := lab.Forged{
		Source: address("10.10.10.66"), Version: f.version, Type: 1, VRID: 51, Priority: 200,
		Interval: 100, TTL: 255, Address: vip4, Count: -1,
	}
	if f.version == 2 {
		p.Interval, p.AuthType = 1, 1
		copy(p.AuthData[:], "secret")
	}
	f.forge(&p)
	return p
}

func forgeries() []forgery {
	return []forgery{
		{name: "TTL 254", version: 3, forge: func(f *lab.Forged) { f.TTL = 254 }},
		{name: "checksum", version: 3, forge: func(f *lab.Forged) { f.BadSum = true }},
		{name: "version 7", version: 3, forge: func(f *lab.Forged) { f.Version = 7 }},
		{name: "version 2 at a version 3 router", version: 3, again: true, forge: func(f *lab.Forged) { f.Version = 2 }},
		{name: "type 2", version: 3, forge: func(f *lab.Forged) { f.Type = 2 }},
		{name: "unknown VRID", version: 3, foreign: true, forge: func(f *lab.Forged) { f.VRID = 99 }},
		{name: "short packet", version: 3, forge: func(f *lab.Forged) { f.Truncate = 6 }},
		{name: "more addresses than there are", version: 3, forge: func(f *lab.Forged) { f.Count = 5 }},
		{name: "wrong address", version: 3, harmless: true, forge: func(f *lab.Forged) { f.Address = address("10.10.10.77") }},
		{name: "wrong password", version: 2, forge: func(f *lab.Forged) { copy(f.AuthData[:], "wrong") }},
		{name: "no password", version: 2, forge: func(f *lab.Forged) { f.AuthType, f.AuthData = 0, [8]byte{} }},
		{name: "unknown authentication", version: 2, forge: func(f *lab.Forged) { f.AuthType = 7 }},
		{name: "wrong interval", version: 2, forge: func(f *lab.Forged) { f.Interval = 7 }},
		{name: "checksum of version 2", version: 2, forge: func(f *lab.Forged) { f.BadSum = true }},
		{name: "TTL 1 of version 2", version: 2, forge: func(f *lab.Forged) { f.TTL = 1 }},
	}
}

// TestMalformedPackets sends a master packets of a higher priority that are wrong in one thing each:
// none makes it give way, and each has a counter or a message. keepalived's are printed beside.
func TestMalformedPackets(t *testing.T) {
	tested := under(t)
	programs := programsUnder(t)
	seen := map[string]map[string]reaction{}
	t.Run("send", func(t *testing.T) {
		for _, p := range programs {
			seen[p.Name] = map[string]reaction{}
			for _, version := range []byte{3, 2} {
				maps.Copy(seen[p.Name], sendForgeries(t, p, version))
			}
		}
	})
	for _, f := range forgeries() {
		for _, p := range programs {
			r := seen[p.Name][f.name]
			t.Logf("%-32s %-10s %v", f.name, p.Name, r)
			if p == lab.Keepalived && tested != lab.Keepalived {
				continue
			}
			if r.gaveWay && !f.harmless {
				t.Errorf("%s: the master gave way to it", f.name)
			}
			if r.counted == "" && r.said == "" && !f.foreign && !f.again {
				t.Errorf("%s: neither counted nor said", f.name)
			}
		}
	}
}

// reaction is what a master did about a forged packet.
type reaction struct {
	counted string
	said    string
	gaveWay bool
}

func (r reaction) String() string {
	text := "counts " + cmp.Or(r.counted, "nothing") + "; says " + cmp.Or(r.said, "nothing")
	if r.gaveWay {
		text += "; gives way"
	}
	return text
}

// sendForgeries sends every forgery of a version to one master and returns what it did about each.
func sendForgeries(t *testing.T, p lab.Program, version byte) map[string]reaction {
	t.Helper()
	s := newSite(t)
	d := s.host("d", "10.10.10.30/24").Direct(p)
	attacker := s.host("attacker", "10.10.10.66/24")
	logsOnFailure(t, d)
	extra := "version 3"
	if version == 2 {
		extra = "authentication {\n auth_type PASS\n auth_pass secret\n }"
	}
	must(t, d.Start(fmt.Sprintf(plainInstance, "eth0", "1", extra)))
	eventually(t, 15*time.Second, "d is MASTER", func() bool { return d.Has("eth0", vip4) })
	seen := map[string]reaction{}
	for _, f := range forgeries() {
		if f.version != version {
			continue
		}
		before, lines := counters(t, d), len(d.Process.Lines())
		forged := f.packet()
		for range 3 {
			must(t, attacker.Inject("eth0", forged))
		}
		time.Sleep(300 * time.Millisecond)
		r := reaction{gaveWay: !d.Has("eth0", vip4)}
		if fresh := d.Process.Lines()[lines:]; len(fresh) > 0 {
			r.said = fresh[0].Text
		}
		r.counted = raised(before, counters(t, d))
		seen[f.name] = r
		// It comes back when nobody speaks any more.
		eventually(t, 15*time.Second, "d is MASTER again", func() bool { return d.Has("eth0", vip4) })
	}
	if !d.Process.Running() {
		t.Errorf("%s is gone", p.Name)
	}
	return seen
}

const statsFile = "/tmp/keepalived.stats"

// counters asks the daemon for its statistics by USR2 and reads them: "Packet Errors/TTL" and so on.
func counters(t *testing.T, d *lab.Director) map[string]string {
	t.Helper()
	_ = d.Do(func() error { return os.Remove(statsFile) })
	must(t, d.Process.Signal(syscall.SIGUSR2))
	var text string
	eventually(t, 5*time.Second, d.Name+" writes "+statsFile, func() bool {
		var err error
		text, err = d.ReadFile(statsFile)
		return err == nil && strings.Contains(text, "Priority Zero")
	})
	time.Sleep(50 * time.Millisecond)
	text, err := d.ReadFile(statsFile)
	must(t, err)
	values, section := map[string]string{}, ""
	for line := range strings.Lines(text) {
		key, value, found := strings.Cut(strings.TrimSpace(line), ":")
		value = strings.TrimSpace(value)
		switch {
		case found && value == "":
			section = key
		case found:
			values[section+"/"+key] = value
		}
	}
	return values
}

// raised names the counters that changed, apart from those of the daemon's own packets.
func raised(before, after map[string]string) string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(after)) {
		if before[name] != after[name] && !strings.HasSuffix(name, "/Sent") {
			names = append(names, fmt.Sprintf("%s %s->%s", name, before[name], after[name]))
		}
	}
	return strings.Join(names, ", ")
}
