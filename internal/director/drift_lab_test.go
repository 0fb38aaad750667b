//go:build lab

package director_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os/exec"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/lvs"
	"github.com/holdfast-ha/holdfast/lvs/ipvs"
)

// driftInterval is how often the director of these tests looks.
const driftInterval = 200 * time.Millisecond

func key(addr string, port uint16, p lvs.Protocol) lvs.ServiceKey {
	a := netip.MustParseAddr(addr)
	family := uint8(4)
	if a.Is6() {
		family = 6
	}
	return lvs.ServiceKey{Addr: a, Port: port, Protocol: p, Family: family}
}

func real(addr string, port uint16, weight uint32) lvs.Destination {
	return lvs.Destination{DestinationKey: lvs.DestinationKey{Addr: netip.MustParseAddr(addr), Port: port}, Forward: lvs.Direct, Weight: weight}
}

// driftSettings have a service of every kind, two sync daemons and all timeouts.
func driftSettings() director.Settings {
	s := director.Settings{
		ReconcileInterval: driftInterval, TCP: 1000 * time.Second, TCPFin: 50 * time.Second, UDP: 60 * time.Second,
		Sync: &lvs.Sync{Daemon: lvs.SyncDaemon{Interface: "dummy7", SyncID: 51}},
	}
	add := func(service lvs.Service, reals ...lvs.Destination) {
		v := director.VirtualServer{VirtualServer: lvs.VirtualServer{Name: service.ServiceKey.String(), Services: []lvs.GatedService{{Service: service}}, Quorum: 1}}
		for _, r := range reals {
			v.VirtualServer.RealServers = append(v.VirtualServer.RealServers, lvs.RealServer{Name: r.DestinationKey.String(), Destination: r})
			v.RealServers = append(v.RealServers, director.RealServer{})
		}
		s.VirtualServers = append(s.VirtualServers, v)
	}
	a, b := real("10.2.0.1", 80, 1), real("10.2.0.2", 80, 2)
	b.UpperThreshold, b.LowerThreshold = 100, 50
	tunnel := real("10.2.0.3", 80, 1)
	tunnel.Forward, tunnel.TunnelType, tunnel.TunnelPort, tunnel.TunnelFlags = lvs.Tunnel, 1, 6080, 1
	add(lvs.Service{ServiceKey: key("10.1.0.1", 80, lvs.TCP), Scheduler: "wlc"}, a, b, tunnel)
	add(lvs.Service{ServiceKey: key("10.1.0.2", 80, lvs.TCP), Scheduler: "sh", Flags: 0x10, Persistent: true, Timeout: 300, Netmask: 0xffffff00}, a, b)
	add(lvs.Service{ServiceKey: key("10.1.0.3", 80, lvs.UDP), Scheduler: "rr", OnePacket: true}, a, b)
	add(lvs.Service{ServiceKey: key("10.1.0.4", 5060, lvs.UDP), Scheduler: "rr", Persistent: true, Timeout: 60, Netmask: 0xffffffff, Persistence: "sip"}, real("10.2.0.1", 5060, 1))
	masqueraded := real("10.2.0.1", 8080, 1)
	masqueraded.Forward = lvs.Masquerade
	add(lvs.Service{ServiceKey: lvs.ServiceKey{FWMark: 7, Family: 4}, Scheduler: "wrr"}, masqueraded)
	add(lvs.Service{ServiceKey: key("2001:db8::1", 80, lvs.SCTP), Scheduler: "wlc"}, real("2001:db8:1::1", 80, 1))
	return s
}

// drifting is a director on the kernel's table, beside services of somebody else.
type drifting struct {
	t *testing.T
	*director.Director
	kernel *ipvs.Kernel
	logs   *observer.ObservedLogs
}

const foreignServices = "-A -t 10.9.0.1:80 -s rr\n-a -t 10.9.0.1:80 -r 10.9.1.1:80 -m -w 5\n-A -f 99 -s lc\n"

func newDrifting(t *testing.T, s director.Settings) *drifting {
	t.Helper()
	_ = exec.Command("ip", "link", "add", "dummy7", "type", "dummy").Run()
	_ = exec.Command("ip", "link", "add", "dummy8", "type", "dummy").Run()
	d := &drifting{t: t}
	d.by(t, "ip", "address", "replace", "10.66.0.1/24", "dev", "dummy7")
	d.by(t, "ip", "link", "set", "dummy7", "multicast", "on", "up")
	d.by(t, "ip", "address", "replace", "10.66.1.1/24", "dev", "dummy8")
	d.by(t, "ip", "link", "set", "dummy8", "multicast", "on", "up")
	for line := range strings.Lines(foreignServices) {
		d.by(t, "ipvsadm", strings.Fields(line)...)
	}
	var err error
	if d.kernel, err = ipvs.Open(ipvs.Options{}); err != nil {
		t.Fatal(err)
	}
	core, logs := observer.New(zapcore.InfoLevel)
	d.logs = logs
	d.Director = director.New(s, director.Deps{Log: zap.New(core), Kernel: d.kernel, NewChecker: func(director.Check) checkers.Checker { return fine{} }})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	d.Status()
	t.Cleanup(func() {
		d.Stop()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if table, err := d.kernel.Read(nil); err != nil || table.Save() != foreignServices {
			t.Errorf("after the stop: %v\n%s", err, table.Save())
		}
		d.kernel.Close()
		_ = exec.Command("ipvsadm", "-C").Run()
	})
	return d
}

