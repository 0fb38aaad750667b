package speaker

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/vlan"
)

// TestNSEarHearsAnnouncementsOfOthersAlone: what another host announces by ARP and by neighbour
// advertisement, each address once; neither what this host announces, nor other addresses, nor questions.
func TestNSEarHearsAnnouncementsOfOthersAlone(t *testing.T) {
	four, six, foreign := netip.MustParseAddr("192.0.2.100"), netip.MustParseAddr("2001:db8::100"), netip.MustParseAddr("192.0.2.101")
	lan := vlan.New(t)
	us, other := lan.Host("192.0.2.1/24", "2001:db8::1/64"), lan.Host("192.0.2.2/24", "2001:db8::2/64")
	seen := make(chan spot, 100)
	var end func()
	var index int
	us.Do(func() {
		index = linkIndex(t)
		var err error
		if end, err = (packetEar{}).listen(map[spot]bool{{index, four}: true, {index, six}: true}, func(s spot) { seen <- s }); err != nil {
			t.Error(err)
		}
	})
	if t.Failed() {
		return
	}
	defer end()
	announce := func(h *vlan.Host, addrs ...netip.Addr) {
		h.Do(func() {
			a, err := openAir()
			if err != nil {
				t.Error(err)
				return
			}
			defer a.close()
			for _, addr := range addrs {
				hardware := [6]byte{2, 0, 0, 0, 0, 9}
				data := appendNA(nil, addr, hardware, false)
				if addr.Is4() {
					data = appendARP(nil, addr, hardware)
				}
				if err := a.transmit([]frame{{index: linkIndex(t), data: data}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	announce(us, four, six)
	other.Run("ip", "neigh", "flush", "dev", vlan.Interface)
	other.Run("ping", "-c1", "-W1", "192.0.2.1") // asks, and is asked
	announce(other, foreign, four, four, six, six)
	got := map[spot]int{}
	for limit := time.After(30 * time.Second); len(got) < 2; {
		select {
		case s := <-seen:
			got[s]++
		case <-limit:
			t.Fatalf("heard %v", got)
		}
	}
	if len(seen) > 0 || got[spot{index, four}] != 1 || got[spot{index, six}] != 1 {
		t.Errorf("heard %v, and %d more", got, len(seen))
	}
}

func linkIndex(t *testing.T) int {
	l, err := net.InterfaceByName(vlan.Interface)
	if err != nil {
		t.Error(err)
		return 0
	}
	return l.Index
}
