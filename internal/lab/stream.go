package lab

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"
)

// streamQuestion asks a [Server] to go on talking.
const streamQuestion = "stream"

// Stream is a long TCP connection on which the server talks every 10 ms.
type Stream struct {
	conn net.Conn

	mu     sync.Mutex
	bytes  int64
	last   time.Time
	worst  time.Duration
	ended  error
	closed bool
	over   chan struct{}
}

// StreamReading is what became of a stream.
type StreamReading struct {
	Bytes   int64
	Longest time.Duration // between two arrivals
	Ended   error         // nil: still open
}

// Stream opens a long connection.
func (h *Host) Stream(to netip.AddrPort, limit time.Duration) (*Stream, error) {
	c, err := h.Dial("tcp", to, limit)
	if err != nil {
		return nil, err
	}
	if _, err := io.WriteString(c, streamQuestion); err != nil {
		c.Close()
		return nil, err
	}
	s := &Stream{conn: c, last: time.Now(), over: make(chan struct{})}
	go s.read()
	h.onClose(s.Close)
	return s, nil
}

func (s *Stream) read() {
	defer close(s.over)
	buffer := make([]byte, 4096)
	for {
		n, err := s.conn.Read(buffer)
		now := time.Now()
		s.mu.Lock()
		s.bytes += int64(n)
		s.worst = max(s.worst, now.Sub(s.last))
		s.last = now
		if err != nil && !s.closed {
			s.ended = err
			if errors.Is(err, io.EOF) {
				s.ended = errors.New("closed by the server")
			}
		}
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// Mark begins a new stretch.
func (s *Stream) Mark() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bytes, s.worst = 0, 0
}

// Read tells how the stream went since the last mark.
func (s *Stream) Read() StreamReading {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := StreamReading{Bytes: s.bytes, Longest: s.worst, Ended: s.ended}
	if s.ended == nil {
		r.Longest = max(r.Longest, time.Since(s.last))
	}
	return r
}

// Close ends the stream from the client's side.
func (s *Stream) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.conn.Close()
	<-s.over
}
