package bfd

import "time"

// Status is a snapshot of one session.
type Status struct {
	Config
	ID                 ID
	State, RemoteState State
	Diag, RemoteDiag   Diag
	// Alive: those who rely on the session take the path for usable. It is so while the session is Up,
	// and goes on when the neighbour has taken the session away.
	Alive       bool
	Mine, Yours uint32
	// Tx is the interval between sent packets before jitter, 0 for none; Detection the detection time,
	// 0 before the neighbour was heard.
	Tx, Detection time.Duration
	// SaidTx and SaidRx are the intervals that our packets tell.
	SaidTx, SaidRx           time.Duration
	RemoteMinTx, RemoteMinRx time.Duration
	RemoteMultiplier         uint8
	RemoteDemand, Polling    bool
	// Since is when the state was entered, Heard when the last packet came (false: none did), on the
	// caller's clock.
	Since, Heard time.Duration
	WasHeard     bool

	Sent, Received, Discarded, Ups, Downs uint64
}

// IDs are the IDs of the sessions, in the order of their configuration.
func (c *Core) IDs() []ID {
	ids := make([]ID, len(c.order))
	for i, s := range c.order {
		ids[i] = s.id
	}
	return ids
}

// Sessions are snapshots of all sessions, in order.
func (c *Core) Sessions() []Status {
	all := make([]Status, 0, len(c.order))
	for _, s := range c.order {
		all = append(all, s.status())
	}
	return all
}

// Session is a snapshot of one session; false: it is not there.
func (c *Core) Session(id ID) (Status, bool) {
	for _, s := range c.order {
		if s.id == id {
			return s.status(), true
		}
	}
	return Status{}, false
}

func (s *session) status() Status {
	tx := s.txInterval()
	if tx == never {
		tx = 0
	}
	st := Status{
		Config: s.Config, ID: s.id, State: s.state, RemoteState: s.remoteState, Diag: s.diag, RemoteDiag: s.remoteDiag, Alive: s.alive,
		Mine: s.mine, Yours: s.yours, Tx: tx, Detection: s.detectionTime(), SaidTx: s.saidTx, SaidRx: s.saidRx,
		RemoteMinTx: s.remoteMinTx, RemoteMinRx: s.remoteMinRx, RemoteMultiplier: s.remoteMultiplier,
		RemoteDemand: s.remoteDemand, Polling: s.polling, Since: s.since,
		Sent: s.sent, Received: s.received, Discarded: s.discarded, Ups: s.ups, Downs: s.downs,
	}
	if s.heardAt != never {
		st.Heard, st.WasHeard = s.heardAt, true
	}
	return st
}

// Discards counts the packets that Step discarded, by fault.
func (c *Core) Discards() [Faults]uint64 { return c.faults }
