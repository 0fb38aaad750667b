package speaker

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/net/bpf"
)

func TestFilterLetsOnlyOurVRIDsIn(t *testing.T) {
	var vrids bitmap256
	for _, v := range []uint8{0, 1, 31, 32, 51, 200, 255} {
		vrids.add(v)
	}
	for name, c := range map[string]struct {
		six, ah bool
		header  []byte
	}{
		"IPv4":              {header: append([]byte{0x45}, make([]byte, 19)...)},
		"IPv4 with options": {header: append([]byte{0x46}, make([]byte, 23)...)},
		"IPv6":              {six: true},
		"AH":                {ah: true, header: append([]byte{0x45}, make([]byte, 19+24)...)},
	} {
		vm, err := bpf.NewVM(filter(vrids, c.six, c.ah))
		if err != nil {
			t.Fatal(err)
		}
		for v := range 256 {
			n, err := vm.Run(append(bytes.Clone(c.header), 0x31, byte(v), 100, 0))
			if err != nil || (n > 0) != vrids.has(uint8(v)) {
				t.Errorf("%s: VRID %d: %d octets, %v", name, v, n, err)
			}
		}
	}
}

func TestFramesAreAsOnTheWire(t *testing.T) {
	hardware := [6]byte{2, 0, 0, 0, 0, 1}
	arp := appendARP(nil, netip.MustParseAddr("192.0.2.100"), hardware)
	want := "ffffffffffff" + "020000000001" + "0806" +
		"0001" + "0800" + "06" + "04" + "0001" + "020000000001" + "c0000264" + "ffffffffffff" + "c0000264"
	if got := hex.EncodeToString(arp); got != want {
		t.Errorf("ARP\ngot  %s\nwant %s", got, want)
	}
	na := appendNA(nil, netip.MustParseAddr("2001:db8::1"), hardware, true)
	want = "333300000001" + "020000000001" + "86dd" +
		"60000000" + "0020" + "3a" + "ff" + "20010db8000000000000000000000001" + "ff020000000000000000000000000001" +
		"88" + "00" + "792a" + "a0000000" + "20010db8000000000000000000000001" + "0201" + "020000000001"
	if got := hex.EncodeToString(na); got != want {
		t.Errorf("NA\ngot  %s\nwant %s", got, want)
	}
	if len(na) > maxFrame || len(arp) > maxFrame {
		t.Error("longer than maxFrame")
	}
}

func TestStateFileTellsWhoWasMaster(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run", "state")
	a, b := testInstance(1, "192.0.2.100/32"), testInstance(2, "192.0.2.101/32")
	f, err := openState(path)
	if err != nil {
		t.Fatal(err)
	}
	slots := f.assign([]Instance{a, b})
	now := boottime()
	slots[keyOf(&a)].store(now, 77)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}

	f, err = openState(path)
	if err != nil {
		t.Fatal(err)
	}
	seen := f.recent(now + int64(299*time.Millisecond))
	s, ok := seen[keyOf(&a)]
	if len(seen) != 1 || !ok || !s.fresh() || s.sequence != 77 {
		t.Fatalf("seen %+v", seen)
	}
	if late := f.recent(now + int64(300*time.Millisecond))[keyOf(&a)]; late.fresh() {
		t.Error("three intervals later a peer may have given up on us")
	}
	// Another VRID of the same name is another router.
	other := a
	other.VRID = 9
	if _, ok := seen[keyOf(&other)]; ok {
		t.Error("mistaken for another router")
	}
	f.assign([]Instance{b})
	if len(f.recent(now+1)) != 0 {
		t.Error("an instance that is gone is still known")
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Repeat([]byte{0xff}, 5000), 0o600); err != nil {
		t.Fatal(err)
	}
	if f, err = openState(path); err != nil {
		t.Fatal(err)
	}
	if len(f.recent(now+1)) != 0 {
		t.Error("rubbish is believed")
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestKernelAddressHasTheConfiguredProperties(t *testing.T) {
	for want, a := range map[string]Address{
		"inet 192.0.2.1/32 scope global proto 18 dev 3":                                     {Prefix: netip.MustParsePrefix("192.0.2.1/32")},
		"inet 192.0.2.1/24 brd 192.0.2.255 scope link noprefixroute proto 18 label x dev 3": {Prefix: netip.MustParsePrefix("192.0.2.1/24"), Broadcast: netip.MustParseAddr("192.0.2.255"), Scope: 253, NoPrefixRoute: true, Label: "x"},
		"inet 192.0.2.1 peer 192.0.2.2/32 scope global proto 18 dev 3":                      {Prefix: netip.MustParsePrefix("192.0.2.1/24"), Peer: netip.MustParsePrefix("192.0.2.2/32")},
		"inet6 2001:db8::1/128 scope global nodad proto 18 preferred_lft 0 dev 3":           {Prefix: netip.MustParsePrefix("2001:db8::1/128")},
		"inet6 2001:db8::1/64 scope global nodad proto 18 dev 3":                            {Prefix: netip.MustParsePrefix("2001:db8::1/64")},
		"inet6 2001:db8::1/64 scope global nodad mngtmpaddr proto 18 dev 3":                 {Prefix: netip.MustParsePrefix("2001:db8::1/64"), MngTmpAddr: true},
		"inet 192.0.2.1/32 scope global autojoin proto 18 dev 3":                            {Prefix: netip.MustParsePrefix("192.0.2.1/32"), AutoJoin: true},
		"inet6 2001:db8::1/128 scope global home proto 18 preferred_lft 9 dev 3":            {Prefix: netip.MustParsePrefix("2001:db8::1/128"), DAD: true, Home: true, PreferredLft: 9, PreferredSet: true},
	} {
		if got := kernelAddress(a, 3).String(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
