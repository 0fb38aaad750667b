package capture

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"net/netip"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
	"golang.org/x/net/bpf"

	"github.com/holdfast-ha/holdfast/vrrp/packet"
	"github.com/holdfast-ha/holdfast/vrrp/watch"
)

var (
	header = packet.Header{Version: 2, VRID: 51, Priority: 100, Interval: time.Second}
	ip4    = packet.IPv4{Src: netip.MustParseAddr("192.0.2.1"), Dst: packet.Group4, TTL: 255, Protocol: packet.Protocol}
	vips   = []netip.Addr{netip.MustParseAddr("192.0.2.100")}
)

func plain() []byte {
	message := packet.Append(nil, &header, vips, ip4.Src, ip4.Dst)
	return append(packet.AppendIPv4(nil, &ip4, len(message)), message...)
}

func signed() []byte { return packet.AppendAH(nil, &ip4, 7, &header, vips) }

func six() []byte {
	h := header
	h.Version = 3
	src := netip.MustParseAddr("fe80::1")
	message := packet.Append(nil, &h, []netip.Addr{netip.MustParseAddr("fe80::51")}, src, packet.Group6)
	a, z := src.As16(), packet.Group6.As16()
	b := append([]byte{0x60, 0, 0, 0, 0, byte(len(message)), packet.Protocol, 255}, a[:]...)
	return append(append(b, z[:]...), message...)
}

// edited is a packet with one octet changed.
func edited(b []byte, at int, value byte) []byte {
	b[at] = value
	return b
}

func TestFilterLetsVRRPPassAlone(t *testing.T) {
	vm, err := bpf.NewVM(filter())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		packet []byte
		pass   bool
	}{
		"IPv4":              {plain(), true},
		"AH":                {signed(), true},
		"IPv6":              {six(), true},
		"UDP":               {edited(plain(), 9, 17), false},
		"TCP over IPv6":     {edited(six(), 6, 6), false},
		"AH around TCP":     {edited(signed(), 20, 6), false},
		"ARP":               {edited(plain(), 0, 0), false},
		"AH behind options": {append(append([]byte{0x46}, append(signed()[1:20:20], 0, 0, 0, 0)...), signed()[20:]...), true},
		"nothing":           {nil, false},
	} {
		n, err := vm.Run(c.packet)
		if err != nil || (n > 0) != c.pass {
			t.Errorf("%s: %d octets, %v", name, n, err)
		}
	}
}

var ethernet = []byte{1, 0, 0x5e, 0, 0, 0x12, 2, 0, 0, 0, 0, 1}

func TestFramesOfEveryKindAreDecoded(t *testing.T) {
	cat := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	mac := watch.MAC{2, 0, 0, 0, 0, 1}
	for name, c := range map[string]struct {
		kind  layers.LinkType
		frame []byte
		want  watch.Packet
		no    bool
	}{
		"Ethernet":           {layers.LinkTypeEthernet, cat(ethernet, []byte{8, 0}, plain()), watch.Packet{From: mac, IP: plain()}, false},
		"Ethernet, padded":   {layers.LinkTypeEthernet, cat(ethernet, []byte{8, 0}, plain(), make([]byte, 6)), watch.Packet{From: mac, IP: plain()}, false},
		"a VLAN":             {layers.LinkTypeEthernet, cat(ethernet, []byte{0x81, 0, 0, 10, 8, 0}, plain()), watch.Packet{From: mac, VLAN: 10, IP: plain()}, false},
		"AH":                 {layers.LinkTypeEthernet, cat(ethernet, []byte{8, 0}, signed()), watch.Packet{From: mac, IP: signed()}, false},
		"IPv6":               {layers.LinkTypeEthernet, cat(ethernet, []byte{0x86, 0xdd}, six()), watch.Packet{From: mac, IP: six()}, false},
		"every interface":    {layers.LinkTypeLinuxSLL, cat([]byte{0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0}, plain()), watch.Packet{From: mac, Outgoing: true, IP: plain()}, false},
		"without a header":   {layers.LinkTypeRaw, plain(), watch.Packet{IP: plain()}, false},
		"UDP":                {layers.LinkTypeEthernet, cat(ethernet, []byte{8, 0}, edited(plain(), 9, 17)), watch.Packet{}, true},
		"AH around TCP":      {layers.LinkTypeEthernet, cat(ethernet, []byte{8, 0}, edited(signed(), 20, 6)), watch.Packet{}, true},
		"a frame cut short":  {layers.LinkTypeEthernet, ethernet, watch.Packet{}, true},
		"ARP":                {layers.LinkTypeEthernet, cat(ethernet, []byte{8, 6}, make([]byte, 28)), watch.Packet{}, true},
		"an unknown network": {layers.LinkType(250), plain(), watch.Packet{}, true},
	} {
		p, ok := decode(c.frame, c.kind)
		if ok == c.no || !c.no && (p.From != c.want.From || p.VLAN != c.want.VLAN || p.Outgoing != c.want.Outgoing || !bytes.Equal(p.IP, c.want.IP)) {
			t.Errorf("%s: %v %+v\n%s", name, ok, p, hex.Dump(p.IP))
		}
	}
}

