package bfd

// received takes a packet that Parse found nothing wrong with: the rest of RFC 5880 section 6.8.6, in
// its order.
func (c *Core) received(ev *Event) {
	s, fault := c.meant(ev)
	if fault != OK {
		c.discard(s, ev, fault)
		return
	}
	p := &ev.Packet
	s.received++
	s.heardAt = c.now
	s.yours, s.remoteState, s.remoteDiag, s.remoteDemand = p.Mine, p.State, p.Diag, p.Demand
	s.remoteMinTx, s.remoteMinRx, s.remoteMultiplier = p.MinTx, p.MinRx, p.Multiplier
	if p.Final && s.polling {
		c.confirmed(s)
	}
	c.transition(s, p.State)
	if p.Poll {
		c.emit(Action{Kind: Send, Session: s.id, Packet: s.packet(true)})
		s.sent++
	}
	s.expiry = c.now + s.detectionTime()
	c.settle(s)
	c.emit(Action{Kind: Heard, Session: s.id})
}

// meant finds the session of a packet, or says why there is none.
func (c *Core) meant(ev *Event) (*session, Fault) {
	from := ev.From.Unmap().WithZone("")
	s := c.remote[from]
	if ev.Packet.Yours != 0 {
		owner := c.mine[ev.Packet.Yours]
		if owner != nil && owner != s {
			return owner, WrongSource
		}
		s = owner
	}
	switch {
	case s == nil || s.Multihop != ev.Multihop:
		return nil, Unknown
	case !s.near(ev.TTL):
		return s, TooFar
	case ev.Packet.Auth:
		return s, Authenticated
	}
	return s, OK
}

func (c *Core) discard(s *session, ev *Event, fault Fault) {
	c.faults[fault]++
	a := Action{Kind: Discarded, Source: ev.From, Fault: fault, Packet: ev.Packet}
	if s != nil {
		s.discarded++
		a.Session = s.id
	}
	c.emit(a)
}

// confirmed: the neighbour has answered the poll, so that new intervals are in force.
func (c *Core) confirmed(s *session) {
	s.polling = false
	if s.again {
		s.again = false
		c.poll(s)
		return
	}
	s.tx, s.rx = s.saidTx, s.saidRx
}

// transition is the state machine (RFC 5880 section 6.2): one row for each state that we are in.
func (c *Core) transition(s *session, heard State) {
	switch s.state {
	case Down:
		switch heard {
		case Down:
			c.enter(s, Init, s.diag)
		case Init:
			c.enter(s, Up, NoDiag)
		}
	case Init:
		switch heard {
		case AdminDown:
			c.enter(s, Down, NeighbourDown)
		case Init, Up:
			c.enter(s, Up, NoDiag)
		}
	case Up:
		switch heard {
		case AdminDown, Down:
			c.enter(s, Down, NeighbourDown)
		}
	}
}
