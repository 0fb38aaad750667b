package rtnl

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"
)

func TestEncodedAddressDecodesToItself(t *testing.T) {
	for _, a := range []Address{
		{Prefix: netip.MustParsePrefix("192.0.2.1/24"), Index: 3, Preferred: Forever, Valid: Forever},
		{Prefix: netip.MustParsePrefix("192.0.2.1/32"), Peer: netip.MustParseAddr("192.0.2.2"), Index: 3,
			Label: "eth0:x", Scope: 253, Protocol: 18, Preferred: Forever, Valid: Forever},
		{Prefix: netip.MustParsePrefix("2001:db8::1/128"), Index: 70000, Flags: unix.IFA_F_NODAD | unix.IFA_F_NOPREFIXROUTE,
			Protocol: 18, Preferred: 0, Valid: Forever},
		{Prefix: netip.MustParsePrefix("192.0.2.1/24"), Broadcast: netip.MustParseAddr("192.0.2.255"), Preferred: 5, Valid: 9},
	} {
		b := appendAddress(nil, unix.RTM_NEWADDR, 0, 7, &a)
		if n := int(binary.NativeEndian.Uint32(b)); n != len(b) || n%4 != 0 {
			t.Errorf("%v: length field %d of %d octets", a, n, len(b))
		}
		got, err := decodeAddress(b[unix.SizeofNlMsghdr:])
		if err != nil || got != a {
			t.Errorf("got  %v (%v)\nwant %v", got, err, &a)
		}
	}
}

func FuzzDecodeEvents(f *testing.F) {
	f.Add(appendAddress(nil, unix.RTM_NEWADDR, 0, 1, &Address{Prefix: netip.MustParsePrefix("192.0.2.1/24"), Label: "x"}))
	f.Add([]byte{20, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, e := range decodeEvents(nil, b) {
			if e.Kind == AddressChanged && !e.Address.Prefix.IsValid() {
				t.Fatalf("an address without a prefix: %+v", e)
			}
		}
	})
}