// written is a pcap file of frames.
func written(t testing.TB, frames ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := pcapgo.NewWriter(&b)
	if err := w.WriteFileHeader(65535, layers.LinkTypeEthernet); err != nil {
		t.Fatal(err)
	}
	for i, f := range frames {
		info := gopacket.CaptureInfo{Timestamp: time.Unix(int64(i), 0), CaptureLength: len(f), Length: len(f)}
		if err := w.WritePacket(info, f); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func frame(ip []byte) []byte { return append(append(bytes.Clone(ethernet), 8, 0), ip...) }

func TestFileGivesWhatIsVRRP(t *testing.T) {
	text := written(t, frame(edited(plain(), 9, 17)), frame(plain()), frame(signed()))
	f, err := NewFile(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, second := range []int64{1, 2} {
		p, err := f.Next()
		if err != nil || p.At.Unix() != second || p.Link != "" {
			t.Errorf("%+v, %v", p, err)
		}
	}
	if _, err := f.Next(); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

// TestFileThatAsksForMemoryDoesNotGetIt: lengths that the library would believe.
func TestFileThatAsksForMemoryDoesNotGetIt(t *testing.T) {
	order := binary.LittleEndian
	classic := written(t, frame(plain()))
	order.PutUint32(classic[16:], 0) // no snap length
	order.PutUint32(classic[32:], 1<<31-1)
	order.PutUint32(classic[36:], 1<<31-1)
	block := func(kind, length uint32, body ...uint32) (b []byte) {
		for _, w := range append([]uint32{kind, length}, body...) {
			b = order.AppendUint32(b, w)
		}
		return b
	}
	section := block(blockSection, 28, 0x1a2b3c4d, 1, ^uint32(0), ^uint32(0), 28)
	link := block(1, 20, 1, 0, 20)
	for name, text := range map[string][]byte{
		"pcap":                      classic,
		"a block of pcapng":         slices.Concat(section, link, block(blockEnhanced, 1<<31-4, 0, 0, 0, 1<<30, 1<<30)),
		"a frame of pcapng":         slices.Concat(section, link, block(blockEnhanced, 32, 0, 0, 0, 1<<30, 1<<30, 32)),
		"a simple packet of pcapng": slices.Concat(section, link, block(blockSimple, 16, 1<<30, 16)),
		"an unknown block":          slices.Concat(section, link, block(77, 1<<31-4)),
		"a block of no length":      slices.Concat(section, link, block(77, 0)),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f, err := NewFile(bytes.NewReader(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if p, err := f.Next(); err == nil || errors.Is(err, io.EOF) {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 2<<20 {
			t.Errorf("%s: %d octets of memory", name, n)
		}
	}
}

// FuzzFile: a damaged file ends with an error, and what it gives can be judged.
func FuzzFile(f *testing.F) {
	f.Add(written(f, frame(plain()), frame(signed())))
	f.Add(written(f, append(append(bytes.Clone(ethernet), 0x86, 0xdd), six()...)))
	f.Add(magicNg)
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := NewFile(bytes.NewReader(text))
		if err != nil {
			return
		}
		a := watch.New(nil)
		for {
			p, err := file.Next()
			if err != nil {
				return
			}
			a.Packet(&p)
			a.Advance(p.At)
		}
	})
}

// FuzzFrame: whatever a frame holds, decoding ends, and it can be judged.
func FuzzFrame(f *testing.F) {
	for _, ip := range [][]byte{plain(), signed(), six()} {
		f.Add(frame(ip), uint8(layers.LinkTypeEthernet))
		f.Add(ip, uint8(layers.LinkTypeRaw))
		f.Add(append([]byte{0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0}, ip...), uint8(layers.LinkTypeLinuxSLL))
	}
	f.Fuzz(func(t *testing.T, data []byte, kind uint8) {
		if p, ok := decode(data, layers.LinkType(kind)); ok {
			watch.New(nil).Packet(&p)
		}
	})
}