// by does something by hand.
func (d *drifting) by(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v: %s", name, strings.Join(args, " "), err, out)
	}
}

// drift does by hand what is in two steps, some of it: where the director puts the first one right before
// the second has come, the kernel refuses the second, and it is all done once more.
func (d *drifting) drift(t *testing.T, command string) {
	t.Helper()
	for try := 1; ; try++ {
		out, err := exec.Command("sh", "-e", "-c", command).CombinedOutput()
		if err == nil {
			return
		}
		if !strings.Contains(command, ";") || try == 20 {
			t.Fatalf("%s: %v: %s", command, err, out)
		}
	}
}

// all is all that the kernel has: table, timeouts, sync daemons.
func (d *drifting) all() string {
	table, err := d.kernel.Read(nil)
	if err != nil {
		d.t.Fatal(err)
	}
	timeouts, err := d.kernel.Timeouts()
	if err != nil {
		d.t.Fatal(err)
	}
	daemons, err := d.kernel.Daemons()
	if err != nil {
		d.t.Fatal(err)
	}
	return fmt.Sprintf("%s%+v\n%+v\n", table.Save(), timeouts, daemons)
}

func (d *drifting) logged() uint64 {
	return uint64(d.logs.FilterMessage("IPVS was changed by somebody else, repairing").Len())
}

// drifts are what somebody may do by hand to what is ours, each with how many things that is at least.
var drifts = []struct {
	what    string
	command string
	least   uint64
}{
	{"everything removed", "ipvsadm -C", 12},
	{"service removed", "ipvsadm -D -t 10.1.0.1:80", 4},
	{"service by mark removed", "ipvsadm -D -f 7", 2},
	{"service of IPv6 removed", "ipvsadm -D --sctp-service [2001:db8::1]:80", 2},
	{"scheduler", "ipvsadm -E -t 10.1.0.1:80 -s rr", 1},
	{"scheduler flags", "ipvsadm -E -t 10.1.0.2:80 -s sh -p 300 -M 255.255.255.0 -b sh-fallback", 1},
	{"persistence added", "ipvsadm -E -t 10.1.0.1:80 -s wlc -p 60", 1},
	{"persistence removed", "ipvsadm -E -t 10.1.0.2:80 -s sh -b sh-port", 1},
	{"persistence timeout", "ipvsadm -E -t 10.1.0.2:80 -s sh -p 301 -M 255.255.255.0 -b sh-port", 1},
	{"persistence netmask", "ipvsadm -E -t 10.1.0.2:80 -s sh -p 300 -M 255.255.0.0 -b sh-port", 1},
	{"persistence engine", "ipvsadm -E -u 10.1.0.4:5060 -s rr -p 60", 1},
	{"one packet scheduling removed", "ipvsadm -E -u 10.1.0.3:80 -s rr", 1},
	{"one packet scheduling added", "ipvsadm -E -u 10.1.0.4:5060 -s rr -p 60 --pe sip -o", 1},
	{"destination removed", "ipvsadm -d -t 10.1.0.1:80 -r 10.2.0.1:80", 1},
	{"destination added", "ipvsadm -a -t 10.1.0.1:80 -r 10.2.0.9:80 -g", 1},
	{"destination replaced", "ipvsadm -d -f 7 -r 10.2.0.1:8080; ipvsadm -a -f 7 -r 10.2.0.1:8081 -m", 2},
	{"weight", "ipvsadm -e -t 10.1.0.1:80 -r 10.2.0.2:80 -g -w 9 -x 100 -y 50", 1},
	{"weight 0", "ipvsadm -e -t 10.1.0.1:80 -r 10.2.0.1:80 -g -w 0", 1},
	{"thresholds", "ipvsadm -e -t 10.1.0.1:80 -r 10.2.0.2:80 -g -w 2 -x 101 -y 51", 1},
	{"thresholds removed", "ipvsadm -e -t 10.1.0.1:80 -r 10.2.0.2:80 -g -w 2", 1},
	{"forwarding method", "ipvsadm -e -t 10.1.0.1:80 -r 10.2.0.1:80 -m -w 1", 1},
	{"tunnel type", "ipvsadm -e -t 10.1.0.1:80 -r 10.2.0.3:80 -i -w 1 --tun-type ipip", 1},
	{"tunnel port", "ipvsadm -e -t 10.1.0.1:80 -r 10.2.0.3:80 -i -w 1 --tun-type gue --tun-port 7000 --tun-csum", 1},
	{"tunnel checksum", "ipvsadm -e -t 10.1.0.1:80 -r 10.2.0.3:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-nocsum", 1},
	{"timeouts", "ipvsadm --set 1001 51 61", 3},
	{"one timeout", "ipvsadm --set 1 0 0", 1},
	{"sync daemon stopped", "ipvsadm --stop-daemon master", 1},
	{"sync daemons stopped", "ipvsadm --stop-daemon master; ipvsadm --stop-daemon backup", 2},
	{"sync daemon with another id", "ipvsadm --stop-daemon backup; ipvsadm --start-daemon backup --mcast-interface dummy7 --syncid 52", 1},
	{"sync daemon on another interface", "ipvsadm --stop-daemon master; ipvsadm --start-daemon master --mcast-interface dummy8 --syncid 51", 1},
}

