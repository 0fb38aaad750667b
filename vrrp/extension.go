package vrrp

import (
	"net/netip"
	"slices"
	"time"

	"github.com/holdfast-ha/holdfast/vrrp/packet"
)

// HMACMode says what happens to advertisements without a trailer. One whose trailer is wrong is
// dropped in every mode.
type HMACMode uint8

// Modes of auth_hmac, in the reverse order of a migration.
const (
	Enforce     HMACMode = iota // signs; what has no trailer is dropped
	Permissive                  // signs; what has none is accepted
	ReceiveOnly                 // does not sign; what has none is accepted
)

// HMAC is auth_hmac: advertisements signed with HMAC-SHA-256, with a stamp against replay (keepalived
// 2.4.2 and later).
type HMAC struct {
	Keys []HMACKey
	// Active is the ID of the key that signs. What others sign may have any of Keys.
	Active uint8
	Mode   HMACMode
	// Window is how far a sender's clock may be off, in whole seconds.
	Window time.Duration
	// Monotonic: clocks are not compared; a sender's stamps have to grow, for ever.
	Monotonic bool
}

// HMACKey is a key of auth_hmac.
type HMACKey struct {
	ID     uint8
	Secret []byte
}

// groupSenders is how many multicast senders are remembered. There is one as a rule, two in an
// election.
const groupSenders = 4

// extension is the running state of auth_hmac: prepared keys, the stamp last sent, and for each sender
// the one last accepted.
type extension struct {
	cfg    *HMAC
	keys   []*packet.Key
	active *packet.Key
	sent   packet.Stamp // 0: nothing yet
	// marks are of the last senders, the latest first. Unicast peers have one each.
	marks []mark
}

type mark struct {
	sender netip.Addr
	last   packet.Stamp
}

// extend prepares auth_hmac as it is configured now. Stamps are kept over a reload, so that what was
// heard before cannot be played again after it.
func (in *instance) extend() {
	cfg, old := in.cfg.HMAC, in.extension
	if in.extension = nil; cfg == nil {
		return
	}
	room := groupSenders
	if in.cfg.Unicast {
		room = len(in.cfg.Peers)
	}
	x := &extension{cfg: cfg, marks: make([]mark, 0, room)}
	for _, k := range cfg.Keys {
		key := packet.NewKey(k.ID, k.Secret)
		x.keys = append(x.keys, key)
		if k.ID == cfg.Active {
			x.active = key
		}
	}
	if old != nil {
		x.sent = old.sent
		for _, m := range old.marks {
			if len(x.marks) < room && (!in.cfg.Unicast || in.cfg.peer(m.sender) != nil) {
				x.marks = append(x.marks, m)
			}
		}
	}
	in.extension = x
}

// Sign appends to b the trailer for a message of id from source; b may be the message itself. One
// trailer does for all destinations. wall is the time since 1970. Where nothing is to be signed b
// stays as it is.
func (r *Router) Sign(b []byte, id ID, wall time.Duration, source netip.Addr, message []byte) []byte {
	in := r.instances[id]
	if in == nil || in.extension == nil || in.extension.active == nil || in.extension.cfg.Mode == ReceiveOnly {
		return b
	}
	return packet.AppendTrailer(b, in.extension.active, in.extension.stamp(wall), source, message)
}

// Signs tells whether advertisements of cfg have a trailer.
func (cfg *Config) Signs() bool { return cfg.HMAC != nil && cfg.HMAC.Mode != ReceiveOnly }

// stamp is the next one to send: the clock's, or one more than the last where the clock has not gone
// on or was set back. If it was set back by more than receivers put up with, growing is of no use: the
// clock's counts again, and receivers have forgotten the last one by then. Stamps that have to grow for
// ever do so.
func (x *extension) stamp(wall time.Duration) packet.Stamp {
	clock := packet.StampAt(wall)
	switch {
	case x.sent == 0, clock.After(x.sent), !x.cfg.Monotonic && x.sent.Ahead(clock) > x.cfg.Window:
		x.sent = clock
	default:
		x.sent++
	}
	return x.sent
}

// Examine parses a VRRP message and checks it for an instance. What auth_hmac remembers of senders
// changes by that. It allocates nothing.
func (r *Router) Examine(id ID, meta *packet.Meta, message []byte) Verdict {
	in := r.find(id)
	if in == nil {
		return Verdict{Counter: SourceError}
	}
	known := meta.Source.Unmap().WithZone("") == in.masterAddr
	if in.extension == nil {
		return examine(&in.cfg, known, meta, message)
	}
	m, err := packet.ParseSigned(message, meta.Source, meta.Destination)
	if err != nil {
		return Verdict{Counter: parseCounter(err)}
	}
	v := check(&in.cfg, in.extension, known, meta, &m)
	if v.Accept && 2*max(v.Skew, -v.Skew) <= in.cfg.HMAC.Window {
		v.Skew = 0
	}
	return v
}

// verify checks the trailer of m. The window comes before the proof, so that a flood of what was
// recorded costs no hashing; the sender's mark comes after it, so that no forgery can move it.
func (x *extension) verify(cfg *Config, meta *packet.Meta, m *packet.Message) (c Counter, skew time.Duration) {
	if m.Trailer == nil {
		if x.cfg.Mode == Enforce {
			return AuthExtMissing, 0
		}
		return NoError, 0
	}
	source := meta.Source.Unmap().WithZone("")
	if cfg.Unicast && cfg.peer(source) == nil {
		return SourceError, 0 // whatever check_unicast_src says: there is no mark for it
	}
	t, err := packet.ParseTrailer(m.Trailer)
	if err != nil {
		return AuthExtMalformed, 0
	}
	clock := packet.StampAt(meta.Wall)
	if !x.cfg.Monotonic {
		if skew = t.Stamp.Ahead(clock); max(skew, -skew) > x.cfg.Window {
			return AuthExtStale, skew
		}
	}
	i := slices.IndexFunc(x.keys, func(k *packet.Key) bool { return k.ID == t.KeyID })
	switch {
	case i < 0:
		return AuthExtUnknownKey, skew
	case !x.keys[i].Verify(m, source):
		return AuthExtInvalid, skew
	case !x.advance(source, t.Stamp, clock):
		return AuthExtReplay, skew
	}
	return NoError, skew
}

// advance moves the mark of a sender to a stamp that was proved. It refuses one that is not later than
// the mark. A mark out of the window says nothing that the window does not: it is forgotten, so that a
// sender whose clock was wrong and is put right is heard again.
func (x *extension) advance(sender netip.Addr, s, clock packet.Stamp) bool {
	i := slices.IndexFunc(x.marks, func(m mark) bool { return m.sender == sender })
	switch {
	case i < 0 && len(x.marks) < cap(x.marks):
		x.marks = append(x.marks, mark{})
		i = len(x.marks) - 1
	case i < 0:
		i = len(x.marks) - 1 // the one that was silent for longest makes room
	default:
		age := clock.Ahead(x.marks[i].last)
		expired := !x.cfg.Monotonic && max(age, -age) > x.cfg.Window
		if !expired && !s.After(x.marks[i].last) {
			return false
		}
	}
	copy(x.marks[1:i+1], x.marks[:i])
	x.marks[0] = mark{sender: sender, last: s}
	return true
}
