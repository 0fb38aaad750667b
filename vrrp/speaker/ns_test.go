package speaker_test

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/holdfast-ha/holdfast/internal/vlan"
	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/packet"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// instance is a plain instance on the LAN's interface with one address.
func instance(vrid uint8, priority uint8, interval time.Duration, vip string) speaker.Instance {
	prefix := netip.MustParsePrefix(vip)
	family, version, group := 4, 2, packet.Group4
	if prefix.Addr().Is6() {
		family, version, group = 6, 3, packet.Group6
	}
	if interval < time.Second {
		version = 3
	}
	return speaker.Instance{
		Config: vrrp.Config{
			ID: vrrp.ID(vrid), Name: fmt.Sprintf("VI_%d", vrid), Family: family, VRID: vrid, Version: version,
			Priority: priority, AdvertInt: interval, DownTimerAdverts: 3,
			Addresses: []netip.Addr{prefix.Addr()}, NeedSource: true,
			GARP:       vrrp.GARP{Delay: 5 * time.Second, Repeat: 5, RefreshRepeat: 1, LowerPrioRep: 5},
			Interfaces: []vrrp.TrackedLink{{Name: vlan.Interface}},
		},
		Interface: vlan.Interface, Group: group, UnicastTTL: -1,
		VIPs: []speaker.Address{{Prefix: prefix, Interface: vlan.Interface}},
	}
}

func settings(instances ...speaker.Instance) speaker.Settings {
	s := speaker.Settings{Instances: instances, Handover: true, LVSWait: 50 * time.Millisecond}
	for _, in := range instances {
		if in.Device != "" {
			s.Devices = append(s.Devices, speaker.Device{
				Name: in.Device, Base: in.Interface, MAC: [6]byte{0, 0, 0x5e, 0, 1, in.VRID}, Four: in.Family == 4, Six: in.Family == 6,
			})
			if in.Family == 6 {
				s.Devices[len(s.Devices)-1].MAC[4] = 2
			}
		}
	}
	return s
}

// node is a running speaker.
type node struct {
	*speaker.Speaker
	t    *testing.T
	host *vlan.Host
	logs *observer.ObservedLogs
	ran  chan error
	mu   sync.Mutex
	seen []speaker.Change
}

func start(t *testing.T, h *vlan.Host, s speaker.Settings, director speaker.Director) *node {
	t.Helper()
	core, logs := observer.New(zap.DebugLevel)
	n := &node{t: t, host: h, logs: logs, ran: make(chan error, 1)}
	var err error
	h.Do(func() {
		n.Speaker, err = speaker.New(s, speaker.Deps{Log: zap.New(core), Director: director, Changed: func(c speaker.Change) {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.seen = append(n.seen, c)
		}})
	})
	if err != nil {
		t.Fatal(err)
	}
	go func() { n.ran <- n.Run(context.Background()) }()
	t.Cleanup(func() { n.Stop(false) })
	return n
}

// state of the first instance.
func (n *node) state() string {
	s := n.Status()
	if len(s.Instances) == 0 {
		return "none"
	}
	return s.Instances[0].State
}

// eventually waits for a condition, with a limit that only a broken program reaches.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for limit := time.Now().Add(60 * time.Second); !condition(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("never happened: %s", what)
		}
	}
}

func (n *node) log() string {
	var b strings.Builder
	for _, e := range n.logs.All() {
		fmt.Fprintln(&b, e.Level, e.Message, e.ContextMap())
	}
	return b.String()
}

