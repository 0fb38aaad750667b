package speaker

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/bfd"
	"github.com/holdfast-ha/holdfast/internal/bootfile"
	"github.com/holdfast-ha/holdfast/internal/mmsg"
	"github.com/holdfast-ha/holdfast/internal/poller"
)

// Deps is what a Speaker needs of its process.
type Deps struct {
	Log *zap.Logger
	// Changed is told of sessions that go up or down, and of all when settings are taken over.
	// It is called by the loop and must not block. It may be nil.
	Changed func([]Session)
}

// Speaker runs the BFD sessions of a host. Its methods may be called from any goroutine.
type Speaker struct {
	loop    *loop
	first   Settings
	running atomic.Bool
	ended   chan struct{}
}

// New opens what a Speaker needs. Nothing is sent or heard before Run.
func New(s Settings, d Deps) (*Speaker, error) {
	if d.Log == nil {
		d.Log = zap.NewNop()
	}
	if d.Changed == nil {
		d.Changed = func([]Session) {}
	}
	var seed [8]byte
	if _, err := rand.Read(seed[:]); err != nil {
		return nil, err
	}
	p, err := poller.New()
	if err != nil {
		return nil, err
	}
	l := &loop{
		core: bfd.New(binary.NativeEndian.Uint64(seed[:])), epoch: time.Now(), boot: bootfile.Now(), poller: p, log: d.Log,
		changed: d.Changed, receivers: map[receiverKey]*receiver{}, wanted: map[receiverKey][]neighbour{},
		refused: map[receiverKey]bool{}, senders: map[bfd.ID]*sender{}, slots: map[bfd.ID]*slot{},
		batch: mmsg.New(batchSize, packetSize, controlSize), actions: make([]bfd.Action, 0, 64), lastSaid: map[complaint]time.Duration{},
	}
	if l.state, err = openState(s.StateFile); err != nil {
		d.Log.Warn("sessions will not outlive this process", zap.Error(err))
		l.state, _ = openState("")
	}
	return &Speaker{loop: l, first: s, ended: make(chan struct{})}, nil
}

// Run works until Stop, or until ctx is done: then neighbours are not told, as after a crash. It can be
// called once.
func (s *Speaker) Run(ctx context.Context) error {
	if !s.running.CompareAndSwap(false, true) {
		return errors.New("run BFD: it runs already, or did")
	}
	defer close(s.ended)
	l := s.loop
	release := context.AfterFunc(ctx, func() { l.post(func() { l.stopping = true }) })
	defer release()
	l.configure(&s.first, l.state.resumable(bootfile.Now(), s.first.Sessions))
	l.run()
	l.finish()
	return nil
}

// Reload replaces the settings. What is in both goes on undisturbed.
func (s *Speaker) Reload(settings Settings) {
	s.loop.post(func() { s.loop.configure(&settings, nil) })
}

// Stop ends Run and waits until it has returned. Neighbours are told that their sessions are
// administratively down.
func (s *Speaker) Stop() {
	s.loop.post(s.loop.stop)
	if s.running.Load() {
		<-s.ended
	}
}

// Status is a snapshot. It is empty when Run does not run.
func (s *Speaker) Status() Status {
	answer := make(chan Status, 1)
	if !s.running.Load() || !s.loop.post(func() { answer <- s.loop.status() }) {
		return Status{}
	}
	return <-answer
}
