package vrrp

import (
	"net/netip"
	"time"

	"github.com/holdfast-ha/holdfast/vrrp/packet"
)

// Verdict is what a received packet is worth for an instance.
type Verdict struct {
	// Accept: it goes to the core, as Advert.
	Accept bool
	// Counter is what to count; also an accepted packet may be odd (AddressError).
	Counter Counter
	// Sum is the form of the checksum that was seen.
	Sum    packet.Sum
	Advert Advert
	// Skew is by how much the sender's clock is ahead, where auth_hmac found it near the end of its
	// window or beyond; else 0.
	Skew time.Duration
}

// Examine parses a VRRP message and checks it for an instance without auth_hmac. It allocates nothing.
func Examine(cfg *Config, meta *packet.Meta, message []byte) Verdict {
	return examine(cfg, true, meta, message)
}

// examine is Examine; known says whether the sender is the master heard before.
func examine(cfg *Config, known bool, meta *packet.Meta, message []byte) Verdict {
	m, err := packet.Parse(message, meta.Source, meta.Destination)
	if err != nil {
		return Verdict{Counter: parseCounter(err)}
	}
	return check(cfg, nil, known, meta, &m)
}

func parseCounter(err error) Counter {
	switch err {
	case packet.ErrVersion:
		return VersionError
	case packet.ErrType:
		return TypeError
	case packet.ErrInterval:
		return IntervalError
	case packet.ErrChecksum:
		return ChecksumError
	}
	return LengthError
}

// Check decides what a parsed message is worth for the instance of cfg, whose VRID it carries
// (RFC 9568 and RFC 3768 section 7.1, as keepalived 2.4 reads them). It allocates nothing.
func Check(cfg *Config, meta *packet.Meta, m *packet.Message) Verdict {
	return check(cfg, nil, true, meta, m)
}

func check(cfg *Config, x *extension, known bool, meta *packet.Meta, m *packet.Message) Verdict {
	v := Verdict{Sum: m.Sum}
	if int(m.Version) != cfg.Version {
		v.Counter = VersionError
		return v
	}
	if m.Sum == packet.PseudoGroup && cfg.NeverOldSum {
		v.Counter = ChecksumError
		return v
	}
	if v.Counter = checkPath(cfg, meta); v.Counter != NoError {
		return v
	}
	if x != nil {
		if v.Counter, v.Skew = x.verify(cfg, meta, m); v.Counter != NoError {
			return v
		}
	}
	if v.Counter = checkAuth(cfg, meta, m); v.Counter != NoError {
		return v
	}
	if m.Version == 2 && m.Interval != cfg.AdvertInt.Truncate(time.Second) {
		// Version 3 learns the interval, version 2 demands that it be the same everywhere.
		v.Counter = IntervalError
		return v
	}
	if m.Count() == 0 && len(cfg.Addresses) > 0 {
		v.Counter = LengthError
		return v
	}
	if !sameAddresses(cfg, known, m) {
		v.Counter = AddressError
	}
	v.Accept = true
	v.Advert = Advert{Source: meta.Source, Priority: m.Priority, Interval: m.Interval, Sequence: meta.Sequence}
	return v
}

// checkPath looks at where the packet came from and how.
func checkPath(cfg *Config, meta *packet.Meta) Counter {
	if cfg.Unicast == meta.Destination.IsMulticast() {
		return SourceError
	}
	if !cfg.Unicast {
		if meta.TTL != packet.TTL && meta.TTL >= 0 {
			return TTLError
		}
		return NoError
	}
	p := cfg.peer(meta.Source.Unmap().WithZone(""))
	switch {
	case p == nil && cfg.CheckSource:
		return SourceError
	case p == nil || meta.TTL < 0:
	case p.MinTTL >= 0 && meta.TTL < p.MinTTL || p.MaxTTL >= 0 && meta.TTL > p.MaxTTL:
		return TTLError
	}
	return NoError
}

// peer is the unicast peer of that address, nil if there is none.
func (cfg *Config) peer(source netip.Addr) *Peer {
	for i := range cfg.Peers {
		if cfg.Peers[i].Addr.WithZone("") == source {
			return &cfg.Peers[i]
		}
	}
	return nil
}

func checkAuth(cfg *Config, meta *packet.Meta, m *packet.Message) Counter {
	if m.Version != 2 {
		return NoError
	}
	switch {
	case m.AuthType > packet.AuthAH:
		return AuthTypeInvalid
	case AuthType(m.AuthType) != cfg.Auth, meta.AH != (cfg.Auth == AH):
		return AuthTypeMismatch
	case cfg.Auth == Pass && m.AuthData != cfg.AuthData:
		return AuthFailure
	case cfg.Auth == AH && packet.VerifyAH(meta.Packet, &cfg.AuthData) != nil:
		return AuthFailure
	}
	return NoError
}

// sameAddresses compares the advertised addresses with the configured ones. As a rule they come in
// the same order; any other order will do. With skip_check_adv_addr only their number counts in what the
// known master sends.
func sameAddresses(cfg *Config, known bool, m *packet.Message) bool {
	if m.Count() != len(cfg.Addresses) {
		return false
	}
	if cfg.SkipCheckAddrs && known {
		return true
	}
	for i, a := range cfg.Addresses {
		if m.Addr(i) != a && !carries(m, a) {
			return false
		}
	}
	return true
}

func carries(m *packet.Message, a netip.Addr) bool {
	for i := range m.Count() {
		if m.Addr(i) == a {
			return true
		}
	}
	return false
}
