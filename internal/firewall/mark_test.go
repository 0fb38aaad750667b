package firewall_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/holdfast-ha/holdfast/internal/firewall"
)

func marked(first, last string, port uint16, mark uint32) firewall.Mark {
	return firewall.Mark{First: netip.MustParseAddr(first), Last: netip.MustParseAddr(last), Port: port, Protocol: 6, Mark: mark}
}

func TestMarksThatOverlapAreTakenApartAndTheFirstCounts(t *testing.T) {
	got := firewall.Disjoint([]firewall.Mark{
		marked("10.0.0.5", "10.0.0.7", 80, 1),
		marked("10.0.0.1", "10.0.0.9", 80, 2),
		marked("10.0.0.1", "10.0.0.9", 81, 3), // another port
		marked("10.0.0.6", "10.0.0.6", 80, 4), // all of it is taken
		marked("255.255.255.254", "255.255.255.255", 80, 5),
		marked("255.255.255.255", "255.255.255.255", 80, 6),
	})
	want := []firewall.Mark{
		marked("10.0.0.1", "10.0.0.4", 80, 2),
		marked("10.0.0.1", "10.0.0.9", 81, 3),
		marked("10.0.0.5", "10.0.0.7", 80, 1),
		marked("10.0.0.8", "10.0.0.9", 80, 2),
		marked("255.255.255.254", "255.255.255.255", 80, 5),
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
}

// Whatever the marks are, each address has the mark of the first that names it, and once.
func TestEveryAddressHasTheFirstMarkThatNamesIt(t *testing.T) {
	at := func(n int) netip.Addr { return netip.AddrFrom4([4]byte{10, 0, 0, byte(n)}) }
	rapid.Check(t, func(t *rapid.T) {
		var marks []firewall.Mark
		first := map[int]uint32{}
		for i := range rapid.IntRange(0, 12).Draw(t, "marks") {
			from := rapid.IntRange(0, 30).Draw(t, "from")
			to := rapid.IntRange(from, 31).Draw(t, "to")
			marks = append(marks, firewall.Mark{First: at(from), Last: at(to), Port: 80, Protocol: 6, Mark: uint32(i + 1)})
			for n := from; n <= to; n++ {
				if first[n] == 0 {
					first[n] = uint32(i + 1)
				}
			}
		}
		got := map[int]uint32{}
		for _, m := range firewall.Disjoint(marks) {
			for a := m.First; a.Compare(m.Last) <= 0; a = a.Next() {
				n := int(a.As4()[3])
				if got[n] != 0 {
					t.Fatalf("%v is there twice", a)
				}
				got[n] = m.Mark
			}
		}
		if diff := cmp.Diff(first, got); diff != "" {
			t.Fatal(diff)
		}
	})
}
