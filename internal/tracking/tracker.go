package tracking

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/internal/filewatch"
	"github.com/holdfast-ha/holdfast/internal/procmon"
	"github.com/holdfast-ha/holdfast/internal/script"
	"github.com/holdfast-ha/holdfast/track"
)

// coalesce is the least time between two signals of Changed.
const coalesce = 10 * time.Millisecond

// Sum is what all that an instance tracks amounts to.
type Sum struct {
	Instance uint32
	track.Sum
	// Why says so in words.
	Why string
}

// Deps is what a Tracker needs. All may be left out.
type Deps struct {
	Log *zap.Logger
	// Run runs a script; script.Run by default.
	Run func(context.Context, script.Command, script.Options) script.Outcome
	// Proc is the process tree; Poll: do without the process connector.
	Proc string
	Poll bool
}

// Tracker tracks what it is told to by Use, until Close.
type Tracker struct {
	deps    Deps
	log     *zap.Logger
	epoch   time.Time
	changed chan struct{}

	mu      sync.Mutex // of all that follows
	core    track.Core
	out     []track.Action
	objects map[track.ID]*object
	sums    map[uint32]bool // instances with a sum that was not taken
	timer   *time.Timer     // of the core's deadline
	signal  *time.Timer     // of a signal that is held back
	last    time.Time       // when Changed was signalled
	files   *filewatch.Watcher
	procs   *procmon.Monitor
	closed  bool
	running sync.WaitGroup // scripts
}

// object is a tracked object in force.
type object struct {
	Object
	ctx    context.Context // of its runs
	cancel context.CancelFunc
	warned bool     // that it cannot be run
	users  []string // instances that track it
}

// New returns a Tracker that tracks nothing.
func New(d Deps) *Tracker {
	if d.Log == nil {
		d.Log = zap.NewNop()
	}
	if d.Run == nil {
		d.Run = script.Run
	}
	return &Tracker{
		deps: d, log: d.Log, epoch: time.Now(), changed: make(chan struct{}, 1),
		objects: map[track.ID]*object{}, sums: map[uint32]bool{},
	}
}

func (t *Tracker) now() time.Duration { return time.Since(t.epoch) }

// Use tracks what the settings say from now on. What is unchanged keeps its state; a script that is
// not there any more is ended. Files have been read and processes counted when it returns, so that
// only new scripts are without a result.
func (t *Tracker) Use(s Settings) {
	t.stopWatching()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return
	}
	t.act(t.core.Reload(t.now(), s.core(), nil), &s)
	t.watchFiles(&s)
	t.watchProcesses(&s)
	t.arm()
}

// stopWatching ends the callbacks of files and processes; t.mu is not held, for they wait for it.
func (t *Tracker) stopWatching() {
	t.mu.Lock()
	files, procs := t.files, t.procs
	t.files, t.procs = nil, nil
	t.mu.Unlock()
	if files != nil {
		files.Close()
	}
	if procs != nil {
		procs.Close()
	}
}

// adopt makes the objects of new settings those in force; what is gone is ended.
func (t *Tracker) adopt(s *Settings) {
	before := t.objects
	t.objects = make(map[track.ID]*object, len(s.Objects))
	for i, id := range t.core.IDs() {
		o := before[id]
		if o == nil {
			o = &object{}
			o.ctx, o.cancel = context.WithCancel(context.Background())
			t.initFile(&s.Objects[i])
		}
		o.Object = s.Objects[i]
		o.users = s.users(i)
		t.objects[id] = o
	}
	for id, o := range before {
		if t.objects[id] == nil {
			o.cancel()
		}
	}
}

// initFile makes a file that has to be there from the start.
func (t *Tracker) initFile(o *Object) {
	if o.Kind != track.File || !o.Init {
		return
	}
	if err := filewatch.Create(o.Path, fmt.Sprintf("%d\n", o.InitValue), o.Overwrite); err != nil {
		t.log.Warn(fmt.Sprintf("Track file %s cannot be made", o.Name), zap.Error(err))
	}
}

// step gives the core an event; t.mu is held.
func (t *Tracker) step(ev track.Event) {
	t.out = t.core.Step(t.now(), ev, t.out[:0])
	t.act(t.out, nil)
	t.arm()
}

// tell is step for those who do not hold t.mu.
func (t *Tracker) tell(ev track.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.closed {
		t.step(ev)
	}
}

// arm sets the timer for the core's next deadline.
func (t *Tracker) arm() {
	at, ok := t.core.Next()
	switch {
	case !ok && t.timer != nil:
		t.timer.Stop()
	case !ok:
	case t.timer == nil:
		t.timer = time.AfterFunc(max(at-t.now(), 0), func() { t.tell(track.Event{}) })
	default:
		t.timer.Reset(max(at-t.now(), 0))
	}
}

// act does what the core says. After a reload s are the settings that it was given.
func (t *Tracker) act(actions []track.Action, s *Settings) {
	if s != nil {
		t.adopt(s)
		for _, in := range s.Instances {
			t.sums[in.ID] = true // the words may differ even where the sum does not
		}
	}
	for i := range actions {
		switch a := &actions[i]; a.Kind {
		case track.Run:
			t.run(a.Object, t.objects[a.Object])
		case track.Summed:
			t.sums[a.Instance] = true
		default:
			t.report(a, t.objects[a.Object])
		}
	}
	if len(t.sums) > 0 {
		t.raise()
	}
}

// raise signals Changed, but not too often.
func (t *Tracker) raise() {
	if t.signal != nil {
		return // it is on its way
	}
	if wait := coalesce - time.Since(t.last); wait > 0 {
		t.signal = time.AfterFunc(wait, func() {
			t.mu.Lock()
			defer t.mu.Unlock()
			t.signal = nil
			t.raise()
		})
		return
	}
	t.last = time.Now()
	select {
	case t.changed <- struct{}{}:
	default:
	}
}

// Changed has an element when there is something to Take.
func (t *Tracker) Changed() <-chan struct{} { return t.changed }

// Take returns the sums that have changed since the last Take.
func (t *Tracker) Take() []Sum {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []Sum
	for id := range t.sums {
		all = append(all, t.sum(id))
	}
	clear(t.sums)
	return all
}

// Sums returns the sums of all instances.
func (t *Tracker) Sums() []Sum {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []Sum
	for _, id := range t.core.InstanceIDs() {
		all = append(all, t.sum(id))
	}
	return all
}

func (t *Tracker) sum(id uint32) Sum {
	return Sum{Instance: id, Sum: t.core.Sum(id), Why: t.core.Why(id)}
}

// Tell gives the state of an object of kind BFD, which somebody else finds out.
func (t *Tracker) Tell(name string, up bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for id, o := range t.objects {
		if o.Kind == track.BFD && o.Name == name && !t.closed {
			t.step(track.Event{Kind: track.Told, Object: id, Up: up})
		}
	}
}

// Close ends everything: scripts that run are told to end, and are waited for.
func (t *Tracker) Close() {
	t.stopWatching()
	t.mu.Lock()
	t.closed = true
	if t.timer != nil {
		t.timer.Stop()
	}
	if t.signal != nil {
		t.signal.Stop()
	}
	for _, o := range t.objects {
		o.cancel()
	}
	t.mu.Unlock()
	t.running.Wait()
}
