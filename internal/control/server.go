package control

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Limits on a connection.
const (
	maxRequest = 64 << 10
	idleLimit  = time.Minute
)

// Server answers on a control socket.
type Server struct {
	listener *net.UnixListener
	handle   func(Request) Reply
	closing  sync.Once
	done     chan struct{}
}

// Listen opens the socket at path with mode 0600 and serves until Close. handle is called by one
// goroutine for each connection. A socket that an earlier process left is replaced.
func Listen(path string, handle func(Request) Reply) (*Server, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("replace control socket: %w", err)
	}
	// Bound under a name of its own and moved when its mode is right: nobody connects before.
	temporary := filepath.Join(filepath.Dir(path), ".control."+fmt.Sprint(os.Getpid()))
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: temporary, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("open control socket: %w", err)
	}
	l.SetUnlinkOnClose(false)
	if err = os.Chmod(temporary, 0o600); err == nil {
		err = os.Rename(temporary, path)
	}
	if err != nil {
		l.Close()
		os.Remove(temporary)
		return nil, fmt.Errorf("open control socket: %w", err)
	}
	s := &Server{listener: l, handle: handle, done: make(chan struct{})}
	go s.serve()
	return s, nil
}

// Close ends the server; requests that are being answered go on.
func (s *Server) Close() error {
	var err error
	s.closing.Do(func() { err = s.listener.Close() })
	<-s.done
	return err
}

func (s *Server) serve() {
	defer close(s.done)
	for {
		c, err := s.listener.AcceptUnix()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(100 * time.Millisecond) // no descriptors: some will be free soon
			continue
		}
		go s.converse(c)
	}
}

func (s *Server) converse(c *net.UnixConn) {
	defer c.Close()
	out := json.NewEncoder(c)
	if err := authorize(c); err != nil {
		_ = out.Encode(Reply{Error: err.Error()})
		return
	}
	in := bufio.NewScanner(c)
	in.Buffer(nil, maxRequest)
	for {
		_ = c.SetReadDeadline(time.Now().Add(idleLimit))
		if !in.Scan() {
			return
		}
		var r Request
		reply := Reply{}
		if err := json.Unmarshal(in.Bytes(), &r); err != nil {
			reply.Error = "the request is not understood: " + err.Error()
		} else {
			reply = s.handle(r)
		}
		_ = c.SetWriteDeadline(time.Now().Add(idleLimit))
		if out.Encode(reply) != nil {
			return
		}
	}
}

// authorize lets root in, and the user as which the daemon runs.
func authorize(c *net.UnixConn) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return fmt.Errorf("read peer credentials: %w", err)
	}
	var peer *unix.Ucred
	var credErr error
	if err := raw.Control(func(fd uintptr) {
		peer, credErr = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	}); err != nil {
		credErr = err
	}
	if credErr != nil {
		return fmt.Errorf("read peer credentials: %w", credErr)
	}
	return allow(peer.Uid, uint32(os.Geteuid()))
}

func allow(peer, own uint32) error {
	if peer != 0 && peer != own {
		return fmt.Errorf("user %d may not use the control socket: it is root's", peer)
	}
	return nil
}
