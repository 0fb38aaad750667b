package web

import (
	"net/http"
	"sync"
	"time"

	"go.uber.org/zap"
)

// Part is a part of what is served. Each has an address of its own; two parts with the same address
// share a listener.
type Part uint8

// Parts.
const (
	Metrics Part = 1 << iota // metrics_listen
	Status                   // status_listen
)

// Settings say where to listen. An address is IP:PORT, the absolute path of a unix socket, or empty for
// nowhere.
type Settings struct {
	Metrics, Status string
	// TokenFile has the token for actions; empty: there are none.
	TokenFile string
}

// retryPause is how long to wait before an address that could not be had is tried again: it may be a
// virtual address that is not here yet, or a port that another process is about to leave.
const retryPause = 5 * time.Second

// Server is all that listens for HTTP.
type Server struct {
	log    *zap.Logger
	routes []route
	guard  guard
	names  *ownNames
	pause  time.Duration // retryPause, unless a test is in a hurry

	mu        sync.Mutex
	endpoints map[string]*endpoint // that listen, by address
	wanted    map[string]Part      // by address
	failed    map[string]string    // what was told of an address that could not be had
	retry     *time.Timer
	closed    bool
}

type route struct {
	part    Part
	pattern string
	handler http.Handler
}

// New returns a Server that listens nowhere: see Use.
func New(log *zap.Logger) *Server {
	return &Server{log: log, guard: guard{log: log}, names: systemNames(), pause: retryPause, endpoints: map[string]*endpoint{}, failed: map[string]string{}}
}

// Handle mounts what GET and HEAD of a path show. The pattern is net/http's, without method and host. It
// must be called before Use.
func (s *Server) Handle(part Part, pattern string, h http.Handler) {
	s.routes = append(s.routes, route{part, "GET " + pattern, h})
}

// Action mounts what a POST to a path of the status page does. Only who knows the token gets through.
// It must be called before Use.
func (s *Server) Action(pattern string, h http.Handler) {
	s.routes = append(s.routes, route{Status, "POST " + pattern, s.guard.protect(h)})
}

// Actions tells whether there is a token, without which no action is done.
func (s *Server) Actions() bool { return s.guard.armed() }

// Use listens as the settings say from now on. What listens at an address that stays goes on with its
// connections; requests at one that goes are answered to their end. An address that cannot be had is
// tried again and again. Use does not wait for the network.
func (s *Server) Use(want Settings) {
	s.useToken(want.TokenFile)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wanted = map[string]Part{}
	if want.Metrics != "" {
		s.wanted[want.Metrics] |= Metrics
	}
	if want.Status != "" {
		s.wanted[want.Status] |= Status
	}
	clear(s.failed)
	s.settle()
}

func (s *Server) useToken(path string) {
	if path == "" {
		s.guard.use("")
		return
	}
	token, err := ReadToken(path)
	if err != nil {
		s.log.Error("the status page can only be read: there is no token", zap.Error(err))
	}
	s.guard.use(token)
}

// settle brings what listens to what is wanted; s.mu is held. Those that go leave their port first: the
// next one may be the same port at another address.
func (s *Server) settle() {
	if s.closed {
		return
	}
	for address, e := range s.endpoints {
		if _, stays := s.wanted[address]; !stays {
			delete(s.endpoints, address)
			s.log.Info("HTTP: no longer on " + address)
			go e.close(drainLimit)
			e.leave()
		}
	}
	missing := false
	for address, parts := range s.wanted {
		if e := s.endpoints[address]; e != nil {
			e.show(s.mux(parts))
			continue
		}
		e, err := listen(address, s.mux(parts), s.log)
		if err != nil {
			missing = true
			s.complain(address, err)
			continue
		}
		delete(s.failed, address)
		s.endpoints[address] = e
		s.log.Info("HTTP: " + parts.String() + " on " + address)
	}
	if s.retry != nil {
		s.retry.Stop()
		s.retry = nil
	}
	if missing {
		s.retry = time.AfterFunc(s.pause, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.settle()
		})
	}
}

// complain logs why an address cannot be had, once.
func (s *Server) complain(address string, err error) {
	if s.failed[address] == err.Error() {
		return
	}
	s.failed[address] = err.Error()
	s.log.Error("HTTP: nobody is served on "+address+" yet; trying again", zap.Error(err), zap.Duration("every", s.pause))
}

// mux is what is shown where those parts are served. Metrics are for programs.
func (s *Server) mux(parts Part) http.Handler {
	m := http.NewServeMux()
	programs := map[string]bool{}
	for _, r := range s.routes {
		if r.part&parts != 0 {
			m.Handle(r.pattern, r.handler)
			programs[r.pattern] = r.part == Metrics
		}
	}
	return &hostGuard{names: s.names, next: m, programs: programs}
}

// Close ends all listeners. Requests that are being answered may take up to limit.
func (s *Server) Close(limit time.Duration) {
	s.mu.Lock()
	s.closed = true
	if s.retry != nil {
		s.retry.Stop()
	}
	endpoints := s.endpoints
	s.endpoints = map[string]*endpoint{}
	s.mu.Unlock()
	var all sync.WaitGroup
	for _, e := range endpoints {
		all.Go(func() { e.close(limit) })
	}
	all.Wait()
}

func (p Part) String() string {
	switch p {
	case Metrics:
		return "metrics"
	case Status:
		return "status"
	}
	return "metrics and status"
}
