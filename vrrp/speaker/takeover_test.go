package speaker_test

import (
	"bytes"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/rtnl"
	"github.com/holdfast-ha/holdfast/internal/vlan"
	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// masterUnderPings is a MASTER of vip (VRID 51, priority 150) that a client pings, and a successor of
// priority 100 that has heard it: "ours" or keepalived, whose log said returns.
func masterUnderPings(t *testing.T, vip, successor string) (a *node, h1, h2 *vlan.Host, p *vlan.Pings, said func() string) {
	t.Helper()
	lan := vlan.New(t)
	h1, h2 = lan.Host("192.0.2.1/24"), lan.Host("192.0.2.2/24")
	client := lan.Host("192.0.2.9/24")
	a = start(t, h1, settings(instance(51, 150, time.Second, vip+"/32")), nil)
	eventually(t, "we are MASTER", func() bool { return a.state() == "MASTER" && h1.Has(vip) })
	backup := instance(51, 100, time.Second, vip+"/32")
	if successor == "ours" {
		b := start(t, h2, settings(backup), nil)
		eventually(t, "the other hears us", func() bool {
			s := b.Status()
			return len(s.Instances) == 1 && s.Instances[0].Stats.AdvertReceived > 0
		})
		said = b.log
	} else {
		k := startKeepalived(t, h2, configFor(backup, ""))
		eventually(t, "keepalived is BACKUP", func() bool { return strings.Contains(k.said(), "BACKUP STATE") })
		said = k.said
	}
	p = client.Ping(vip)
	before := a.Status().Instances[0].Stats.AdvertSent
	eventually(t, "some adverts more", func() bool { return a.Status().Instances[0].Stats.AdvertSent > before+1 })
	return a, h1, h2, p, said
}

// TestNSPlannedStopLosesNoPing: the goal is less than 10 ms of silence, five pings; keepalived is
// silent for 0.6 s.
func TestNSPlannedStopLosesNoPing(t *testing.T) {
	t.Parallel()
	for _, successor := range []string{"ours", "keepalived"} {
		t.Run(successor, func(t *testing.T) {
			const vip = "192.0.2.100"
			a, h1, h2, p, said := masterUnderPings(t, vip, successor)
			a.Stop(true)
			if !h2.Has(vip) || h1.Has(vip) {
				t.Errorf("after the stop: successor has it: %v, we have it: %v", h2.Has(vip), h1.Has(vip))
			}
			p.GoOn()
			sent, lost := p.Stop()
			t.Logf("%d pings of %d lost", lost, sent)
			if lost > 5 {
				t.Errorf("%d pings of %d lost\n%s\n%s", lost, sent, a.log(), said())
			}
		})
	}
}

// TestNSRestartAfterKillGoesOnAsMaster: a killed process loses nothing if it is back within the
// master down interval.
func TestNSRestartAfterKillGoesOnAsMaster(t *testing.T) {
	for name, change := range map[string]func(*speaker.Instance){
		"plain": func(*speaker.Instance) {},
		"AH":    password(vrrp.AH, "secret"), // its sequence numbers must go on as well
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			restartAfterKill(t, change)
		})
	}
}

// patientInterval is that of routers whose peer shall not take over while one is started again: a busy machine
// has three of them for it.
const patientInterval = 2 * time.Second

// startMaster has the first instance be MASTER soon.
func startMaster(s speaker.Settings) speaker.Settings {
	s.Instances = slices.Clone(s.Instances)
	s.Instances[0].StartMaster = true
	return s
}

func restartAfterKill(t *testing.T, change func(*speaker.Instance)) {
	const vip = "192.0.2.100"
	ours, theirs := instance(51, 150, patientInterval, vip+"/32"), instance(51, 100, patientInterval, vip+"/32")
	change(&ours)
	change(&theirs)
	lan := vlan.New(t)
	h1, h2, client := lan.Host("192.0.2.1/24"), lan.Host("192.0.2.2/24"), lan.Host("192.0.2.9/24")
	s := settings(ours)
	s.StateFile = filepath.Join(t.TempDir(), "state")
	a := startProcess(t, h1, startMaster(s))
	eventually(t, "we are MASTER", func() bool { return h1.Has(vip) })
	b := start(t, h2, settings(theirs), nil)
	eventually(t, "the other hears us", func() bool {
		s := b.Status()
		return len(s.Instances) == 1 && s.Instances[0].Stats.AdvertReceived > 0
	})
	p := client.Ping(vip)
	var writes bytes.Buffer
	monitor := h1.Command("ip", "monitor", "address")
	monitor.Stdout = &writes
	if err := monitor.Start(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		received := b.Status().Instances[0].Stats.AdvertReceived
		a.kill()
		a = startProcess(t, h1, s)
		eventually(t, "adverts go on", func() bool { return b.Status().Instances[0].Stats.AdvertReceived > received+1 })
	}
	_ = monitor.Process.Kill()
	_ = monitor.Wait()
	sent, lost := p.Stop()
	if lost > 0 || writes.Len() > 0 {
		t.Errorf("%d pings of %d lost; writes: %q\n%s", lost, sent, writes.String(), a.said())
	}
	if s := b.Status().Instances[0].Stats; s.BecameMaster != 0 {
		t.Errorf("the peer became MASTER\n%s\n%s", b.log(), a.said())
	}
	if !strings.Contains(a.said(), "adopted") {
		t.Errorf("not adopted:\n%s", a.said())
	}
	if err := a.terminate(); err != nil {
		t.Error(err)
	}
	if h1.Has(vip) {
		t.Error("the adopted address stayed behind after a stop")
	}
}

