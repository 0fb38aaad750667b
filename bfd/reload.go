package bfd

import (
	"net/netip"
	"time"

	"github.com/holdfast-ha/holdfast/internal/due"
)

// Reload replaces the sessions and returns out with what follows. A session that was there, to the
// same neighbour from the same address, keeps its state and its ID; new intervals are agreed on by a
// poll. Any other begins anew, Down, unless it is among resumed: that one is Up until its neighbour
// says otherwise or is not heard for a detection time. IDs has the sessions afterwards.
func (c *Core) Reload(now time.Duration, configs []Config, resumed []Resumed, out []Action) []Action {
	c.now = max(c.now, now)
	c.out = out
	before := make(map[string]*session, len(c.order))
	for _, s := range c.order {
		before[s.Name] = s
	}
	kept := make([]*session, len(configs))
	for i := range configs {
		configs[i].normalise()
		if s := before[configs[i].Name]; s != nil && s.same(&configs[i]) {
			kept[i] = s
			delete(before, s.Name)
		}
	}
	// What goes says so first: a new session to the same neighbour is another one.
	for _, s := range c.order {
		if before[s.Name] == s {
			delete(c.mine, s.mine)
			c.close(s)
		}
	}
	c.order, c.due = make([]*session, 0, len(configs)), due.Heap[session]{}
	c.remote = make(map[netip.Addr]*session, len(configs))
	for i := range configs {
		s := kept[i]
		if s == nil {
			s = c.open(configs[i], resumed)
		}
		c.order = append(c.order, s)
		c.remote[s.Remote.Unmap().WithZone("")] = s
		c.due.Add(&s.Entry, s)
		if kept[i] != nil {
			c.reconfigure(s, configs[i])
		}
		c.settle(s)
	}
	c.runDue()
	out, c.out = c.out, nil
	return out
}

// open makes a new session, which sends at once unless it is passive.
func (c *Core) open(cfg Config, resumed []Resumed) *session {
	c.last++
	s := &session{Config: cfg, id: c.last, state: Down, heardAt: never, since: c.now, due: never, Entry: due.Entry[session]{At: never}}
	s.forget()
	for i := range resumed {
		if r := &resumed[i]; r.Name == cfg.Name && r.Mine != 0 && r.Yours != 0 && c.mine[r.Mine] == nil {
			c.resume(s, r)
		}
	}
	for s.mine == 0 || c.mine[s.mine] != nil {
		s.mine = uint32(c.random.next())
	}
	c.mine[s.mine] = s
	s.offer(s.wanted())
	s.planned, s.interval, s.detection = s.txInterval(), s.txInterval(), s.detectionTime()
	if !s.silent() {
		s.due = c.now
	}
	return s
}

// resume goes on where an earlier process was. What the neighbour was told last is not known for
// sure, so it is told again.
func (c *Core) resume(s *session, r *Resumed) {
	s.mine, s.yours = r.Mine, r.Yours
	s.state, s.remoteState, s.alive = Up, Up, true
	s.remoteMinTx, s.remoteMinRx, s.remoteMultiplier = r.RemoteMinTx, r.RemoteMinRx, r.RemoteMultiplier
	s.saidTx, s.saidRx = s.MinTx, s.MinRx
	s.tx, s.rx = s.MinTx, s.MinRx
	s.polling = true
	s.heardAt = c.now - r.Silent
	s.expiry = s.heardAt + s.detectionTime()
}

// reconfigure gives a session that stays other settings.
func (c *Core) reconfigure(s *session, cfg Config) {
	told := s.Multiplier != cfg.Multiplier
	s.Config = cfg
	if s.offer(s.wanted()) {
		c.poll(s)
		told = true
	}
	if told && !s.silent() {
		c.send(s)
	}
	if s.yours != 0 {
		// The neighbour may take a longer interval over before its next packet.
		s.expiry = s.heardAt + s.detectionTime()
	}
}