func TestNSTwoSpeakersElectCutReturnStop(t *testing.T) {
	t.Parallel()
	for name, vip := range map[string]string{"IPv4": "192.0.2.100/32", "IPv6": "2001:db8::100/128"} {
		t.Run(name, func(t *testing.T) {
			lan := vlan.New(t)
			h1, h2 := lan.Host("192.0.2.1/24", "2001:db8::1/64"), lan.Host("192.0.2.2/24", "2001:db8::2/64")
			address := netip.MustParsePrefix(vip).Addr().String()
			a := start(t, h1, settings(instance(51, 150, 100*time.Millisecond, vip)), nil)
			b := start(t, h2, settings(instance(51, 100, 100*time.Millisecond, vip)), nil)
			defer func() {
				if t.Failed() {
					t.Logf("a:\n%s\nb:\n%s", a.log(), b.log())
				}
			}()
			only := func(m, s *node) func() bool {
				return func() bool {
					return m.state() == "MASTER" && s.state() == "BACKUP" && m.host.Has(address) && !s.host.Has(address)
				}
			}
			eventually(t, "the higher priority is MASTER", only(a, b))
			h1.Isolate()
			eventually(t, "the other takes over", func() bool { return b.state() == "MASTER" && h2.Has(address) })
			h1.Join()
			eventually(t, "the first is MASTER again", only(a, b))
			h1.Cut()
			eventually(t, "no carrier is FAULT, and the other takes over", func() bool {
				return a.state() == "FAULT" && !h1.Has(address) && b.state() == "MASTER" && h2.Has(address)
			})
			h1.Mend()
			eventually(t, "carrier is back", only(a, b))
			a.Stop(true)
			if h1.Has(address) {
				t.Error("the address stayed behind after Stop")
			}
			if err := <-a.ran; err != nil {
				t.Error(err)
			}
			eventually(t, "the other takes over after the stop", func() bool { return b.state() == "MASTER" && h2.Has(address) })
		})
	}
}

func TestNSTrackerWithoutResultKeepsFromStarting(t *testing.T) {
	h := vlan.New(t).Host("192.0.2.1/24")
	var sp *speaker.Speaker
	var err error
	h.Do(func() {
		sp, err = speaker.New(settings(instance(51, 255, 50*time.Millisecond, "192.0.2.100/32")), speaker.Deps{})
	})
	if err != nil {
		t.Fatal(err)
	}
	sp.Track([]speaker.Tracked{{ID: 51, Pending: true}})
	ran := make(chan error, 1)
	go func() { ran <- sp.Run(context.Background()) }()
	state := func() speaker.InstanceStatus {
		for _, in := range sp.Status().Instances {
			return in
		}
		return speaker.InstanceStatus{}
	}
	eventually(t, "FAULT", func() bool { return state().State == "FAULT" })
	sp.Track([]speaker.Tracked{{ID: 51}})
	eventually(t, "MASTER once there is a result", func() bool { return state().State == "MASTER" && h.Has("192.0.2.100") })
	if n := state().Stats.BecameMaster; n != 1 {
		t.Errorf("became MASTER %d times", n)
	}
	sp.Stop(false)
	if err := <-ran; err != nil {
		t.Error(err)
	}
}

// slowDirector is an LVS side that is still coming up.
type slowDirector struct{ ready chan struct{} }

func (d slowDirector) Masters(_, _ []string) <-chan struct{} { return d.ready }

func TestNSNobodyStandsForElectionBeforeLVSIsReady(t *testing.T) {
	t.Parallel()
	lan := vlan.New(t)
	owner := instance(51, 255, 20*time.Millisecond, "192.0.2.100/32") // MASTER as soon as it starts
	lvs := slowDirector{make(chan struct{})}
	a := start(t, lan.Host("192.0.2.1/24"), settings(owner), lvs)
	b := start(t, lan.Host("192.0.2.2/24"), settings(owner), slowDirector{make(chan struct{})})
	eventually(t, "the speaker answers", func() bool { return a.state() == "INIT" && b.state() == "INIT" })
	for end := time.Now().Add(300 * time.Millisecond); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if s := a.state(); s != "INIT" {
			t.Fatalf("%s before the LVS side was ready", s)
		}
	}
	close(lvs.ready)
	eventually(t, "it is MASTER once LVS is ready", func() bool { return a.state() == "MASTER" })
	b.Stop(true) // while it waits
	if err := <-b.ran; err != nil {
		t.Error(err)
	}
	c := start(t, lan.Host("192.0.2.3/24"), settings(instance(52, 255, 20*time.Millisecond, "192.0.2.101/32")), slowDirector{make(chan struct{})})
	eventually(t, "it does not wait for ever", func() bool { return c.state() == "MASTER" })
}