// TestNSLeftoversGo: when nobody advertised for long, what a dead process left is removed and
// elections begin anew.
func TestNSLeftoversGo(t *testing.T) {
	lan := vlan.New(t)
	h1 := lan.Host("192.0.2.1/24")
	leave(t, h1, "192.0.2.100/32", rtnl.Keepalived)
	leave(t, h1, "192.0.2.101/32", rtnl.Keepalived)           // of another daemon
	leave(t, h1, "192.0.2.102/32", 0)                         // of an operator, though configured here
	in := instance(51, 100, 40*time.Second, "192.0.2.100/32") // stays BACKUP for the whole test
	in.Version = 3
	in.VIPs = append(in.VIPs, speaker.Address{Prefix: netip.MustParsePrefix("192.0.2.102/32"), Interface: vlan.Interface})
	a := start(t, h1, settings(in), nil)
	eventually(t, "our leftover is gone", func() bool { return a.state() == "BACKUP" && !h1.Has("192.0.2.100") })
	if !h1.Has("192.0.2.101") || !h1.Has("192.0.2.102") {
		t.Error("an address that is not our leftover was removed")
	}
}

// leave puts an address as an earlier process would have left it.
func leave(t *testing.T, h *vlan.Host, prefix string, protocol uint8) {
	t.Helper()
	h.Do(func() {
		c, err := rtnl.Dial()
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = c.Close() }()
		links, err := c.Links()
		i := slices.IndexFunc(links, func(l rtnl.Link) bool { return l.Name == vlan.Interface })
		if err != nil || i < 0 {
			t.Errorf("no interface among %v: %v", links, err)
			return
		}
		if errs := c.Add([]rtnl.Address{{
			Prefix: netip.MustParsePrefix(prefix), Index: links[i].Index, Protocol: protocol,
			Preferred: rtnl.Forever, Valid: rtnl.Forever,
		}}); errs != nil {
			t.Error(errs)
		}
	})
}

// TestNSRemovedAddressIsPutBack and the instance stays MASTER.
func TestNSRemovedAddressIsPutBack(t *testing.T) {
	const vip = "192.0.2.100"
	lan := vlan.New(t)
	h1 := lan.Host("192.0.2.1/24")
	a := start(t, h1, settings(instance(51, 150, 50*time.Millisecond, vip+"/24")), nil)
	eventually(t, "we are MASTER", func() bool { return a.state() == "MASTER" && h1.Has(vip) })
	for i := range uint64(3) {
		h1.Run("ip", "addr", "del", vip+"/24", "dev", vlan.Interface)
		eventually(t, "it is back", func() bool {
			return h1.Has(vip) && a.Status().Instances[0].Stats.AddressesReasserted == i+1
		})
	}
	if s := a.Status().Instances[0]; s.Stats.BecameMaster != 1 || s.State != "MASTER" {
		t.Errorf("the state was left: %+v", s)
	}
}

// TestNSForeignSecondaryStays when our address, the primary one of its subnet, goes.
func TestNSForeignSecondaryStays(t *testing.T) {
	lan := vlan.New(t)
	h1 := lan.Host("192.0.2.1/24")
	a := start(t, h1, settings(instance(51, 150, 50*time.Millisecond, "198.51.100.100/24")), nil)
	eventually(t, "we are MASTER", func() bool { return h1.Has("198.51.100.100") })
	h1.Run("ip", "addr", "add", "198.51.100.7/24", "dev", vlan.Interface)
	a.Stop(false)
	if h1.Has("198.51.100.100") || !h1.Has("198.51.100.7") {
		t.Errorf("left: %s", h1.Run("ip", "addr", "show", "dev", vlan.Interface))
	}
	if v := h1.Run("sysctl", "-n", "net.ipv4.conf."+vlan.Interface+".promote_secondaries"); v != "0\n" {
		t.Errorf("promote_secondaries was not put back: %q", v)
	}
}

// TestNSInterfaceComesBack as another device of the same name.
func TestNSInterfaceComesBack(t *testing.T) {
	const vip = "192.0.2.100"
	lan := vlan.New(t)
	h1 := lan.Host("192.0.2.1/24")
	a := start(t, h1, settings(instance(51, 150, 50*time.Millisecond, vip+"/32")), nil)
	defer func() {
		if t.Failed() {
			t.Log(a.log())
		}
	}()
	eventually(t, "we are MASTER", func() bool { return a.state() == "MASTER" && h1.Has(vip) })
	h1.Run("ip", "link", "del", vlan.Interface)
	eventually(t, "FAULT without the interface", func() bool { return a.state() == "FAULT" })
	h1.Run("ip", "link", "add", vlan.Interface, "type", "veth", "peer", "name", "other")
	h1.Run("ip", "link", "set", "other", "up")
	h1.Run("ip", "link", "set", vlan.Interface, "up")
	h1.Run("ip", "addr", "add", "192.0.2.1/24", "dev", vlan.Interface)
	eventually(t, "MASTER again", func() bool { return a.state() == "MASTER" && h1.Has(vip) })
	sent := a.Status().Instances[0].Stats.AdvertSent
	out := h1.Run("timeout", "20", "tcpdump", "-nn", "-i", vlan.Interface, "-c", "2", "proto", "112")
	if !strings.Contains(out, "192.0.2.1 > 224.0.0.18") {
		t.Errorf("no adverts on the new device after %d: %s", sent, out)
	}
}