// TestDriftOfEveryKindIsRepaired: whatever somebody removes, adds or changes in what is ours is put right,
// counted, logged and told in the state; what is somebody else's stays as it is.
func TestDriftOfEveryKindIsRepaired(t *testing.T) {
	d := newDrifting(t, driftSettings())
	wait(t, "sync daemons", func() bool { l, err := d.kernel.Daemons(); return err == nil && len(l) == 2 })
	want := d.all()
	if d.Status().Drift != 0 {
		t.Error("drift before anybody has done anything")
	}
	var worst time.Duration
	for _, c := range drifts {
		before, logged := d.Status().Drift, d.logged()
		begin := time.Now()
		d.drift(t, c.command)
		if c.command == "ipvsadm -C" { // takes what is not ours as well
			for line := range strings.Lines(foreignServices) {
				d.by(t, "ipvsadm", strings.Fields(line)...)
			}
		}
		wait(t, "repair of: "+c.what, func() bool { return d.Status().Drift >= before+c.least && d.all() == want })
		worst = max(worst, time.Since(begin))
		s := d.Status()
		if d.logged()-logged != s.Drift-before || s.LastRepair == "" || s.LastDrift.Before(begin) {
			t.Errorf("%s: counted %d, logged %d, last %q at %v", c.what, s.Drift-before, d.logged()-logged, s.LastRepair, s.LastDrift)
		}
	}
	t.Logf("%d kinds of drift put right, %d entries counted and logged; at an interval of %v the longest took %v", len(drifts), d.Status().Drift, driftInterval, worst)
	d.notOurs(want)
}

// notOurs changes services of somebody else by hand: nothing of that is touched.
func (d *drifting) notOurs(want string) {
	d.t.Helper()
	drift := d.Status().Drift
	d.by(d.t, "ipvsadm", "-E", "-t", "10.9.0.1:80", "-s", "wlc")
	d.by(d.t, "ipvsadm", "-A", "-t", "10.9.0.2:80", "-s", "wlc")
	changed := d.all()
	read := d.Status().LastRead
	wait(d.t, "two more readings", func() bool { return d.Status().LastRead.Sub(read) > 2*driftInterval })
	if got := d.all(); got != changed || got == want || d.Status().Drift != drift {
		d.t.Errorf("somebody else's services were touched, drift %d to %d:\n%s", drift, d.Status().Drift, got)
	}
	d.by(d.t, "ipvsadm", "-E", "-t", "10.9.0.1:80", "-s", "rr")
	d.by(d.t, "ipvsadm", "-D", "-t", "10.9.0.2:80")
}

// TestDriftThatGoesOnDuringReloads: somebody changes things all the time while the configuration changes
// back and forth. As soon as that ends all is right, and the last configuration counts.
func TestDriftThatGoesOnDuringReloads(t *testing.T) {
	first, second := driftSettings(), driftSettings()
	second.VirtualServers = second.VirtualServers[:4]
	second.VirtualServers[0].VirtualServer.RealServers = second.VirtualServers[0].VirtualServer.RealServers[1:]
	second.VirtualServers[0].RealServers = second.VirtualServers[0].RealServers[1:]
	second.VirtualServers[1].Services[0].Service.Scheduler = "mh"
	second.TCP, second.Sync = 900*time.Second, nil
	d := newDrifting(t, first)
	wait(t, "sync daemons", func() bool { l, err := d.kernel.Daemons(); return err == nil && len(l) == 2 })
	want := d.all()
	random := rand.New(rand.NewPCG(1, 2))
	rounds := 0
	for begin := time.Now(); time.Since(begin) < 4*time.Second || rounds < 20; rounds++ {
		// What it is about may not be there at the moment.
		_ = exec.Command("sh", "-c", drifts[1+random.IntN(len(drifts)-1)].command).Run()
		if rounds%3 == 0 {
			d.Reload(second)
		} else {
			d.Reload(first)
		}
	}
	d.Reload(first)
	wait(t, "the table of the last configuration", func() bool { return d.all() == want })
	drift := d.Status().Drift
	read := d.Status().LastRead
	wait(t, "two more readings", func() bool { return d.Status().LastRead.Sub(read) > 2*driftInterval })
	s := d.Status()
	if s.Drift != drift || s.LastError != "" || drift == 0 || d.all() != want {
		t.Errorf("drift %d, then %d; error %q", drift, s.Drift, s.LastError)
	}
	t.Logf("%d changes by hand and as many reloads: drift %d", rounds, drift)
}
