package daemon

import (
	"slices"
	"sync"

	"github.com/holdfast-ha/holdfast/internal/ipc"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// masterSender is the speaker's Director: it tells the LVS process who is MASTER over the socket
// between the two. Only the newest set counts, so a slow peer gets that and none before it. A new
// peer, after a restart of the LVS process, is told the set at once.
type masterSender struct {
	mu       sync.Mutex
	expected bool // there is, or will be, an LVS process
	latest   ipc.MasterSet
	any      bool // latest was set
	waiting  []waiter
	conn     *ipc.Conn
	wake     chan struct{} // of the current connection's writer
}

// waiter is one caller of Masters; done is closed when set number or a later one is acknowledged.
type waiter struct {
	number uint64
	done   chan struct{}
}

var _ speaker.Director = (*masterSender)(nil)

func newMasterSender(expected bool) *masterSender { return &masterSender{expected: expected} }

// Masters implements speaker.Director. It does no I/O itself.
func (m *masterSender) Masters(instances, groups []string) <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	done := make(chan struct{})
	m.latest = ipc.MasterSet{Number: m.latest.Number + 1, Instances: slices.Clone(instances), Groups: slices.Clone(groups)}
	m.any = true
	if !m.expected {
		close(done)
		return done
	}
	m.waiting = append(m.waiting, waiter{m.latest.Number, done})
	m.signal()
	return done
}

// expect tells whether there is an LVS process at all. Without one nobody waits.
func (m *masterSender) expect(expected bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.expected = expected
	if !expected {
		m.release(m.latest.Number)
	}
}

// attach takes the socket in a Peer frame as the connection from now on.
func (m *masterSender) attach(f ipc.Frame) {
	if len(f.Files) == 0 {
		return
	}
	conn, err := ipc.New(f.Files[0])
	if err != nil {
		return // the parent makes a new pair with the next restart; until then waits run out
	}
	wake := make(chan struct{}, 1)
	m.mu.Lock()
	old := m.conn
	m.conn, m.wake = conn, wake
	if m.any {
		m.signal()
	}
	m.mu.Unlock()
	if old != nil {
		old.Close()
	}
	go m.send(conn, wake)
	go m.receive(conn, wake)
}

// signal wakes the writer; m.mu is held.
func (m *masterSender) signal() {
	if m.conn == nil {
		return
	}
	select {
	case m.wake <- struct{}{}:
	default: // it will see the newest set anyway
	}
}

// send writes the newest set each time it is woken, until the connection ends.
func (m *masterSender) send(conn *ipc.Conn, wake chan struct{}) {
	var sent uint64
	for range wake {
		m.mu.Lock()
		set := m.latest
		m.mu.Unlock()
		if set.Number == sent {
			continue // woken for a set that went out with the one before
		}
		sent = set.Number
		if conn.Send(ipc.Masters, set) != nil {
			return // receive sees the end too
		}
	}
}

// receive reads acknowledgements.
func (m *masterSender) receive(conn *ipc.Conn, wake chan struct{}) {
	for {
		f, err := conn.Receive()
		if err != nil {
			break
		}
		var number uint64
		if f.Kind == ipc.Ack && f.Decode(&number) == nil {
			m.mu.Lock()
			m.release(number)
			m.mu.Unlock()
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.conn == conn {
		m.conn = nil
	}
	conn.Close()
	close(wake) // under the lock and after conn was taken away: signal does not use it any more
}

// release lets those go who wait for a set up to number; m.mu is held.
func (m *masterSender) release(number uint64) {
	m.waiting = slices.DeleteFunc(m.waiting, func(w waiter) bool {
		if w.number <= number {
			close(w.done)
			return true
		}
		return false
	})
}

// close ends the connection: the LVS process sees that VRRP is gone.
func (m *masterSender) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.conn != nil {
		m.conn.Close()
	}
}
