package packet_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/vrrp/packet"
)

func secret(s string) (key [8]byte) {
	copy(key[:], s)
	return key
}

var (
	ahIP     = packet.IPv4{Src: one, Dst: packet.Group4, TTL: 255, ID: 1}
	ahHeader = packet.Header{Version: 2, VRID: 52, Priority: 101, Interval: time.Second, AuthType: packet.AuthAH, AuthData: secret("secret")}
	ahUni    = packet.IPv4{Src: one, Dst: two, TTL: 255, ID: 2}

	// Both were captured from keepalived 2.2.7.
	ahMulticast = merge(
		[]byte{0x45, 0xc0, 0, 0x44, 0, 1, 0, 0}, // IPv4: TOS, length, identification
		[]byte{255, 51, 0xd0, 0xa9},             // TTL, protocol, checksum
		[]byte{10, 9, 0, 1, 224, 0, 0, 18},
		[]byte{112, 4, 0, 0, 10, 9, 0, 1, 0, 0, 0, 1}, // AH: next header, length, index, sequence
		[]byte{0x69, 0x56, 0x18, 0xec, 0x6a, 0x51, 0xaf, 0x66, 0x3f, 0xd9, 0x0c, 0xed},
		[]byte{0x21, 52, 101, 2, 2, 1, 0x63, 0x87}, // VRRP: two addresses, authentication type 2
		[]byte{10, 9, 0, 23, 10, 9, 0, 24}, make([]byte, 8),
	)
	ahUnicast = merge(
		[]byte{0x45, 0xc0, 0, 0x40, 0, 2, 0, 0}, []byte{255, 51, 0xa6, 0xb4},
		[]byte{10, 9, 0, 1, 10, 9, 0, 2},
		[]byte{112, 4, 0, 0, 10, 9, 0, 1, 0, 0, 0, 2},
		[]byte{0xeb, 0x3b, 0xba, 0x87, 0x98, 0xed, 0xd1, 0x9c, 0x1d, 0x4e, 0x78, 0xfd},
		[]byte{0x21, 55, 104, 1, 2, 1, 0x6a, 0xa3}, []byte{10, 9, 0, 26}, make([]byte, 8),
	)
)

func TestAHIsTheSameOctetsAsKeepaliveds(t *testing.T) {
	got := packet.AppendAH(nil, &ahIP, 1, &ahHeader, ips("10.9.0.23", "10.9.0.24"))
	if diff := cmp.Diff(ahMulticast, got); diff != "" {
		t.Errorf("multicast (-want +got)\n%s", diff)
	}
	h := ahHeader
	h.VRID, h.Priority, h.AuthData = 55, 104, secret("secret99")
	got = packet.AppendAH([]byte("x"), &ahUni, 2, &h, ips("2001:db8::1", "10.9.0.26"))
	if diff := cmp.Diff(merge([]byte("x"), ahUnicast), got); diff != "" {
		t.Errorf("unicast (-want +got)\n%s", diff)
	}
}

func TestAHOfKeepalivedIsVerifiedAndRead(t *testing.T) {
	for _, c := range []struct {
		name, key string
		b         []byte
		sequence  uint32
		vrid      uint8
	}{
		{"multicast", "secret", ahMulticast, 1, 52},
		{"unicast", "secret99", ahUnicast, 2, 55},
	} {
		key := secret(c.key)
		if err := packet.VerifyAH(c.b, &key); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		meta, message, err := packet.Split(c.b)
		if err != nil || !meta.AH || meta.Sequence != c.sequence || meta.TTL != 255 || meta.Source != one {
			t.Errorf("%s: %+v, %v", c.name, meta, err)
		}
		m, err := packet.Parse(message, meta.Source, meta.Destination)
		if err != nil || m.VRID != c.vrid || m.AuthType != packet.AuthAH {
			t.Errorf("%s: %+v, %v", c.name, m, err)
		}
		// Octets behind the IP packet are padding.
		if err := packet.VerifyAH(merge(c.b, []byte{1, 2, 3}), &key); err != nil {
			t.Errorf("%s, padded: %v", c.name, err)
		}
	}
}

func TestAHOfASpoofedPacketIsRefused(t *testing.T) {
	key, unicastKey := secret("secret"), secret("secret99")
	for i := range ahMulticast {
		b := bytes.Clone(ahMulticast)
		b[i] ^= 0x10
		err := packet.VerifyAH(b, &key)
		// The header's fields that are not protected: TOS, flags and fragment, checksum.
		switch mutable := i == 1 || i == 6 || i == 7 || i == 10 || i == 11; {
		case mutable && err != nil:
			t.Errorf("octet %d may change on the way: %v", i, err)
		case !mutable && err == nil:
			t.Errorf("octet %d was changed and nobody noticed", i)
		}
	}
	b := bytes.Clone(ahUnicast)
	b[8] = 64
	if err := packet.VerifyAH(b, &unicastKey); err != nil {
		t.Errorf("a router on the way lowered the TTL of a unicast packet: %v", err)
	}
	wrong := secret("Secret")
	if err := packet.VerifyAH(ahMulticast, &wrong); err != packet.ErrICV {
		t.Errorf("wrong key: %v", err)
	}
	for n := range ahMulticast {
		if packet.VerifyAH(ahMulticast[:n], &key) == nil {
			t.Errorf("accepted %d octets of %d", n, len(ahMulticast))
		}
	}
}

// icvOf is the check value of a multicast packet as the standard library computes it.
func icvOf(b []byte, key [8]byte) []byte {
	b = bytes.Clone(b)
	b[1], b[6], b[7], b[10], b[11] = 0, 0, 0, 0, 0
	clear(b[32:44])
	mac := hmac.New(md5.New, key[:])
	mac.Write(b)
	return mac.Sum(nil)[:12]
}

func TestAHWithTheIndexOfAnotherSenderIsRefused(t *testing.T) {
	key := secret("secret")
	b := bytes.Clone(ahMulticast)
	copy(b[32:], icvOf(b, key))
	if err := packet.VerifyAH(b, &key); err != nil || !bytes.Equal(b, ahMulticast) {
		t.Fatalf("%v: this test does not sign as keepalived does", err)
	}
	b[27] = 99 // the index is no longer the source address
	copy(b[32:], icvOf(b, key))
	if err := packet.VerifyAH(b, &key); err != packet.ErrAH {
		t.Errorf("%v, want %v", err, packet.ErrAH)
	}
}

func TestSplitRefusesOtherProtocols(t *testing.T) {
	udp := packet.AppendIPv4(nil, &packet.IPv4{Src: one, Dst: two, TTL: 64, Protocol: 17}, 8)
	if _, _, err := packet.Split(merge(udp, make([]byte, 8))); err != packet.ErrIP {
		t.Error(err)
	}
	short := packet.AppendIPv4(nil, &packet.IPv4{Src: one, Dst: two, TTL: 64, Protocol: packet.ProtocolAH}, 8)
	if _, _, err := packet.Split(merge(short, make([]byte, 8))); err != packet.ErrAH {
		t.Error(err)
	}
}

func BenchmarkVerifyAH(b *testing.B) {
	key := secret("secret")
	b.ReportAllocs()
	for b.Loop() {
		if err := packet.VerifyAH(ahMulticast, &key); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendAH(b *testing.B) {
	buf := make([]byte, 0, 128)
	addrs := ips("10.9.0.23", "10.9.0.24")
	b.ReportAllocs()
	for b.Loop() {
		buf = packet.AppendAH(buf[:0], &ahIP, 1, &ahHeader, addrs)
	}
}
