package bus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"
	"go.uber.org/zap"
)

// Handler does what is asked. Its methods are called from goroutines of the connection and may wait.
type Handler interface {
	PrintData()
	PrintStats(clear bool)
	Reload()
	// SendGARP announces the addresses of an instance; the error says that there is none.
	SendGARP(instance string) error
	// State is the state of an instance: INIT, BACKUP, MASTER or FAULT; empty: there is none.
	State(instance string) string
}

// Options are what a Service is made of.
type Options struct {
	Name    string // of the service; empty: DefaultName
	Place   Place
	Handler Handler
	Log     *zap.Logger
}

// Times of a Service.
const (
	firstRetry   = time.Second
	longestRetry = 15 * time.Second
)

// queued is how many signals wait for the bus; further ones are dropped.
const queued = 1024

// Service is the presence on the bus.
type Service struct {
	options Options
	events  chan func(*connection) error
	closing chan struct{}
	done    chan struct{}

	mu        sync.Mutex
	instances []Instance
}

// New returns a service for the instances, which does nothing before Run.
func New(o Options, instances []Instance) *Service {
	if o.Name == "" {
		o.Name = DefaultName
	}
	return &Service{options: o, instances: instances, events: make(chan func(*connection) error, queued),
		closing: make(chan struct{}), done: make(chan struct{})}
}

// Run keeps the service on the bus until Close.
func (s *Service) Run() {
	defer close(s.done)
	retry, told := firstRetry, false
	for {
		err := s.connected()
		if err == nil {
			return
		}
		if !told {
			s.options.Log.Warn("D-Bus cannot be used: trying again", zap.Error(err))
		}
		told = true
		select {
		case <-s.closing:
			return
		case <-time.After(retry):
		}
		retry = min(2*retry, longestRetry)
	}
}

// Close says that VRRP has stopped and leaves the bus, within limit.
func (s *Service) Close(limit time.Duration) {
	close(s.closing)
	select {
	case <-s.done:
	case <-time.After(limit):
	}
}

// Tell sends the state that is told of an instance: those of a Handler, STOP or DELETED.
func (s *Service) Tell(instance, state string) {
	s.put(func(c *connection) error { return c.tell(instance, state) })
}

// Use replaces the instances, after a reload.
func (s *Service) Use(instances []Instance) {
	s.mu.Lock()
	s.instances = instances
	s.mu.Unlock()
	s.put(func(c *connection) error {
		if err := c.export(s.current()); err != nil {
			return err
		}
		return c.Emit(s.options.Place.vrrp(), vrrpInterface+".VrrpReloaded")
	})
}

func (s *Service) current() []Instance {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.instances)
}

func (s *Service) put(f func(*connection) error) {
	select {
	case s.events <- f:
	default:
		s.options.Log.Warn("D-Bus signals are dropped: the bus does not take them")
	}
}

// connected is one connection from its beginning to its end; nil: it was to end.
func (s *Service) connected() error {
	conn, err := dbus.ConnectSystemBus()
	if err != nil {
		return fmt.Errorf("connect to the system bus: %w", err)
	}
	defer conn.Close()
	c := &connection{Conn: conn, place: s.options.Place, handler: s.options.Handler}
	if err := c.start(s.options.Name, s.current()); err != nil {
		return err
	}
	s.options.Log.Info("Acquired DBus bus " + s.options.Name)
	return s.serve(conn.Context(), c)
}

func (s *Service) serve(lost context.Context, c *connection) error {
	for {
		select {
		case <-lost.Done():
			return errors.New("the connection to the bus is lost")
		case <-s.closing:
			for len(s.events) > 0 {
				if err := (<-s.events)(c); err != nil {
					return nil // there is nobody left to be told
				}
			}
			_ = c.Emit(c.place.vrrp(), vrrpInterface+".VrrpStopped") // as above
			return nil
		case f := <-s.events:
			if err := f(c); err != nil {
				return fmt.Errorf("send a signal: %w", err)
			}
		}
	}
}
