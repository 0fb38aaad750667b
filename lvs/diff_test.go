package lvs_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/holdfast-ha/holdfast/lvs"
	"github.com/holdfast-ha/holdfast/lvs/lvstest"
)

// anyTable draws tables from few keys, so that two of them often share some.
func anyTable() *rapid.Generator[lvs.Table] {
	return rapid.Custom(func(t *rapid.T) lvs.Table {
		table := lvs.Table{}
		for range rapid.IntRange(0, 5).Draw(t, "services") {
			s := anyService(t)
			e := lvs.Entry{Service: s, Destinations: map[lvs.DestinationKey]lvs.Destination{}}
			for range rapid.IntRange(0, 4).Draw(t, "destinations") {
				d := anyDestination(t)
				e.Destinations[d.DestinationKey] = d
			}
			table[s.ServiceKey] = e
		}
		return table
	})
}

func anyService(t *rapid.T) lvs.Service {
	s := lvs.Service{
		Scheduler:  rapid.SampledFrom([]string{"rr", "wrr", "sh", "mh"}).Draw(t, "scheduler"),
		Persistent: rapid.Bool().Draw(t, "persistent"),
		Timeout:    rapid.Uint32Range(0, 2).Draw(t, "timeout"),
		Netmask:    rapid.SampledFrom([]uint32{0, 64, 128, 0xffffff00, 0xffffffff}).Draw(t, "netmask"),
		OnePacket:  rapid.Bool().Draw(t, "ops"),
		Hashed:     rapid.Bool().Draw(t, "hashed"),
		Flags:      rapid.SampledFrom([]uint32{0, 2, 8, 0x38}).Draw(t, "flags"),
	}
	n := byte(rapid.IntRange(1, 3).Draw(t, "address"))
	s.Family = rapid.SampledFrom([]uint8{4, 6}).Draw(t, "family")
	if rapid.Bool().Draw(t, "mark") {
		s.FWMark = uint32(n)
		return s
	}
	s.Protocol, s.Port = lvs.TCP, 80
	s.Addr = netip.AddrFrom4([4]byte{192, 0, 2, n})
	if s.Family == 6 {
		s.Addr = netip.AddrFrom16([16]byte{0: 0x20, 1: 1, 15: n})
	}
	return s
}

func anyDestination(t *rapid.T) lvs.Destination {
	return lvs.Destination{
		DestinationKey: key(rapid.IntRange(1, 5).Draw(t, "real")),
		Forward:        rapid.SampledFrom([]lvs.Forward{lvs.Masquerade, lvs.Local, lvs.Tunnel, lvs.Direct}).Draw(t, "forward"),
		Weight:         rapid.Uint32Range(0, 3).Draw(t, "weight"),
		UpperThreshold: rapid.Uint32Range(0, 1).Draw(t, "upper"),
		TunnelType:     uint8(rapid.IntRange(0, 2).Draw(t, "tunnel")),
		TunnelPort:     uint16(rapid.IntRange(0, 1).Draw(t, "port")),
	}
}

func TestApplyingTheDifferenceReachesTheWantedTable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		have, want := anyTable().Draw(t, "have"), anyTable().Draw(t, "want")
		ops := lvs.Diff(have, want, nil)
		got := have.Clone()
		for _, op := range ops {
			if !got.Apply(op) {
				t.Fatalf("%s does not find what it needs, after\n%s", op, got.Save())
			}
		}
		if again := lvs.Diff(got, want, nil); len(again) != 0 {
			t.Fatalf("still different:\n%s", lvstest.Lines(again))
		}
		if len(have) > 0 && len(lvs.Diff(want, want, nil)) != 0 {
			t.Fatal("equal tables differ")
		}
	})
}

func TestForeignServicesAreNeverTouched(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		have, want := anyTable().Draw(t, "have"), anyTable().Draw(t, "want")
		for _, op := range lvs.Diff(have, want, func(lvs.ServiceKey) bool { return false }) {
			if _, ours := want[op.Service.ServiceKey]; !ours {
				t.Fatalf("touches a service that is not ours: %s", op)
			}
		}
	})
}

func TestDifferenceIsMinimal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		have, want := anyTable().Draw(t, "have"), anyTable().Draw(t, "want")
		type target struct {
			service lvs.ServiceKey
			dest    lvs.DestinationKey
		}
		seen := map[target]bool{}
		for _, op := range lvs.Diff(have, want, nil) {
			at := target{op.Service.ServiceKey, op.Destination.DestinationKey}
			if seen[at] {
				t.Fatalf("%s writes an entry twice", op)
			}
			seen[at] = true
		}
	})
}

func TestServiceWithServersNeverRunsDryOnTheWay(t *testing.T) {
	capacity := func(e lvs.Entry) (sum uint32) {
		for _, d := range e.Destinations {
			sum += d.Weight
		}
		return sum
	}
	rapid.Check(t, func(t *rapid.T) {
		have, want := anyTable().Draw(t, "have"), anyTable().Draw(t, "want")
		now := have.Clone()
		for _, op := range lvs.Diff(have, want, nil) {
			now.Apply(op)
			k := op.Service.ServiceKey
			floor := min(capacity(have[k]), capacity(want[k]))
			if got := capacity(now[k]); got < floor {
				t.Fatalf("after %s the weight is %d; %d before, %d wanted", op, got, capacity(have[k]), capacity(want[k]))
			}
		}
	})
}

