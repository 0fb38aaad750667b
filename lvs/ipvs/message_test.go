package ipvs

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"github.com/holdfast-ha/holdfast/lvs"
)

// The octets of a little-endian machine, as a Linux 6.1 kernel accepted them.
func TestOctetsOfAServiceAndADestination(t *testing.T) {
	m := messages{family: 0x1d}
	s := lvs.Service{
		ServiceKey: lvs.ServiceKey{Addr: netip.MustParseAddr("192.0.2.1"), Port: 80, Protocol: lvs.TCP, Family: 4},
		Scheduler:  "wrr", Persistent: true, Timeout: 300, Netmask: 0xffffff00, Flags: 0x8,
	}
	m.operation(lvs.Operation{Verb: lvs.AddService, Service: s}, 7)
	key := lvs.DestinationKey{Addr: netip.MustParseAddr("2001:db8::1"), Port: 8080}
	m.operation(lvs.Operation{Verb: lvs.AddDestination, Service: s, Destination: lvs.Destination{DestinationKey: key,
		Forward: lvs.Tunnel, Weight: 3, UpperThreshold: 9, LowerThreshold: 5, TunnelType: 1, TunnelPort: 6080, TunnelFlags: 1}}, 8)
	m.acknowledge()
	want := strings.Join([]string{
		// message 1: length 92, family 0x1d, request, sequence 7; command 1 version 1
		"5c000000" + "1d00" + "0100" + "07000000" + "00000000" + "01010000",
		"48000180",                           // service
		"06000100" + "02000000",              // AF_INET
		"06000200" + "06000000",              // TCP
		"08000300" + "c0000201",              // 192.0.2.1
		"06000400" + "00500000",              // port 80
		"08000600" + "77727200",              // wrr
		"0c000700" + "09000000" + "ffffffff", // persistent, flag 1
		"08000800" + "2c010000",              // 300 s
		"08000900" + "ffffff00",              // /24
		// message 2: length 152, with NLM_F_ACK, sequence 8; command 5
		"98000000" + "1d00" + "0500" + "08000000" + "00000000" + "05010000",
		"24000180" + "06000100" + "02000000" + "06000200" + "06000000" + "08000300" + "c0000201" + "06000400" + "00500000",
		"60000280",              // destination
		"06000b00" + "0a000000", // AF_INET6
		"14000100" + "20010db8000000000000000000000001",
		"06000200" + "1f900000", // port 8080
		"08000300" + "02000000", // tunnel
		"08000400" + "03000000", // weight
		"08000500" + "09000000", // upper threshold
		"08000600" + "05000000", // lower threshold
		"05000d00" + "01000000", // gue
		"06000e00" + "17c00000", // port 6080
		"06000f00" + "01000000", // csum
	}, "")
	got := hex.EncodeToString(m.b)
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Another implementation of netlink has to understand every message.
func TestMessagesAreWellFormedNetlink(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := messages{family: 0x1d}
		n := rapid.IntRange(1, 5).Draw(t, "operations")
		for i := range n {
			m.operation(anyOperation(t), uint32(i))
		}
		rest := m.b
		for i := range n {
			size := int(binary.NativeEndian.Uint32(rest))
			if size%4 != 0 || size > len(rest) || binary.NativeEndian.Uint32(rest[8:]) != uint32(i) {
				t.Fatalf("message %d: %x", i, rest)
			}
			walkAttributes(t, rest[20:size], 0)
			rest = rest[size:]
		}
		if len(rest) != 0 {
			t.Fatalf("%d octets are left", len(rest))
		}
	})
}

func walkAttributes(t *rapid.T, b []byte, depth int) {
	ad, err := netlink.NewAttributeDecoder(b)
	if err != nil {
		t.Fatal(err)
	}
	for ad.Next() {
		if nested := ad.TypeFlags()&netlink.Nested != 0; nested != (depth == 0) {
			t.Fatalf("attribute %d at depth %d: nested %v", ad.Type(), depth, nested)
		}
		if depth == 0 {
			walkAttributes(t, ad.Bytes(), 1)
		}
	}
	if ad.Err() != nil {
		t.Fatal(ad.Err())
	}
}

