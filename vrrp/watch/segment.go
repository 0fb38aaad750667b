package watch

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/holdfast-ha/holdfast/vrrp/packet"
)

// maxSenders is how many routers of a segment are remembered.
const maxSenders = 16

// segment is what is known of a virtual router.
type segment struct {
	Segment
	senders []*sender // the one heard last is first
	master  netip.Addr
	last    time.Time // when anybody was heard
	// silentAt is when the silence is too long; zero: it is said, or nobody was heard yet.
	silentAt time.Time
}

// sender is what is known of one router.
type sender struct {
	address  netip.Addr
	last     time.Time
	left     bool // the last one had priority 0
	version  int
	priority int
	interval time.Duration
	auth     packet.AuthType
	authData [8]byte
	signed   bool
	sum      packet.Sum
	right    bool
	addrs    []netip.Addr
	sequence uint32
	ah       bool
	standing []ID // what was wrong with the last packet
}

// hear judges a packet by what came before it.
func (s *segment) hear(j *judge) {
	a := j.advert
	if a.Type != packet.Advertisement || a.Version != 2 && a.Version != 3 {
		s.stand(j, nil)
		return
	}
	before := s.find(a.Source)
	s.mixtures(j)
	s.rhythm(j, before)
	s.election(j, before)
	s.stand(j, before)
	s.remember(a, before, j)
}

func (s *segment) find(address netip.Addr) *sender {
	for _, x := range s.senders {
		if x.address == address {
			return x
		}
	}
	return nil
}

// alive tells whether x may still be MASTER: it has not left, and is not late by half an interval.
func (x *sender) alive(now time.Time) bool {
	return !x.left && now.Sub(x.last) <= x.interval*3/2
}

// mixtures compares with the other router that was heard last.
func (s *segment) mixtures(j *judge) {
	a := j.advert
	for _, x := range s.senders {
		if x.address == a.Source {
			continue
		}
		if x.version != a.Version {
			j.wrong(MixedVersion, "version %d, %s has version %d: they do not hear each other", a.Version, x.address, x.version)
			return
		}
		if x.interval != a.Interval && a.Interval != 0 {
			j.wrong(MixedInterval, "interval %s, %s has %s", a.Interval, x.address, x.interval)
		}
		switch {
		case x.auth != a.AuthType:
			j.wrong(MixedAuth, "%s, %s has %s", authName(a.AuthType), x.address, authName(x.auth))
		case x.signed != a.Signed:
			j.wrong(MixedAuth, "%s, but %s", signs(a.Source, a.Signed), signs(x.address, x.signed))
		case a.AuthType == packet.AuthPass && x.authData != a.authData:
			j.wrong(MixedPassword, "another password than that of %s", x.address)
		}
		if a.Version == 3 && !s.Six && x.right && a.Right && x.sum != a.Sum {
			j.wrong(MixedChecksum, "checksum %s, that of %s is %s", formNames[a.Sum], x.address, formNames[x.sum])
		}
		if !sameAddresses(x.addrs, a.Addresses) {
			j.wrong(MixedAddress, "%s", different(x.addrs, a.Addresses,
				fmt.Sprintf("%s sends and it does not", x.address), fmt.Sprintf("it sends and %s does not", x.address)))
		}
		return
	}
}

func sameAddresses(a, b []netip.Addr) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.SortFunc(a, netip.Addr.Compare)
	slices.SortFunc(b, netip.Addr.Compare)
	return slices.Equal(a, b)
}

func authName(t packet.AuthType) string {
	switch t {
	case packet.AuthNone:
		return "no authentication"
	case packet.AuthPass:
		return "auth_type PASS"
	case packet.AuthAH:
		return "auth_type AH"
	}
	return "an unknown authentication"
}

func signs(who netip.Addr, signed bool) string {
	if signed {
		return who.String() + " signs"
	}
	return who.String() + " does not sign"
}

// late is how much longer than its interval a router may take: a quarter, and what a busy host is late.
func late(interval time.Duration) time.Duration { return interval/4 + 20*time.Millisecond }

