package watch

import (
	"fmt"
	"slices"
	"time"

	"github.com/holdfast-ha/holdfast/vrrp"
)

// Instance is one of this host's, as it is configured.
type Instance struct {
	vrrp.Config
	// Link is its interface.
	Link string
	// VMAC: it sends from its virtual MAC address.
	VMAC bool
}

// Report is what there is to say of a packet.
type Report struct {
	Advert   Advert
	Findings []Finding
}

// Notice is a finding that no packet brings about.
type Notice struct {
	At      time.Time
	Segment Segment
	Finding Finding
}

// Segment is a virtual router on a link.
type Segment struct {
	Link    string
	VLAN    uint16
	Six     bool
	Unicast bool
	VRID    int
}

func (s Segment) String() string {
	family := "IPv4"
	if s.Six {
		family = "IPv6"
	}
	return fmt.Sprintf("VRID %d %s", s.VRID, family)
}

// maxSegments bounds what is remembered: 4096 virtual routers. Packets of more are judged by themselves.
const maxSegments = 4096

// Analyser judges packets in the order of their times. It is not safe for concurrent use.
type Analyser struct {
	instances []Instance
	// router judges for the instances as the daemon would.
	router   *vrrp.Router
	segments map[Segment]*segment
	// Problems and Adverts count what was seen.
	Adverts, Problems int
}

// New makes an analyser for a host with these instances; it needs none.
func New(instances []Instance) *Analyser {
	configs := make([]vrrp.Config, len(instances))
	for i := range instances {
		configs[i] = instances[i].Config
	}
	return &Analyser{instances: instances, router: vrrp.New(configs, nil), segments: map[Segment]*segment{}}
}

// Packet judges one packet.
func (a *Analyser) Packet(p *Packet) Report {
	advert, bad := read(p)
	r := Report{Advert: advert}
	a.Adverts++
	if bad != "" {
		r.Findings = []Finding{{ID: Malformed, Text: string(bad), New: true}}
		a.Problems++
		return r
	}
	ad := &r.Advert
	j := judge{advert: ad}
	j.alone()
	j.configured(a)
	if s := a.segmentOf(ad); s != nil {
		s.hear(&j)
	}
	r.Findings = j.findings
	for i := range r.Findings {
		if !r.Findings[i].Change {
			a.Problems++
		}
	}
	return r
}

func (a *Analyser) segmentOf(ad *Advert) *segment {
	key := Segment{Link: ad.Link, VLAN: ad.VLAN, Six: ad.six(), Unicast: !ad.Destination.IsMulticast(), VRID: ad.VRID}
	s := a.segments[key]
	if s == nil && len(a.segments) < maxSegments {
		s = &segment{Segment: key}
		a.segments[key] = s
	}
	return s
}

// Advance tells what is missing by now.
func (a *Analyser) Advance(now time.Time) []Notice {
	var all []Notice
	for _, s := range a.segments {
		if s.silentAt.IsZero() || now.Before(s.silentAt) {
			continue
		}
		all = append(all, Notice{At: s.silentAt, Segment: s.Segment, Finding: Finding{
			ID: Silence, New: true, Text: fmt.Sprintf("nobody has advertised for %s", shown(s.silentAt.Sub(s.last))),
		}})
		s.silentAt = time.Time{}
		a.Problems++
	}
	slices.SortFunc(all, func(x, y Notice) int {
		if c := x.At.Compare(y.At); c != 0 {
			return c
		}
		return x.Segment.VRID - y.Segment.VRID
	})
	return all
}

// expected is the instance of this host that a packet concerns, nil if there is none. A tagged packet is
// that of the VLAN's interface. In a capture that does not tell interfaces an instance is known by its
// VRID, where there is only one of it.
func (a *Analyser) expected(ad *Advert) *Instance {
	link := ad.Link
	if ad.VLAN != 0 {
		link = fmt.Sprintf("%s.%d", ad.Link, ad.VLAN)
	}
	var found *Instance
	for i := range a.instances {
		in := &a.instances[i]
		switch {
		case int(in.VRID) != ad.VRID || (in.Family == 6) != ad.six():
		case in.Link == link:
			return in
		case ad.Link == "" && ad.VLAN == 0 && found != nil:
			return nil
		case ad.Link == "" && ad.VLAN == 0:
			found = in
		}
	}
	return found
}
