package packet_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/vrrp/packet"
)

// keyOne is 32 octets, keyTwo 64: the block size of SHA-256.
var (
	keyOne = []byte("0123456789abcdef0123456789abcdef")
	keyTwo = unhex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f")
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// signed are messages with their trailers.
var signed = []struct {
	name     string
	id       uint8
	key      []byte
	src, dst netip.Addr
	header   packet.Header
	addrs    []netip.Addr
	stamp    packet.Stamp
	// trailer was computed by Python's hmac module from the layout of the draft.
	trailer string
}{
	{
		name: "version 2, IPv4, multicast", id: 1, key: keyOne,
		src: netip.MustParseAddr("192.0.2.1"), dst: packet.Group4,
		header: packet.Header{Version: 2, VRID: 51, Priority: 100, Interval: time.Second},
		addrs:  ips("192.0.2.10"), stamp: 0x6a5e_0e00_8000_0000,
		trailer: "010100006a5e0e0080000000ab32187b053f233fcffa3500a86722bf",
	},
	{
		name: "version 3, IPv4, unicast", id: 255, key: keyTwo,
		src: netip.MustParseAddr("198.51.100.10"), dst: netip.MustParseAddr("192.0.2.10"),
		header: packet.Header{Version: 3, VRID: 7, Priority: 255, Interval: 250 * time.Millisecond, Sum: packet.Pseudo},
		addrs:  ips("192.0.2.100", "192.0.2.101", "192.0.2.102"), stamp: 0x6a5e_0e00_ffff_0003,
		trailer: "01ff00006a5e0e00ffff0003f81e48dd15ab5bc5334b5ed68fb23f12",
	},
	{
		name: "version 3, IPv6, multicast", id: 2, key: keyOne,
		src: netip.MustParseAddr("fe80::1"), dst: packet.Group6,
		header: packet.Header{Version: 3, VRID: 51, Priority: 0, Interval: time.Second},
		addrs:  ips("fe80::100", "2001:db8::100"), stamp: 0xffff_ffff_ffff_ffff,
		trailer: "01020000fffffffffffffffff52962a9ff9686d4f1db9e508a2b921a",
	},
	{
		name: "version 2, IPv6, no address", id: 9, key: keyTwo,
		src: netip.MustParseAddr("2001:db8::1"), dst: netip.MustParseAddr("2001:db8::2"),
		header:  packet.Header{Version: 2, VRID: 255, Priority: 1, Interval: 255 * time.Second},
		stamp:   0x0000_0001_0000_0001,
		trailer: "010900000000000100000001cbdf68b46718996da24c7199e45e573e",
	},
}

// sign makes an IP payload as a sender does.
func sign(i int) []byte {
	c := &signed[i]
	b := packet.Append(nil, &c.header, c.addrs, c.src, c.dst)
	b = packet.AppendTrailer(b, packet.NewKey(c.id, c.key), c.stamp, c.src, b)
	if c.dst.Is6() {
		packet.SumIPv6(b, c.src, c.dst)
	}
	return b
}

// rederived is the trailer by RFC 2104 and the draft's layout, with nothing of package packet and
// nothing of crypto/hmac.
func rederived(id uint8, key []byte, src netip.Addr, message []byte, stamp uint64) []byte {
	head := []byte{4, message[0] >> 4, message[1], 0}
	if src.Is6() {
		head[0] = 6
	}
	head = append(head, src.AsSlice()...)
	head = append(head, make([]byte, 20-len(head))...)
	plain := append([]byte{}, message...)
	plain[6], plain[7] = 0, 0
	prefix := binary.BigEndian.AppendUint64([]byte{1, id, 0, 0}, stamp)
	var inner, outer [64]byte
	copy(inner[:], key)
	copy(outer[:], key)
	for i := range inner {
		inner[i] ^= 0x36
		outer[i] ^= 0x5c
	}
	first := sha256.Sum256(merge(inner[:], head, plain, prefix, make([]byte, 16)))
	second := sha256.Sum256(merge(outer[:], first[:]))
	return merge(prefix, second[:16])
}

func TestTrailerHasTheOctetsOfTheDraft(t *testing.T) {
	for i, c := range signed {
		b := sign(i)
		n := len(b) - packet.LenTrailer
		if diff := cmp.Diff(c.trailer, hex.EncodeToString(b[n:])); diff != "" {
			t.Errorf("%s: known answer (-want +got)\n%s", c.name, diff)
		}
		if diff := cmp.Diff(rederived(c.id, c.key, c.src, b[:n], uint64(c.stamp)), b[n:]); diff != "" {
			t.Errorf("%s: re-derived (-want +got)\n%s", c.name, diff)
		}
	}
}

func TestSignedMessageIsReadAndVerified(t *testing.T) {
	for i, c := range signed {
		b := sign(i)
		m, err := packet.ParseSigned(b, c.src, c.dst)
		if err != nil || m.VRID != c.header.VRID || m.Count() != len(c.addrs) {
			t.Fatalf("%s: %+v, %v", c.name, m, err)
		}
		tr, err := packet.ParseTrailer(m.Trailer)
		if err != nil || tr.KeyID != c.id || tr.Stamp != c.stamp {
			t.Errorf("%s: %+v, %v", c.name, tr, err)
		}
		if !packet.NewKey(c.id, c.key).Verify(&m, c.src) {
			t.Errorf("%s: not verified", c.name)
		}
		if packet.NewKey(c.id, append([]byte{1}, c.key[1:]...)).Verify(&m, c.src) {
			t.Errorf("%s: verified under another key", c.name)
		}
		if packet.NewKey(c.id, c.key).Verify(&m, c.dst) {
			t.Errorf("%s: verified for another sender", c.name)
		}
		// Who knows no trailers drops it, as keepalived without auth_hmac does.
		if _, err := packet.Parse(b, c.src, c.dst); err != packet.ErrLength {
			t.Errorf("%s: Parse says %v", c.name, err)
		}
	}
}

// TestNoOctetOfASignedMessageCanBeChanged but those of the checksum, for which there is the checksum.
func TestNoOctetOfASignedMessageCanBeChanged(t *testing.T) {
	for i, c := range signed {
		key := packet.NewKey(c.id, c.key)
		for at := range sign(i) {
			b := sign(i)
			b[at] ^= 0x10
			m, err := packet.ParseSigned(b, c.src, c.dst)
			if err != nil {
				continue // what the checksum covers is found there already
			}
			if at < 8 || !c.dst.Is4() {
				t.Errorf("%s: octet %d was changed, and the checksum is right", c.name, at)
			}
			tr, err := packet.ParseTrailer(m.Trailer)
			if err == nil && tr.KeyID == c.id && key.Verify(&m, c.src) {
				t.Errorf("%s: octet %d was changed and nobody noticed", c.name, at)
			}
		}
	}
}

func TestChecksumCoversTheTrailerOverIPv6Alone(t *testing.T) {
	for i, c := range signed {
		b := sign(i)
		b[len(b)-1] ^= 1
		_, err := packet.ParseSigned(b, c.src, c.dst)
		if six := c.dst.Is6(); six != (err == packet.ErrChecksum) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestTrailerIsMalformedWith(t *testing.T) {
	whole := unhex(signed[0].trailer)
	for name, b := range map[string][]byte{
		"another type":       append([]byte{2}, whole[1:]...),
		"something reserved": merge(whole[:3], []byte{1}, whole[4:]),
		"an octet less":      whole[1:],
		"an octet more":      merge(whole, []byte{0}),
		"nothing":            nil,
	} {
		if _, err := packet.ParseTrailer(b); err != packet.ErrTrailer {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestStampOrdersAndWraps(t *testing.T) {
	at := packet.StampAt(1_784_000_000*time.Second + 500*time.Millisecond)
	if at != 1_784_000_000<<32|0x8000<<16 {
		t.Errorf("%x", uint64(at))
	}
	last := packet.StampAt(1<<32*time.Second - 1)
	first := packet.StampAt(1 << 32 * time.Second)
	if !first.After(last) || last.After(first) || first.Ahead(last) != time.Second || last.Ahead(first) != -time.Second {
		t.Errorf("in 2106: %x, then %x", uint64(last), uint64(first))
	}
	if at.After(at) || !(at + 1).After(at) {
		t.Error("a stamp is after itself, or its successor is not")
	}
}

func TestSigningAndVerifyingDoNotAllocate(t *testing.T) {
	for _, c := range signed {
		key := packet.NewKey(c.id, c.key)
		b := make([]byte, 0, 200)
		if n := testing.AllocsPerRun(100, func() {
			b = packet.Append(b[:0], &c.header, c.addrs, c.src, c.dst)
			b = packet.AppendTrailer(b, key, c.stamp, c.src, b)
			if c.dst.Is6() {
				packet.SumIPv6(b, c.src, c.dst)
			}
			m, err := packet.ParseSigned(b, c.src, c.dst)
			if err != nil || !key.Verify(&m, c.src) {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", c.name, n)
		}
	}
}

// FuzzParseSigned: nothing that arrives makes it panic, and what it verifies is what was signed.
func FuzzParseSigned(f *testing.F) {
	for i := range signed {
		f.Add(sign(i), signed[i].dst.Is6())
	}
	f.Add([]byte{0x31, 1, 2, 255}, true)
	key := packet.NewKey(1, keyOne)
	f.Fuzz(func(t *testing.T, b []byte, six bool) {
		src, dst := signed[0].src, signed[0].dst
		if six {
			src, dst = signed[2].src, signed[2].dst
		}
		m, err := packet.ParseSigned(b, src, dst)
		if err != nil {
			return
		}
		if len(b) < packet.Len(m.Version, m.IPv6, m.Count())+len(m.Trailer) {
			t.Fatalf("%d octets hold %d addresses and a trailer of %d", len(b), m.Count(), len(m.Trailer))
		}
		if tr, err := packet.ParseTrailer(m.Trailer); err == nil && key.Verify(&m, src) {
			want := rederived(tr.KeyID, keyOne, src, b[:len(b)-packet.LenTrailer], uint64(tr.Stamp))
			if string(want[12:]) != string(m.Trailer[12:]) {
				t.Fatal("verified what was never signed")
			}
		}
	})
}

func BenchmarkSign(b *testing.B) {
	c := &signed[1]
	key, buf := packet.NewKey(c.id, c.key), packet.Append(make([]byte, 0, 128), &signed[1].header, signed[1].addrs, signed[1].src, signed[1].dst)
	n := len(buf)
	b.ReportAllocs()
	for b.Loop() {
		buf = packet.AppendTrailer(buf[:n], key, c.stamp, c.src, buf[:n])
	}
}
