package bfd

import (
	"net/netip"
	"time"
)

// Config is one session. Name tells it from others; so does Remote: no two sessions have the same
// neighbour.
type Config struct {
	Name string
	// Local is the address to send from; the zero one leaves it to the kernel.
	Local, Remote netip.Addr
	// MinTx and MinRx are how often to send, and to receive at most, while the session is Up; IdleTx
	// is how often to send while it is not, a second at least (RFC 5880 section 6.8.3).
	MinTx, MinRx, IdleTx time.Duration
	// Multiplier is how many packets the neighbour may miss, 1 to 255.
	Multiplier uint8
	// Passive: say nothing until the neighbour does.
	Passive bool
	// Multihop: the neighbour is beyond the link (RFC 5883), which means another port.
	Multihop bool
	// TTL is that of sent packets; a received one may have MaxHops less. MaxHops 255 takes any.
	TTL, MaxHops uint8
}

// same tells whether two configurations are of one session: what is told or counted may differ.
func (c *Config) same(o *Config) bool {
	return c.Local == o.Local && c.Remote == o.Remote && c.Multihop == o.Multihop
}

// near tells whether a packet with that TTL comes from no further away than allowed.
func (c *Config) near(ttl int) bool {
	return c.MaxHops == 255 || ttl >= int(c.TTL)-int(c.MaxHops)
}

// normalise replaces what would break the arithmetic.
func (c *Config) normalise() {
	c.Multiplier = max(c.Multiplier, 1)
	c.MinTx, c.MinRx = max(c.MinTx, time.Microsecond), max(c.MinRx, 0)
	c.IdleTx = max(c.IdleTx, time.Second, c.MinTx)
}

// Resumed is a session that an earlier process left Up a moment ago, in the words of Status.
type Resumed struct {
	Name                     string
	Mine, Yours              uint32
	RemoteMinTx, RemoteMinRx time.Duration
	RemoteMultiplier         uint8
	// Silent is how long ago the neighbour was heard.
	Silent time.Duration
}

// Detection is how long the neighbour may have been silent.
func (r *Resumed) Detection(c *Config) time.Duration {
	return detectionTime(r.RemoteMultiplier, c.MinRx, r.RemoteMinTx)
}
