package lab

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Server answers on a host with the host's name, as a real server in the lab does: every TCP
// connection gets the name and a line end; one that sends "stream" first goes on getting a
// line every 10 ms; one that sends "echo" and a line end gets each further line back behind the
// name; every UDP datagram is answered by the name.
type Server struct {
	Host *Host
	// Accepted counts TCP connections and datagrams, those of checks included.
	Accepted atomic.Int64

	mu      sync.Mutex
	closed  bool
	closers []interface{ Close() error }
}

// streamInterval is the distance of two lines of a stream.
const streamInterval = 10 * time.Millisecond

// Serve starts a server for TCP and UDP on the port. TCP listens on every address of both families;
// UDP on each of the given addresses, because an answer must leave from the address that the
// question went to.
func (h *Host) Serve(port uint16, udp ...netip.Addr) (*Server, error) {
	s := &Server{Host: h}
	err := h.Do(func() error {
		// The family is left open: "tcp" with no address takes both.
		l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", fmt.Sprintf(":%d", port))
		if err != nil {
			return err
		}
		s.keep(l)
		go s.accept(l)
		for _, a := range udp {
			c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(a, port)))
			if err != nil {
				return err
			}
			s.keep(c)
			go s.answer(c)
		}
		return nil
	})
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("%s: serve port %d: %w", h.Name, port, err)
	}
	h.onClose(s.Close)
	return s, nil
}

func (s *Server) keep(c interface{ Close() error }) {
	s.mu.Lock()
	closed := s.closed
	if !closed {
		s.closers = append(s.closers, c)
	}
	s.mu.Unlock()
	if closed {
		c.Close()
	}
}

// Close ends the server: further connections are refused, open ones are closed.
func (s *Server) Close() {
	s.mu.Lock()
	closers := s.closers
	s.closers, s.closed = nil, true
	s.mu.Unlock()
	for _, c := range closers {
		c.Close()
	}
}

func (s *Server) accept(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		s.Accepted.Add(1)
		go s.talk(c)
	}
}

func (s *Server) talk(c net.Conn) {
	s.keep(c)
	defer c.Close()
	if _, err := fmt.Fprintf(c, "%s\n", s.Host.Name); err != nil {
		return
	}
	var question [64]byte
	n, err := c.Read(question[:])
	if rest, ok := strings.CutPrefix(string(question[:n]), echoQuestion); ok && err == nil {
		s.echo(c, io.MultiReader(strings.NewReader(rest), c))
		return
	}
	if err != nil || string(question[:n]) != streamQuestion {
		return
	}
	tick := time.NewTicker(streamInterval)
	defer tick.Stop()
	for range tick.C {
		if _, err := fmt.Fprintf(c, "%s\n", s.Host.Name); err != nil {
			return
		}
	}
}

// echo gives back each line behind the host's name.
func (s *Server) echo(c net.Conn, from io.Reader) {
	in := bufio.NewScanner(from)
	for in.Scan() {
		if _, err := fmt.Fprintf(c, "%s %s\n", s.Host.Name, in.Text()); err != nil {
			return
		}
	}
}

func (s *Server) answer(c *net.UDPConn) {
	var question [2048]byte
	for {
		_, from, err := c.ReadFromUDPAddrPort(question[:])
		if err != nil {
			return
		}
		s.Accepted.Add(1)
		_, _ = c.WriteToUDPAddrPort([]byte(s.Host.Name), from)
	}
}
