package speaker_test

import (
	"bytes"
	"io"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/vlan"
	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// buffer may be written by a process while it is read.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// watch runs a command whose output is collected until the test ends.
func watch(t *testing.T, h *vlan.Host, name string, args ...string) *buffer {
	t.Helper()
	out := &buffer{}
	watchTo(t, h, out, out, name, args...)
	return out
}

// watchTo is watch with writers of the caller's.
func watchTo(t *testing.T, h *vlan.Host, out, errs io.Writer, name string, args ...string) {
	t.Helper()
	cmd := h.Command(name, args...)
	cmd.Stdout, cmd.Stderr = out, errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

func TestNSReloadOfTheSameWritesNothing(t *testing.T) {
	lan := vlan.New(t)
	h1, h2 := lan.Host("192.0.2.1/24"), lan.Host("192.0.2.2/24")
	// The other one waits for a second: it shall not take over because this machine is busy.
	const interval = 300 * time.Millisecond
	s := settings(instance(51, 150, interval, "192.0.2.100/32"))
	a := start(t, h1, s, nil)
	b := start(t, h2, settings(instance(51, 100, interval, "192.0.2.100/32")), nil)
	eventually(t, "we are MASTER", func() bool { return h1.Has("192.0.2.100") && b.state() == "BACKUP" })
	before := b.Status().Instances[0].Stats
	writes := &buffer{}
	watchTo(t, h1, writes, io.Discard, "ip", "monitor", "address") // which complains of namespaces of others that go
	for range 7 {
		a.Reload(s)
		heard := b.Status().Instances[0].Stats.AdvertReceived
		eventually(t, "adverts go on", func() bool { return b.Status().Instances[0].Stats.AdvertReceived > heard })
	}
	if writes.String() != "" {
		t.Errorf("the kernel was written to: %s", writes)
	}
	after := a.Status().Instances[0]
	if after.State != "MASTER" || after.Stats.BecameMaster != 1 || b.Status().Instances[0].Stats.BecameMaster != before.BecameMaster {
		t.Errorf("the reload was noticed: %+v\n%+v", after, b.Status().Instances[0])
	}
	// One address more: it comes, and the other stays untouched.
	more := s
	more.Instances = slices.Clone(s.Instances)
	more.Instances[0].Excluded = []speaker.Address{{Prefix: netip.MustParsePrefix("192.0.2.101/32"), Interface: vlan.Interface}}
	a.Reload(more)
	eventually(t, "the new address comes", func() bool { return h1.Has("192.0.2.101") })
	a.Reload(s)
	eventually(t, "it goes again", func() bool { return !h1.Has("192.0.2.101") })
	eventually(t, "both are seen", func() bool { return strings.Count(writes.String(), "192.0.2.101") >= 2 })
	if strings.Contains(writes.String(), "192.0.2.100/") {
		t.Errorf("the kept address was touched: %s", writes)
	}
}

func TestNSNewMasterAnnouncesOnTheWire(t *testing.T) {
	lan := vlan.New(t)
	h1, watcher := lan.Host("192.0.2.1/24", "2001:db8::1/64"), lan.Host("192.0.2.9/24", "2001:db8::9/64")
	seen := watch(t, watcher, "tcpdump", "-lnni", vlan.Interface, "-v", "arp or icmp6 or proto 112")
	eventually(t, "tcpdump listens", func() bool { return strings.Contains(seen.String(), "listening on") })
	four, six := instance(51, 255, 50*time.Millisecond, "192.0.2.100/32"), instance(52, 255, 50*time.Millisecond, "2001:db8::100/128")
	n := start(t, h1, settings(four, six), nil)
	defer func() {
		if t.Failed() {
			t.Logf("%s\n%s", n.log(), seen)
		}
	}()
	eventually(t, "five of each", func() bool {
		return strings.Count(seen.String(), "who-has 192.0.2.100 (ff:ff:ff:ff:ff:ff) tell 192.0.2.100") >= 5 &&
			strings.Count(seen.String(), "2001:db8::100 > ff02::1: [icmp6 sum ok] ICMP6, neighbor advertisement") >= 5
	})
	all := seen.String()
	if i, j := strings.Index(all, "vrid 51"), strings.Index(all, "who-has 192.0.2.100"); i < 0 || i > j {
		t.Error("the announcement came before the advertisement")
	}
	if !strings.Contains(all, "Flags [override]") {
		t.Error("no override flag in the neighbour advertisement")
	}
}

func TestNSSyncGroupMovesTogether(t *testing.T) {
	lan := vlan.New(t)
	h1, h2 := lan.Host("192.0.2.1/24"), lan.Host("192.0.2.2/24")
	group := func(priority uint8) speaker.Settings {
		s := settings(instance(51, priority, 50*time.Millisecond, "192.0.2.100/32"),
			instance(52, priority, 50*time.Millisecond, "192.0.2.101/32"))
		s.Groups = []vrrp.GroupConfig{{Name: "G", Members: []vrrp.ID{51, 52}}}
		return s
	}
	first := group(150)
	// One member of the first node also follows an interface that can fail alone.
	h1.Run("ip", "link", "add", "probe", "type", "veth", "peer", "name", "far")
	h1.Run("ip", "link", "set", "probe", "up")
	h1.Run("ip", "link", "set", "far", "up")
	first.Instances[1].Interfaces = append(first.Instances[1].Interfaces, vrrp.TrackedLink{Name: "probe"})
	a, b := start(t, h1, first, nil), start(t, h2, group(100), nil)
	all := func(h *vlan.Host) bool { return h.Has("192.0.2.100") && h.Has("192.0.2.101") }
	none := func(h *vlan.Host) bool { return !h.Has("192.0.2.100") && !h.Has("192.0.2.101") }
	eventually(t, "the first group is MASTER", func() bool { return all(h1) && none(h2) })
	h1.Run("ip", "link", "set", "far", "down")
	eventually(t, "a fault of one member moves both", func() bool { return none(h1) && all(h2) })
	if g := b.Status().Groups; len(g) != 1 || g[0].State != "MASTER" || len(g[0].Members) != 2 {
		t.Errorf("groups: %+v", g)
	}
	h1.Run("ip", "link", "set", "far", "up")
	eventually(t, "and back", func() bool { return all(h1) && none(h2) })
	if g := a.Status().Groups; len(g) != 1 || g[0].State != "MASTER" {
		t.Errorf("groups: %+v", g)
	}
}

func TestNSInstanceAddedByAReloadDoesNotWaitForTheStartupDelay(t *testing.T) {
	h := vlan.New(t).Host("192.0.2.1/24")
	a := start(t, h, settings(instance(51, 150, 50*time.Millisecond, "192.0.2.100/32")), nil)
	eventually(t, "the first is MASTER", func() bool { return h.Has("192.0.2.100") })
	s := settings(instance(51, 150, 50*time.Millisecond, "192.0.2.100/32"), instance(52, 150, 50*time.Millisecond, "192.0.2.101/32"))
	for i := range s.Instances {
		s.Instances[i].StartupDelay = time.Hour
	}
	a.Reload(s)
	eventually(t, "the second is MASTER", func() bool { return h.Has("192.0.2.101") })
	if !h.Has("192.0.2.100") {
		t.Error("the reload disturbed the first")
	}
}

func TestNSTrackedSourceAddressThatGoesIsAFault(t *testing.T) {
	h := vlan.New(t).Host("192.0.2.1/24")
	h.Run("ip", "address", "add", "192.0.2.5/24", "dev", vlan.Interface)
	s := settings(instance(51, 150, 50*time.Millisecond, "192.0.2.100/32"))
	s.Instances[0].Source, s.Instances[0].TrackSource = netip.MustParseAddr("192.0.2.5"), true
	s.Instances[0].NeedSource = true
	a := start(t, h, s, nil)
	eventually(t, "it is MASTER", func() bool { return h.Has("192.0.2.100") })
	h.Run("ip", "address", "del", "192.0.2.5/24", "dev", vlan.Interface)
	eventually(t, "it is in FAULT without its source", func() bool { return a.state() == "FAULT" && !h.Has("192.0.2.100") })
	h.Run("ip", "address", "add", "192.0.2.5/24", "dev", vlan.Interface)
	eventually(t, "it comes back with it", func() bool { return a.state() == "MASTER" && h.Has("192.0.2.100") })
}