// rhythm looks at the time since the router's last packet.
func (s *segment) rhythm(j *judge, before *sender) {
	a := j.advert
	if before == nil || before.left {
		return
	}
	gap := a.At.Sub(before.last)
	if s.master == a.Source && gap > before.interval+late(before.interval) && s.senders[0] == before {
		missing := int((gap+before.interval/2)/max(before.interval, 1)) - 1
		j.wrong(Gap, "%s since its last one, the interval is %s: %d missing or late", shown(gap), before.interval, max(missing, 1))
	}
	if a.AH && before.ah && a.Sequence <= before.sequence {
		j.wrong(Replay, "AH sequence number %d after %d", a.Sequence, before.sequence)
	}
}

// crossing is how long a packet may have been on its way when the other was sent.
const crossing = 10 * time.Millisecond

// election tells who is MASTER.
func (s *segment) election(j *judge, before *sender) {
	a := j.advert
	if a.Priority == 0 {
		if before == nil || !before.left {
			j.news(Leaves, "priority 0")
		}
		return
	}
	if before != nil && !before.left && before.priority != a.Priority {
		j.news(Priority, "priority %d, was %d", a.Priority, before.priority)
	}
	rival := s.rival(a)
	switch {
	case s.master == a.Source:
	case !s.master.IsValid():
		j.news(First, "MASTER with priority %d", a.Priority)
	case rival != nil && rival.address == s.master && loses(a, rival):
		if before == nil || before.left || !before.alive(a.At) {
			j.news(Rival, "advertises beside the MASTER %s (priority %d)", rival.address, rival.priority)
		}
	default:
		j.news(Master, "MASTER with priority %d, in place of %s, last heard %s ago", a.Priority, s.master, shown(a.At.Sub(s.lastOf(s.master))))
	}
	if rival != nil && before != nil && before.alive(a.At) && rival.last.After(before.last) &&
		a.At.Sub(rival.last) > min(crossing, rival.interval/4) {
		j.wrong(TwoMasters, "%s (priority %d) advertises as well", rival.address, rival.priority)
	}
}

// rival is another router that advertises now.
func (s *segment) rival(a *Advert) *sender {
	for _, x := range s.senders {
		if x.address != a.Source && x.alive(a.At) {
			return x
		}
	}
	return nil
}

// loses tells whether the sender of a loses an election against x.
func loses(a *Advert, x *sender) bool {
	if a.Priority != x.priority {
		return a.Priority < x.priority
	}
	return a.Source.Compare(x.address) < 0
}

func (s *segment) lastOf(address netip.Addr) time.Time {
	if x := s.find(address); x != nil {
		return x.last
	}
	return s.last
}

// stand marks what is new, and says what is over.
func (s *segment) stand(j *judge, before *sender) {
	for i := range j.findings {
		f := &j.findings[i]
		f.New = f.New || f.ID == Gap || before == nil || !slices.Contains(before.standing, f.ID)
	}
	if before == nil {
		return
	}
	for _, id := range before.standing {
		if id != Gap && !slices.ContainsFunc(j.findings, func(f Finding) bool { return f.ID == id }) {
			j.news(Mended, "no longer: %s", id)
		}
	}
}

// remember keeps what a says.
func (s *segment) remember(a *Advert, x *sender, j *judge) {
	if x == nil {
		if len(s.senders) == maxSenders {
			s.senders = s.senders[:maxSenders-1]
		}
		x = &sender{address: a.Source}
	} else {
		s.senders = slices.DeleteFunc(s.senders, func(o *sender) bool { return o == x })
	}
	s.senders = slices.Insert(s.senders, 0, x)
	rival := s.rival(a)
	if a.Priority != 0 && (rival == nil || rival.address != s.master || !loses(a, rival)) {
		s.master = a.Source
	}
	x.last, x.left, x.version, x.priority = a.At, a.Priority == 0, a.Version, a.Priority
	x.interval, x.auth, x.authData, x.signed = max(a.Interval, 10*time.Millisecond), a.AuthType, a.authData, a.Signed
	x.sum, x.right, x.addrs, x.ah, x.sequence = a.Sum, a.Right, a.Addresses, a.AH, a.Sequence
	x.standing = x.standing[:0]
	for _, f := range j.findings {
		if !f.Change {
			x.standing = append(x.standing, f.ID)
		}
	}
	s.last = a.At
	// The longest that any BACKUP waits: three intervals and the skew time of the least priority.
	unit := x.interval
	if x.version == 2 {
		unit = time.Second
	}
	s.silentAt = a.At.Add(3*x.interval + unit + late(x.interval))
	if x.left {
		s.silentAt = a.At.Add(unit + late(x.interval))
	}
}