func TestOrderOfOperations(t *testing.T) {
	table := func(lines ...lvs.Operation) lvs.Table {
		t := lvs.Table{}
		for _, op := range lines {
			t.Apply(op)
		}
		return t
	}
	have := table(append(left(1, destination(1, 1), destination(2, 5), destination(3, 1), destination(5, 1)), left(9, destination(1, 1))...)...)
	wanted := left(1, destination(1, 4), destination(2, 2), destination(4, 1), destination(5, 1))
	wanted[0].Service.Scheduler = "lc"
	want := table(append(wanted, left(2, destination(1, 1))...)...)
	got := lvstest.Lines(lvs.Diff(have, want, nil))
	expected := strings.Join([]string{
		"-E -t 192.0.0.1:80 -s lc",
		"-a -t 192.0.0.1:80 -r 10.0.0.4:80 -g -w 1",
		"-e -t 192.0.0.1:80 -r 10.0.0.1:80 -g -w 4",
		"-e -t 192.0.0.1:80 -r 10.0.0.2:80 -g -w 2",
		"-d -t 192.0.0.1:80 -r 10.0.0.3:80",
		"-A -t 192.0.0.2:80 -s wrr",
		"-a -t 192.0.0.2:80 -r 10.0.0.1:80 -g -w 1",
		"-D -t 192.0.0.9:80",
	}, "\n") + "\n"
	if diff := cmp.Diff(expected, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestWhatTheKernelAddsIsNoDifference(t *testing.T) {
	want := lvs.Table{}
	for _, op := range left(1, destination(1, 1)) {
		want.Apply(op)
	}
	have := want.Clone()
	k := service(1).ServiceKey
	e := have[k]
	e.Service.Hashed, e.Service.Netmask, e.Service.Timeout, e.Service.Flags = true, 0xffffffff, 300, 2
	d := e.Destinations[key(1)]
	d.Forward, d.TunnelPort = lvs.Local, 6080
	e.Destinations[key(1)] = d
	have[k] = e
	if ops := lvs.Diff(have, want, nil); len(ops) != 0 {
		t.Errorf("would write\n%s", lvstest.Lines(ops))
	}
}

func TestNetmaskIsNeverZero(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anyService(t)
		if s.Normal().Netmask == 0 {
			t.Fatalf("%+v", s)
		}
		if n := s.Normal(); n != n.Normal() {
			t.Fatalf("normalising twice is not normalising once: %+v", s)
		}
	})
}

// large is a configuration of services with four real servers each.
func large(services int) []lvs.VirtualServer {
	servers := make([]lvs.VirtualServer, services)
	for i := range servers {
		v := virtualServer(realServer(4*i+1), realServer(4*i+2), realServer(4*i+3), realServer(4*i+4))
		v.Name, v.Services = service(i).String(), []lvs.GatedService{{Service: service(i)}}
		servers[i] = v
	}
	return servers
}

func started(servers []lvs.VirtualServer) *lvs.Director {
	core := lvs.NewDirector(servers)
	core.Step(lvs.Event{Kind: lvs.Started})
	return core
}

// 2500 services with 10,000 real servers.
func BenchmarkDiffUnchanged(b *testing.B) {
	table := started(large(2500)).Table()
	have := table.Clone()
	b.ReportAllocs()
	for b.Loop() {
		if len(lvs.Diff(have, table, nil)) != 0 {
			b.Fatal("differs")
		}
	}
}

func BenchmarkDiffFromEmpty(b *testing.B) {
	table := started(large(2500)).Table()
	b.ReportAllocs()
	for b.Loop() {
		if len(lvs.Diff(nil, table, nil)) != 12500 {
			b.Fatal("wrong number of operations")
		}
	}
}

func BenchmarkReloadUnchanged(b *testing.B) {
	servers := large(2500)
	core := started(servers)
	b.ReportAllocs()
	for b.Loop() {
		core.Step(lvs.Event{Kind: lvs.Reloaded, Servers: servers})
	}
}

func BenchmarkCheckedUnchanged(b *testing.B) {
	servers := large(2500)
	core := started(servers)
	e := lvs.Event{Kind: lvs.Checked, Check: lvs.CheckID{Server: servers[7].Name, Real: key(30)}, Up: true}
	b.ReportAllocs()
	for b.Loop() {
		if len(core.Step(e)) != 0 {
			b.Fatal("changes")
		}
	}
}

func BenchmarkCheckedFlapping(b *testing.B) {
	servers := large(2500)
	core := started(servers)
	core.Dirty()
	e := lvs.Event{Kind: lvs.Checked, Check: lvs.CheckID{Server: servers[7].Name, Real: key(30)}}
	b.ReportAllocs()
	for b.Loop() {
		core.Step(e)
		for _, k := range core.Dirty() {
			core.Want(k)
		}
		e.Up = !e.Up
	}
}

func TestKeysSortAsIpvsadmGroupsThem(t *testing.T) {
	keys := []lvs.ServiceKey{
		{FWMark: 4, Family: 6},
		{Addr: netip.MustParseAddr("2001:db8::1"), Family: 6, Port: 80, Protocol: lvs.TCP},
		{FWMark: 4, Family: 4},
		{Addr: netip.MustParseAddr("192.0.2.1"), Family: 4, Port: 80, Protocol: lvs.UDP},
		{Addr: netip.MustParseAddr("192.0.2.1"), Family: 4, Port: 80, Protocol: lvs.TCP},
		{Addr: netip.MustParseAddr("192.0.2.1"), Family: 4, Port: 9, Protocol: lvs.SCTP},
	}
	slices.SortFunc(keys, lvs.ServiceKey.Compare)
	var got []string
	for _, k := range keys {
		got = append(got, k.String())
	}
	want := []string{"--sctp-service 192.0.2.1:9", "-t 192.0.2.1:80", "-u 192.0.2.1:80", "-t [2001:db8::1]:80", "-f 4", "-f 4 -6"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
