package bfd_test

import (
	"bytes"
	"encoding/hex"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/holdfast-ha/holdfast/bfd"
)

const ms = time.Millisecond

func octets(groups ...string) []byte {
	b, err := hex.DecodeString(strings.Join(groups, ""))
	if err != nil {
		panic(err)
	}
	return b
}

// onWire are packets and their octets: version and diagnostic, state and flags, multiplier, length;
// the discriminators; the intervals.
var onWire = []struct {
	name   string
	packet bfd.Packet
	octets []byte
}{
	{
		"keepalived 2.2.7, beginning",
		bfd.Packet{State: bfd.Down, Multiplier: 3, Mine: 0x6c4d109a, MinTx: 1000 * ms, MinRx: 100 * ms},
		octets("20400318", "6c4d109a", "00000000", "000f4240", "000186a0", "00000000"),
	},
	{
		"keepalived 2.2.7, up and polling",
		bfd.Packet{State: bfd.Up, Poll: true, Multiplier: 3, Mine: 0xda2cff68, Yours: 0x6c4d109a, MinTx: 100 * ms, MinRx: 100 * ms},
		octets("20e00318", "da2cff68", "6c4d109a", "000186a0", "000186a0", "00000000"),
	},
	{
		"its answer",
		bfd.Packet{State: bfd.Up, Final: true, Multiplier: 3, Mine: 0x6c4d109a, Yours: 0xda2cff68, MinTx: 100 * ms, MinRx: 100 * ms},
		octets("20d00318", "6c4d109a", "da2cff68", "000186a0", "000186a0", "00000000"),
	},
	{
		"expired",
		bfd.Packet{Diag: bfd.DetectionExpired, State: bfd.Down, Multiplier: 255, Mine: 1, MinTx: time.Second, MinRx: 0},
		octets("2140ff18", "00000001", "00000000", "000f4240", "00000000", "00000000"),
	},
	{
		"everything that a packet can hold",
		bfd.Packet{
			Diag: 31, State: bfd.Init, Poll: true, Independent: true, Demand: true, Multiplier: 1, Mine: 0xffffffff, Yours: 0xfffffffe,
			MinTx: math.MaxUint32 * time.Microsecond, MinRx: 1 * time.Microsecond, MinEcho: 50 * ms,
		},
		octets("3faa0118", "ffffffff", "fffffffe", "ffffffff", "00000001", "0000c350"),
	},
}

func TestPacketsAreThoseOfTheRFC(t *testing.T) {
	for _, tt := range onWire {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.packet.Append(nil); !bytes.Equal(got, tt.octets) {
				t.Errorf("octets %x, want %x", got, tt.octets)
			}
			var p bfd.Packet
			if fault := bfd.Parse(tt.octets, &p); fault != bfd.OK {
				t.Fatalf("not taken: %s", fault)
			}
			if diff := cmp.Diff(tt.packet, p); diff != "" {
				t.Errorf("packet (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWrongPacketsAreRefusedForTheirFault(t *testing.T) {
	good := octets("20c00318", "00000001", "00000002", "000186a0", "000186a0", "00000000")
	change := func(at int, to byte) []byte {
		b := bytes.Clone(good)
		b[at] = to
		return b
	}
	tests := []struct {
		name   string
		octets []byte
		want   bfd.Fault
	}{
		{"a good one", good, bfd.OK},
		{"octets after it", append(bytes.Clone(good), 1, 2, 3), bfd.OK},
		{"nothing", nil, bfd.TooShort},
		{"an octet is missing", good[:23], bfd.TooShort},
		{"version 0", change(0, 0x00), bfd.WrongVersion},
		{"version 2", change(0, 0x40), bfd.WrongVersion},
		{"length 23", change(3, 23), bfd.TooShort},
		{"length beyond the datagram", change(3, 25), bfd.TooLong},
		{"authentication without room for it", change(1, 0xc4), bfd.TooShort},
		{"multiplier 0", change(2, 0), bfd.NoMultiplier},
		{"multipoint", change(1, 0xc1), bfd.Multipoint},
		{"my discriminator 0", change(7, 0), bfd.NoDiscriminator},
		{"your discriminator 0, up", change(11, 0), bfd.NotForAny},
		{"your discriminator 0, init", func() []byte { b := change(11, 0); b[1] = 0x80; return b }(), bfd.NotForAny},
		{"your discriminator 0, down", func() []byte { b := change(11, 0); b[1] = 0x40; return b }(), bfd.OK},
		{"your discriminator 0, administratively down", func() []byte { b := change(11, 0); b[1] = 0x00; return b }(), bfd.OK},
		{"authenticated", append(func() []byte { b := change(1, 0xc4); b[3] = 28; return b }(), 1, 4, 1, 'x'), bfd.OK},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var p bfd.Packet
			if got := bfd.Parse(tt.octets, &p); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
			if tt.want == bfd.OK && p.Auth != (tt.octets[1]&4 != 0) {
				t.Error("that it is authenticated is not seen")
			}
		})
	}
}

// genPacket draws a packet that Append writes whole.
func genPacket(t *rapid.T) bfd.Packet {
	us := func(name string) time.Duration {
		return time.Duration(rapid.Uint32().Draw(t, name)) * time.Microsecond
	}
	return bfd.Packet{
		Diag: bfd.Diag(rapid.IntRange(0, 31).Draw(t, "diag")), State: bfd.State(rapid.IntRange(0, 3).Draw(t, "state")),
		Poll: rapid.Bool().Draw(t, "poll"), Final: rapid.Bool().Draw(t, "final"),
		Independent: rapid.Bool().Draw(t, "independent"), Demand: rapid.Bool().Draw(t, "demand"),
		Multiplier: rapid.Uint8Min(1).Draw(t, "multiplier"), Mine: rapid.Uint32Min(1).Draw(t, "mine"), Yours: rapid.Uint32Min(1).Draw(t, "yours"),
		MinTx: us("tx"), MinRx: us("rx"), MinEcho: us("echo"),
	}
}

func TestPacketsSurviveTheWire(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := genPacket(t)
		var got bfd.Packet
		if fault := bfd.Parse(want.Append(nil), &got); fault != bfd.OK || got != want {
			t.Fatalf("%+v became %+v (%s)", want, got, fault)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, tt := range onWire {
		f.Add(tt.octets)
	}
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		var p, again bfd.Packet
		if bfd.Parse(b, &p) != bfd.OK {
			return
		}
		if p.Multiplier == 0 || p.Mine == 0 || p.Yours == 0 && p.State > bfd.Down {
			t.Fatalf("%x is taken as %+v", b, p)
		}
		p.Auth = false
		if fault := bfd.Parse(p.Append(nil), &again); fault != bfd.OK || again != p {
			t.Fatalf("%x: %+v became %+v (%s)", b, p, again, fault)
		}
	})
}
