package bfd

import (
	"time"

	"github.com/holdfast-ha/holdfast/internal/due"
)

// session is the running state of one session: the variables of RFC 5880 section 6.8.1.
type session struct {
	due.Entry[session]
	Config
	id   ID
	mine uint32

	state, remoteState State
	diag, remoteDiag   Diag
	// alive is what those who rely on the session are told.
	alive bool
	// yours is 0 until the neighbour was heard, and again when it was not heard for a detection time.
	yours uint32

	// saidTx and saidRx are the intervals that our packets tell; tx and rx are those in force, which
	// may differ until the neighbour has confirmed a poll (section 6.8.3).
	saidTx, saidRx, tx, rx time.Duration
	// polling: packets have P until one with F comes; again: then another poll follows.
	polling, again bool

	remoteMinTx, remoteMinRx time.Duration
	remoteMultiplier         uint8
	remoteDemand             bool

	// due is the next periodic packet; expiry the end of the detection time.
	due, expiry time.Duration
	sentAt      time.Duration
	heardAt     time.Duration // never: not heard
	since       time.Duration // of state
	// planned is the interval that due was planned with; interval and detection are as told last.
	planned, interval, detection time.Duration

	sent, received, discarded, ups, downs uint64
}

// offer says how often to send and to receive from now on. While the session is Up what would harm the
// neighbour's or our own detection waits for the end of a poll: a longer interval of ours, and a
// shorter one of the neighbour's (RFC 5880 section 6.8.3). It tells whether a poll has to begin.
func (s *session) offer(minTx, minRx time.Duration) bool {
	if minTx == s.saidTx && minRx == s.saidRx {
		return false
	}
	s.saidTx, s.saidRx = minTx, minRx
	if s.state != Up {
		s.tx, s.rx = minTx, minRx
		return false
	}
	s.tx, s.rx = min(s.tx, minTx), max(s.rx, minRx)
	return true
}

// wanted are the intervals for the state the session is in.
func (s *session) wanted() (minTx, minRx time.Duration) {
	if s.state == Up {
		return s.MinTx, s.MinRx
	}
	return s.IdleTx, s.MinRx
}

// silent tells whether nothing may be sent of our own accord: a passive session that was not heard
// yet (RFC 5880 section 6.8.7).
func (s *session) silent() bool { return s.Passive && s.yours == 0 }

// txInterval is how often to send, before jitter.
func (s *session) txInterval() time.Duration {
	switch {
	case s.silent():
		return never
	case s.remoteDemand && s.state == Up && s.remoteState == Up && !s.polling:
		return never // RFC 5880 section 6.6
	}
	return txInterval(s.tx, s.remoteMinRx)
}

// detectionTime is how long to wait for a packet; 0 before the first.
func (s *session) detectionTime() time.Duration {
	return detectionTime(s.remoteMultiplier, s.rx, s.remoteMinTx)
}

// packet is what to send now.
func (s *session) packet(final bool) Packet {
	return Packet{
		Diag: s.diag, State: s.state, Poll: s.polling && !final, Final: final,
		Multiplier: s.Multiplier, Mine: s.mine, Yours: s.yours, MinTx: s.saidTx, MinRx: s.saidRx,
	}
}

// plan sets when to send next, and with what interval that was found out.
func (s *session) plan(due, interval time.Duration) { s.due, s.planned = due, interval }

// forget makes the neighbour one that was never heard.
func (s *session) forget() {
	s.yours, s.remoteState = 0, Down
	s.remoteMinTx, s.remoteMinRx, s.remoteMultiplier, s.remoteDemand = 0, unknownMinRx, 0, false
	s.expiry = never
}
