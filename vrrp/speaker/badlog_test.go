package speaker

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/packet"
)

// TestBadPacketsAreLoggedOnceAMinuteOfEachKind and counted each time.
func TestBadPacketsAreLoggedOnceAMinuteOfEachKind(t *testing.T) {
	in := testInstance(7, "192.0.2.100/32")
	in.Version, in.AdvertInt = 2, 100*time.Second
	l, w := testLoop(t, &Settings{Instances: []Instance{in}})
	core, _ := observer.New(zap.WarnLevel)
	l.log = newReporter(zap.New(core))
	other := in
	other.Addresses = []netip.Addr{netip.MustParseAddr("192.0.2.9")}
	kinds := map[string][]byte{
		badText[vrrp.TTLError]:      advert(&in, 200, func(ip *packet.IPv4, _ *packet.Header) { ip.TTL = 254 }),
		badText[vrrp.IntervalError]: advert(&in, 200, func(_ *packet.IPv4, h *packet.Header) { h.Interval = time.Second }),
		badText[vrrp.AddressError]:  advert(&other, 200, nil),
		"":                          advert(&in, 200, nil), // of which there is nothing to say
	}
	for _, what := range []string{"at first", "a minute later"} {
		var want []string
		for text, b := range kinds {
			for w.packet, w.left = b, 50; w.left > 0; {
				l.read(l.station1())
			}
			if text != "" {
				want = append(want, "(VI_7) "+text)
			}
		}
		var got []string
		for len(l.log.records) > 0 {
			got = append(got, (<-l.log.records).text)
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: logged %q, want %q", what, got, want)
		}
		l.epoch = l.epoch.Add(-logInterval)
	}
	if s := l.status().Instances[0].Stats; s.TTLErrors != 100 || s.IntervalErrors != 100 || s.AddressErrors != 100 {
		t.Errorf("not all are counted: %+v", s)
	}
}
