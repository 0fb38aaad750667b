package speaker

import (
	"errors"
	"io"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/record"
)

// Recording is where all that goes into the core and comes out of it is written.
type Recording struct {
	To io.Writer
	// Program and Host are for the reader.
	Program, Host string
}

// The most that waits for a slow disk: some seconds of 255 instances at 0.1 s. Beyond it the recording
// ends, since the loop does not wait and a recording with a hole replays as something else.
const (
	recordedEntries = 8192
	recordedActions = 32768
)

// recordPause lets entries come together, so that the writer wakes up seldom.
const recordPause = 50 * time.Millisecond

// recorder takes entries from the loop, which only copies them into memory that is there already, and
// writes them on a goroutine of its own.
type recorder struct {
	out io.Writer
	log *reporter
	// C has an element when there is something to write; it is closed at the end.
	C    chan struct{}
	done chan struct{}
	// patience is how long close waits.
	patience time.Duration

	mu     sync.Mutex
	filled recorded
	over   error // why nothing is recorded any more
	last   time.Duration
	closed bool

	written recorded // the writer's
	text    []byte
}

// recorded is a batch: entries, and their actions one after the other.
type recorded struct {
	entries []recordedEntry
	actions []vrrp.Action
}

type recordedEntry struct {
	kind      record.Kind
	at        time.Duration
	event     vrrp.Event
	instances []vrrp.Config
	groups    []vrrp.GroupConfig
	actions   int // how many of the batch's are its own
}

func newRecorded() recorded {
	return recorded{entries: make([]recordedEntry, 0, recordedEntries), actions: make([]vrrp.Action, 0, recordedActions)}
}

// recordEndLimit is how long the end of a process waits for its recording.
const recordEndLimit = time.Second

var errEnded = errors.New("the recording has ended")

// errOverrun is the end of a recording whose disk is too slow.
var errOverrun = errors.New("the disk is too slow")

func newRecorder(r *Recording, epoch time.Time, log *reporter) *recorder {
	rec := &recorder{out: r.To, log: log, C: make(chan struct{}, 1), done: make(chan struct{}), patience: recordEndLimit, filled: newRecorded(), written: newRecorded()}
	h := record.Header{Program: r.Program, Host: r.Host, Epoch: epoch}
	rec.text, rec.over = record.Append(nil, &record.Entry{Kind: record.Began, Header: h})
	return rec
}

// step records an event and what the core did. A nil recorder records nothing.
func (r *recorder) step(at time.Duration, ev *vrrp.Event, actions []vrrp.Action) {
	if r != nil {
		r.put(&recordedEntry{kind: record.Stepped, at: at, event: *ev}, actions)
	}
}

// configured records a configuration; it is only read from now on.
func (r *recorder) configured(kind record.Kind, at time.Duration, instances []vrrp.Config, groups []vrrp.GroupConfig, actions []vrrp.Action) {
	if r != nil {
		r.put(&recordedEntry{kind: kind, at: at, instances: instances, groups: groups}, actions)
	}
}

func (r *recorder) put(e *recordedEntry, actions []vrrp.Action) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over != nil || r.closed {
		return
	}
	b := &r.filled
	first := len(b.entries) == 0
	if len(b.entries) == cap(b.entries) || len(b.actions)+len(actions) > cap(b.actions) {
		r.over = errOverrun
	} else {
		e.actions = len(actions)
		b.entries = append(b.entries, *e)
		b.actions = append(b.actions, actions...)
		r.last = e.at
	}
	if first {
		select {
		case r.C <- struct{}{}:
		default:
		}
	}
}

// run writes until close, or until something fails.
func (r *recorder) run() {
	defer close(r.done)
	for open := true; open; {
		if _, open = <-r.C; open {
			time.Sleep(recordPause)
		}
		over, err := r.write()
		if err != nil || over != nil {
			r.end(over, err)
			return
		}
	}
	r.end(nil, nil)
}

// write writes what there is. It returns why there is no more to come, if so, and what went wrong.
func (r *recorder) write() (over, err error) {
	r.mu.Lock()
	r.filled, r.written = r.written, r.filled
	over = r.over
	r.mu.Unlock()
	b := &r.written
	actions := b.actions
	for i := range b.entries {
		e := &b.entries[i]
		entry := record.Entry{
			Kind: e.kind, At: e.at, Event: e.event, Instances: e.instances, Groups: e.groups, Actions: actions[:e.actions],
		}
		actions = actions[e.actions:]
		if r.text, err = record.Append(r.text, &entry); err != nil {
			return over, err
		}
	}
	clear(b.entries)
	b.entries, b.actions = b.entries[:0], b.actions[:0]
	_, err = r.out.Write(r.text)
	r.text = r.text[:0]
	return over, err
}

// end writes the last line, unless err says that nothing can be written, and logs an end that nobody
// asked for.
func (r *recorder) end(over, err error) {
	r.mu.Lock()
	r.over = errors.Join(errEnded, over, err)
	e := record.Entry{Kind: record.Ended, At: r.last, Reason: "stopped"}
	r.mu.Unlock()
	if over != nil {
		e.Reason = over.Error()
	}
	if err == nil {
		var text []byte
		if text, err = record.Append(nil, &e); err == nil {
			_, err = r.out.Write(text)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.log != nil && (over != nil || err != nil) {
		r.log.warn("recording has ended; what was written until then is whole", zap.Error(errors.Join(over, err)))
	}
}

// close ends the recording when all is written, or when that takes too long. A nil recorder has
// nothing to end.
func (r *recorder) close() {
	if r == nil {
		return
	}
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	close(r.C)
	select {
	case <-r.done:
	case <-time.After(r.patience):
		r.mu.Lock()
		defer r.mu.Unlock()
		r.log.warn("recording has no end: " + errOverrun.Error())
		r.log = nil // which ends before the writer may
	}
}
