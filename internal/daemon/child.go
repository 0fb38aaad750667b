package daemon

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"reflect"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/ipc"
	"github.com/holdfast-ha/holdfast/internal/logsink"
	"github.com/holdfast-ha/holdfast/internal/script"
)

// child is what all children have in common: the socket to the parent, its messages, signals.
type child struct {
	name    string // "VRRP"
	conn    *ipc.Conn
	handed  []*os.File     // by the parent: the pid file, which stays locked as long as this process lives, and a recording
	frames  chan ipc.Frame // closed when the parent is gone
	signals chan os.Signal
	outbox  chan message // what goes to the parent without being waited for
	sink    *logsink.Sink
	log     *zap.Logger
	process processSettings
	urgency *urgency

	// Of the loop.
	work     work
	calls    chan func()      // what others want done in the loop
	done     chan error       // the work has ended
	alone    <-chan time.Time // an orphan has to go
	stopping bool
	orphan   bool
}

type message struct {
	kind ipc.Kind
	body any
	take func() any    // where set: makes the body when it is sent
	sent chan struct{} // no message: closed when all before it are sent
}

// outboxSize is how many messages wait for a parent that does not read; further ones are dropped.
const outboxSize = 4096

// newChild takes up the descriptors from the parent, and the configuration, which must be in the first
// frame. A child that cannot be is told of on stderr: there is no log yet; ok is false.
func newChild(name string, configuration any) (c *child, ok bool) {
	c = &child{
		name: name, frames: make(chan ipc.Frame, 16), signals: make(chan os.Signal, 4), outbox: make(chan message, outboxSize),
		calls: make(chan func(), 4), done: make(chan error, 1),
	}
	if err := c.takeUp(configuration); err != nil {
		fmt.Fprintf(os.Stderr, "holdfast: %s process: %v\n", name, err)
		return nil, false
	}
	return c, true
}

func (c *child) takeUp(configuration any) (err error) {
	if err := script.Seal(); err != nil {
		return err
	}
	if c.conn, err = ipc.New(os.NewFile(messageFD, "parent")); err != nil {
		return err
	}
	// The parent tells its children what to do: a signal to all processes of the name must not
	// reach them twice. TERM alone is obeyed.
	signal.Ignore(unix.SIGHUP, unix.SIGINT, unix.SIGUSR1, unix.SIGUSR2, unix.SIGPIPE)
	signal.Notify(c.signals, unix.SIGTERM)
	if err := c.conn.Send(ipc.Waiting, nil); err != nil {
		return err
	}
	first, err := c.conn.Receive()
	switch {
	case err != nil:
		return err
	case first.Kind != ipc.Configure:
		return errors.New("the first message is " + first.Kind.String())
	case len(first.Files) == 0:
		return errors.New("the first message brings no pid file")
	}
	c.handed = first.Files
	startQuickly(int64(len(first.Body)))
	return first.Decode(configuration)
}

// begin applies the process settings and starts reading and writing.
func (c *child) begin(p processSettings) {
	c.process = p
	c.takeName(p)
	c.sink, c.log = p.Log.open()
	if err := p.Sched.apply(); err != nil {
		c.log.Warn("the process settings could not all be applied", zap.Error(err))
	}
	c.urgency = newUrgency(c.log)
	c.urgency.limitTo(p.Sched)
	go c.read()
	go c.write()
	c.giveBackMemory()
}

// adapt applies the scheduling of a new configuration. What was taken out of it stays in force
// until the process is started again.
func (c *child) adapt(p processSettings) {
	if !reflect.DeepEqual(p.Sched, c.process.Sched) {
		if err := p.Sched.apply(); err != nil {
			c.log.Warn("the process settings could not all be applied", zap.Error(err))
		}
	}
	c.urgency.limitTo(p.Sched)
	c.takeName(p)
	c.process = p
	c.giveBackMemory()
}

// giveBackMemory gives what a configuration took on its way in back to the kernel, unless all memory is to
// stay.
func (c *child) giveBackMemory() {
	if c.process.Sched.NoSwap {
		collectAsUsual()
		return
	}
	giveBackMemory()
}

// takeName gives the process the name that is configured, or that of its role.
func (c *child) takeName(p processSettings) { setName(or(p.Name, os.Args[0])) }

func (c *child) read() {
	defer close(c.frames)
	for {
		f, err := c.conn.Receive()
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, unix.ECONNRESET) && !errors.Is(err, os.ErrClosed) {
				c.log.Warn("the connection to the parent process broke", zap.Error(err))
			}
			return
		}
		c.frames <- f
	}
}

func (c *child) write() {
	for m := range c.outbox {
		if m.sent != nil {
			close(m.sent)
			continue
		}
		if m.take != nil {
			m.body = m.take()
		}
		// A parent that is gone is seen by read; there is nobody to tell.
		_ = c.conn.Send(m.kind, m.body)
	}
}

// tell sends a message to the parent without waiting; it is dropped when too many wait.
func (c *child) tell(kind ipc.Kind, body any) { c.post(message{kind: kind, body: body}) }

// post puts a message into the outbox. It reports false when too many wait: the message is dropped.
func (c *child) post(m message) bool {
	select {
	case c.outbox <- m:
		return true
	default:
		c.log.Warn("the parent process does not read: a message to it is dropped", zap.Stringer("message", m.kind))
		return false
	}
}

// drainLimit is how long the end of a child waits for its last messages to be sent.
const drainLimit = time.Second

// drain waits until the parent has been told all: what happens at the end is told to others as well.
func (c *child) drain() {
	m := message{sent: make(chan struct{})}
	limit := time.NewTimer(drainLimit)
	defer limit.Stop()
	select {
	case c.outbox <- m:
	case <-limit.C:
		return
	}
	select {
	case <-m.sent:
	case <-limit.C:
	}
}