func anyOperation(t *rapid.T) lvs.Operation {
	op := lvs.Operation{Verb: lvs.Verb(rapid.IntRange(0, 5).Draw(t, "verb"))}
	op.Service = lvs.Service{Scheduler: rapid.StringMatching("[a-z]{2,15}").Draw(t, "scheduler"),
		Persistence: rapid.SampledFrom([]string{"", "sip"}).Draw(t, "engine"), Timeout: rapid.Uint32().Draw(t, "timeout")}
	op.Service.Family = rapid.SampledFrom([]uint8{4, 6}).Draw(t, "family")
	if op.Service.FWMark = uint32(rapid.IntRange(0, 2).Draw(t, "mark")); op.Service.FWMark == 0 {
		op.Service.Protocol, op.Service.Port, op.Service.Addr = lvs.UDP, 53, anyAddr(t, op.Service.Family)
	}
	op.Destination = lvs.Destination{Weight: rapid.Uint32().Draw(t, "weight"), TunnelType: uint8(rapid.IntRange(0, 2).Draw(t, "tunnel"))}
	op.Destination.Addr = anyAddr(t, rapid.SampledFrom([]uint8{4, 6}).Draw(t, "family of the real server"))
	return op
}

func anyAddr(t *rapid.T, family uint8) netip.Addr {
	if family == 6 {
		return netip.AddrFrom16([16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "address")))
	}
	return netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "address")))
}

// What is encoded as a request is decoded as an answer: the attributes are the same.
func TestDestinationsAndEnginesAreDecodedAsEncoded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		op := anyOperation(t)
		m := messages{}
		m.destination(op.Destination)
		got, ok := decodeDestination(m.b[4:], 4)
		if !ok || got != op.Destination {
			t.Fatalf("%+v is decoded as %+v", op.Destination, got)
		}
		m.reset()
		m.service(op.Service)
		key, engine := engineOf(m.b[4:])
		if key != op.Service.ServiceKey || engine != op.Service.Persistence {
			t.Fatalf("%+v is decoded as %+v %q", op.Service, key, engine)
		}
	})
}

