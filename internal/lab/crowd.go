package lab

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// echoQuestion asks a [Server] to answer each line that follows by its name and that line.
const echoQuestion = "echo\n"

// crowdInterval is how long each connection of a crowd waits after an answer before it asks again.
const crowdInterval = time.Second

// Crowd is many long TCP connections, each of which asks something every second and knows what the
// answer must be.
type Crowd struct {
	mu      sync.Mutex
	members []*member
	round   int // counts marks
	over    sync.WaitGroup
}

// member is one connection. The crowd's lock guards what changes.
type member struct {
	number int
	conn   net.Conn
	in     *bufio.Reader
	server string

	asked    time.Time // the open question; zero: there is none
	answered int       // since the mark
	heard    bool      // a question asked since the mark was answered
	longest  time.Duration
	ended    string
	left     bool // by us
}

// CrowdReading is what became of a crowd since its last mark.
type CrowdReading struct {
	Open     int            // connections that are there
	By       map[string]int // those, by server
	Ended    map[string]int // others that we did not close, by what ended them
	Answered int            // questions
	Heard    int            // open connections on which a question asked since was answered
	Longest  time.Duration  // that a question waited for its answer
}

// String is like "200 open (r1 100, r2 100), 812 answers, the longest after 203 ms".
func (r CrowdReading) String() string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(r.By)) {
		parts = append(parts, fmt.Sprintf("%s %d", k, r.By[k]))
	}
	text := fmt.Sprintf("%d open (%s), %d answers, the longest after %d ms", r.Open, strings.Join(parts, ", "), r.Answered, r.Longest.Milliseconds())
	for _, k := range slices.Sorted(maps.Keys(r.Ended)) {
		text += fmt.Sprintf(", %d ended: %s", r.Ended[k], k)
	}
	return text
}

// Crowd opens connections, one after another.
func (h *Host) Crowd(to netip.AddrPort, count int, limit time.Duration) (*Crowd, error) {
	c := &Crowd{}
	h.onClose(c.Close)
	for i := range count {
		m, err := h.joinCrowd(to, limit, i)
		if err != nil {
			return nil, fmt.Errorf("connection %d to %v: %w", i, to, err)
		}
		c.mu.Lock()
		c.members = append(c.members, m)
		c.mu.Unlock()
		c.over.Go(func() { c.converse(m) })
	}
	return c, nil
}

func (h *Host) joinCrowd(to netip.AddrPort, limit time.Duration, number int) (*member, error) {
	conn, err := h.Dial("tcp", to, limit)
	if err != nil {
		return nil, err
	}
	m := &member{number: number, conn: conn, in: bufio.NewReader(conn)}
	_ = conn.SetDeadline(time.Now().Add(limit))
	name, err := m.in.ReadString('\n')
	if err == nil {
		_, err = io.WriteString(conn, echoQuestion)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	_ = conn.SetDeadline(time.Time{})
	m.server = strings.TrimSpace(name)
	return m, nil
}

// converse asks and listens until the connection ends. That nothing comes is no end: TCP tries again
// for a quarter of an hour.
func (c *Crowd) converse(m *member) {
	for k := 0; ; k++ {
		c.mu.Lock()
		round := c.round
		m.asked = time.Now()
		c.mu.Unlock()
		err := m.ask(fmt.Sprintf("%d %d\n", m.number, k))
		c.mu.Lock()
		m.longest = max(m.longest, time.Since(m.asked))
		m.asked = time.Time{}
		if err != nil {
			if !m.left {
				m.ended = kindOf(err)
			}
			c.mu.Unlock()
			m.conn.Close()
			return
		}
		m.answered++
		m.heard = m.heard || round == c.round
		c.mu.Unlock()
		time.Sleep(crowdInterval)
	}
}

func (m *member) ask(question string) error {
	if _, err := io.WriteString(m.conn, question); err != nil {
		return err
	}
	answer, err := m.in.ReadString('\n')
	switch {
	case errors.Is(err, io.EOF):
		return errors.New("closed by the server")
	case err == nil && answer != m.server+" "+question:
		return errors.New("another answer")
	}
	return err
}

// Mark begins a new stretch.
func (c *Crowd) Mark() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.round++
	for _, m := range c.members {
		m.answered, m.heard, m.longest = 0, false, 0
	}
}

// Read tells how the crowd fared since the last mark.
func (c *Crowd) Read() CrowdReading {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := CrowdReading{By: map[string]int{}, Ended: map[string]int{}}
	for _, m := range c.members {
		r.Answered += m.answered
		r.Longest = max(r.Longest, m.longest)
		switch {
		case m.ended != "":
			r.Ended[m.ended]++
			continue
		case m.left:
			continue
		case m.heard:
			r.Heard++
		}
		r.Open++
		r.By[m.server]++
		if !m.asked.IsZero() {
			r.Longest = max(r.Longest, time.Since(m.asked))
		}
	}
	return r
}

// Leave closes the connections to one server, from the client's side.
func (c *Crowd) Leave(server string) {
	c.leave(func(m *member) bool { return m.server == server })
}

// Close closes all connections.
func (c *Crowd) Close() {
	c.leave(func(*member) bool { return true })
	c.over.Wait()
}

func (c *Crowd) leave(who func(*member) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range c.members {
		if who(m) && m.ended == "" {
			m.left = true
			m.conn.Close()
		}
	}
}
