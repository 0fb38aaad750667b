package web

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"golang.org/x/net/netutil"
	"golang.org/x/sys/unix"
)

// Limits on a listener. A handler that streams moves its own write deadline, see
// http.ResponseController.
const (
	maxConnections = 64
	maxHeader      = 16 << 10
	maxBody        = 64 << 10
	headerLimit    = 5 * time.Second  // to send the header
	readLimit      = 10 * time.Second // and the body
	writeLimit     = 30 * time.Second // from the end of the header to the end of the answer
	idleLimit      = 75 * time.Second // between two requests: more than Prometheus's usual interval of a minute
	drainLimit     = 2 * time.Second  // for answers under way at an address that goes
)

// socketMode lets root's group read, such as a proxy that is in it.
const socketMode = 0o660

// endpoint is one listener.
type endpoint struct {
	address  string
	listener net.Listener
	server   *http.Server
	mux      atomic.Pointer[http.Handler]
	done     chan struct{} // Serve has returned
}

// listen opens an address and serves the mux there.
func listen(address string, mux http.Handler, log *zap.Logger) (*endpoint, error) {
	l, err := open(address)
	if err != nil {
		return nil, err
	}
	e := &endpoint{address: address, listener: netutil.LimitListener(l, maxConnections), done: make(chan struct{})}
	e.show(mux)
	leaving := make(chan struct{})
	end := sync.OnceFunc(func() { close(leaving) })
	e.server = &http.Server{
		Handler:           harden(http.MaxBytesHandler(http.HandlerFunc(e.serve), maxBody)),
		MaxHeaderBytes:    maxHeader,
		ReadHeaderTimeout: headerLimit, ReadTimeout: readLimit, WriteTimeout: writeLimit, IdleTimeout: idleLimit,
		BaseContext: func(net.Listener) context.Context {
			return context.WithValue(context.Background(), leavingKey{}, (<-chan struct{})(leaving))
		},
	}
	e.server.ErrorLog, _ = zap.NewStdLogAt(log, zap.WarnLevel) // fails for unknown levels only
	e.server.RegisterOnShutdown(end)
	go func() {
		defer close(e.done)
		if err := e.server.Serve(e.listener); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			log.Error("HTTP: the listener on "+address+" has ended", zap.Error(err))
		}
	}()
	return e, nil
}

type leavingKey struct{}

// Leaving is closed when the listener that a request came through goes: a stream, which has no end of its
// own, has to end then.
func Leaving(r *http.Request) <-chan struct{} {
	c, _ := r.Context().Value(leavingKey{}).(<-chan struct{})
	return c
}

// open binds a TCP address or a unix socket.
func open(address string) (net.Listener, error) {
	if !strings.HasPrefix(address, "/") {
		return net.Listen("tcp", address)
	}
	if err := removeStale(address); err != nil {
		return nil, err
	}
	l, err := net.Listen("unix", address)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(address, socketMode); err != nil {
		l.Close()
		return nil, fmt.Errorf("open socket: %w", err)
	}
	return l, nil
}

// removeStale takes away a socket that an earlier process left, and nothing else.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("look for socket: %w", err)
	case info.Mode().Type() != os.ModeSocket:
		return fmt.Errorf("open socket: %s is there and is no socket", path)
	}
	c, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		c.Close()
		return fmt.Errorf("open socket: another process listens on %s", path)
	}
	if !errors.Is(err, unix.ECONNREFUSED) {
		return fmt.Errorf("look for socket: %w", err)
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("replace socket: %w", err)
	}
	return nil
}

func (e *endpoint) serve(w http.ResponseWriter, r *http.Request) { (*e.mux.Load()).ServeHTTP(w, r) }

// show serves another mux from the next request on.
func (e *endpoint) show(mux http.Handler) { e.mux.Store(&mux) }

// leave gives the address up; connections stay.
func (e *endpoint) leave() { e.listener.Close() }

// close ends the endpoint. Answers under way may take up to limit.
func (e *endpoint) close(limit time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if e.server.Shutdown(ctx) != nil {
		e.server.Close()
	}
	<-e.done
}