func TestDestinationOfAnOldKernelHasTheFamilyOfItsService(t *testing.T) {
	m := messages{}
	m.header(destAddr, 16)
	m.b = append(m.b, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	m.port(destPort, 80)
	d, ok := decodeDestination(m.b, 4)
	if !ok || d.DestinationKey.String() != "10.0.0.1:80" {
		t.Errorf("%+v, %v", d, ok)
	}
}

// What the kernel sends is trusted to be well meant, not to be well formed.
func FuzzDecode(f *testing.F) {
	m := messages{family: 0x1d}
	m.operation(lvs.Operation{Verb: lvs.AddService, Service: lvs.Service{Scheduler: "rr", Persistence: "sip",
		ServiceKey: lvs.ServiceKey{Addr: netip.MustParseAddr("192.0.2.1"), Port: 80, Protocol: lvs.TCP, Family: 4}}}, 1)
	f.Add(m.b)
	f.Add([]byte{16, 0, 0, 0, 2, 0, 0, 0})
	f.Fuzz(func(_ *testing.T, b []byte) {
		parse(b, func(_ uint16, _ uint32, payload []byte) bool {
			errnoOf(payload)
			eachAttribute(payload, func(_ uint16, nest []byte) {
				decodeDestination(nest, 4)
				decodeDestination(nest, 6)
				engineOf(nest)
				decodeDaemon(nest)
			})
			return false
		})
	})
}

func TestErrorsSayWhatToDo(t *testing.T) {
	v4 := lvs.Service{Scheduler: "twos", ServiceKey: lvs.ServiceKey{Addr: netip.MustParseAddr("192.0.2.1"), Port: 80, Protocol: lvs.TCP, Family: 4}}
	sip := v4
	sip.Persistence = "sip"
	six := lvs.Destination{DestinationKey: lvs.DestinationKey{Addr: netip.MustParseAddr("2001:db8::1"), Port: 80}, Forward: lvs.Direct}
	for _, c := range []struct {
		op    lvs.Operation
		errno unix.Errno
		want  string
	}{
		{lvs.Operation{Verb: lvs.AddService, Service: v4}, unix.ENOENT, `lacks the scheduler "twos": modprobe ip_vs_twos`},
		{lvs.Operation{Verb: lvs.AddService, Service: sip}, unix.ENOENT, `modprobe ip_vs_pe_sip`},
		{lvs.Operation{Verb: lvs.AddService, Service: v4}, unix.EPERM, "CAP_NET_ADMIN"},
		{lvs.Operation{Verb: lvs.AddDestination, Service: v4, Destination: six}, unix.EINVAL, "method TUN"},
		{lvs.Operation{Verb: lvs.AddDestination, Service: v4}, unix.ESRCH, "not in the kernel"},
		{lvs.Operation{Verb: lvs.EditDestination, Service: v4}, unix.ERANGE, "threshold"},
		{lvs.Operation{Verb: lvs.DeleteService, Service: v4}, unix.ENOBUFS, "ipvs -D -t 192.0.2.1:80"},
	} {
		err := explain(c.op, c.errno)
		if !strings.Contains(err.Error(), c.want) || !errors.Is(err, c.errno) {
			t.Errorf("%v; want %q and %v", err, c.want, c.errno)
		}
	}
	if err := explain(lvs.Operation{Service: v4}, unix.EPERM); !errors.Is(err, ErrPermission) {
		t.Errorf("%v is not ErrPermission", err)
	}
}

func BenchmarkEncode(b *testing.B) {
	m := messages{}
	op := lvs.Operation{Verb: lvs.AddDestination,
		Service:     lvs.Service{Scheduler: "wrr", ServiceKey: lvs.ServiceKey{Addr: netip.MustParseAddr("192.0.2.1"), Port: 80, Protocol: lvs.TCP, Family: 4}},
		Destination: lvs.Destination{DestinationKey: lvs.DestinationKey{Addr: netip.MustParseAddr("10.0.0.1"), Port: 80}}}
	b.ReportAllocs()
	for b.Loop() {
		m.reset()
		m.operation(op, 1)
	}
}

// TestStatisticsOf64BitsCount: a kernel tells them in two sizes, and those of 32 bits run over.
func TestStatisticsOf64BitsCount(t *testing.T) {
	attribute := func(kind uint16, value []byte) []byte {
		b := binary.NativeEndian.AppendUint16(nil, uint16(4+len(value)))
		b = append(binary.NativeEndian.AppendUint16(b, kind), value...)
		for len(b)%4 != 0 {
			b = append(b, 0)
		}
		return b
	}
	n32 := func(kind uint16, n uint32) []byte { return attribute(kind, binary.NativeEndian.AppendUint32(nil, n)) }
	n64 := func(kind uint16, n uint64) []byte { return attribute(kind, binary.NativeEndian.AppendUint64(nil, n)) }
	join := func(parts ...[]byte) []byte { return slices.Concat(parts...) }
	old := attribute(destStats|unix.NLA_F_NESTED, join(n32(statConnections, 1), n32(statPacketsIn, 2), n32(statPacketsOut, 3), n64(statBytesIn, 4), n64(statBytesOut, 5)))
	wide := attribute(destStats64|unix.NLA_F_NESTED, join(n64(statConnections, 1<<32+1), n64(statPacketsIn, 1<<32+2), n64(statPacketsOut, 3), n64(statBytesIn, 4), n64(statBytesOut, 5), attribute(11, nil)))
	if got, want := trafficOf(old, destStats, destStats64), (lvs.Traffic{Connections: 1, PacketsIn: 2, PacketsOut: 3, BytesIn: 4, BytesOut: 5}); got != want {
		t.Errorf("of a kernel before 4.1: %+v, want %+v", got, want)
	}
	if got, want := trafficOf(join(old, wide), destStats, destStats64), (lvs.Traffic{Connections: 1<<32 + 1, PacketsIn: 1<<32 + 2, PacketsOut: 3, BytesIn: 4, BytesOut: 5}); got != want {
		t.Errorf("of a newer one: %+v, want %+v", got, want)
	}
	if got := trafficOf(wide[:len(wide)-7], destStats, destStats64); got.Connections != 0 {
		t.Errorf("of a message that is cut off: %+v", got)
	}
}
