package notify

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/script"
)

// FIFO is a notify FIFO of a configuration.
type FIFO struct {
	Path      string
	UID, GID  uint32 // owner of a FIFO that is made
	VRRP, LVS bool   // whose lines go there
	// Reader is started with the path as its last argument; nil: none.
	Reader *script.Command
}

// FIFOStats count the lines of a FIFO.
type FIFOStats struct {
	Path    string `json:"path"`
	Written uint64 `json:"written"`
	Dropped uint64 `json:"dropped"` // the FIFO was full
}

// pipe is a FIFO at work.
type pipe struct {
	FIFO
	log     *zap.Logger
	fd      int
	made    bool // by us: ours to remove
	stats   FIFOStats
	missing uint64 // lines dropped since the last one that was written
	reader  *reader
}

// fifoMode is the mode of a FIFO that is made, less the umask.
const fifoMode = 0o644

// open makes the FIFO, if it is not there, and opens it. Writing never waits. That it is open for
// reading as well keeps writes working while nobody reads.
func open(f FIFO, log *zap.Logger) (*pipe, error) {
	p := &pipe{FIFO: f, log: log, stats: FIFOStats{Path: f.Path}}
	switch err := unix.Mkfifo(f.Path, fifoMode); {
	case err == nil:
		p.made = true
	case !errors.Is(err, unix.EEXIST):
		return nil, fmt.Errorf("make FIFO: %w", &os.PathError{Op: "mkfifo", Path: f.Path, Err: err})
	}
	fd, err := unix.Open(f.Path, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0)
	if err == nil {
		p.fd = fd
		if err = p.judge(); err != nil {
			unix.Close(fd)
		}
	}
	if err != nil {
		p.remove()
		return nil, fmt.Errorf("open FIFO: %w", &os.PathError{Op: "open", Path: f.Path, Err: err})
	}
	return p, nil
}

// judge gives a FIFO that was made to its owner, and refuses what is none, or is somebody else's.
func (p *pipe) judge() error {
	var st unix.Stat_t
	if err := unix.Fstat(p.fd, &st); err != nil {
		return err
	}
	switch {
	case st.Mode&unix.S_IFMT != unix.S_IFIFO:
		return errors.New("it is there and is no FIFO")
	case p.made && (p.UID != st.Uid || p.GID != st.Gid):
		return unix.Fchown(p.fd, int(p.UID), int(p.GID))
	case !p.made && st.Uid != uint32(os.Geteuid()) && st.Uid != p.UID:
		return fmt.Errorf("it is there and belongs to uid %d", st.Uid)
	}
	return nil
}

// write writes a line at once, or drops it.
func (p *pipe) write(line string) {
	if _, err := unix.Write(p.fd, []byte(line)); err != nil {
		p.stats.Dropped++
		if p.missing++; p.missing == 1 {
			p.log.Warn("a line for a notify FIFO is dropped: nobody reads it", zap.String("fifo", p.Path), zap.Error(err))
		}
		return
	}
	p.stats.Written++
	if p.missing > 0 {
		p.log.Warn("the notify FIFO is read again", zap.String("fifo", p.Path), zap.Uint64("dropped", p.missing))
		p.missing = 0
	}
}

func (p *pipe) remove() {
	if p.made {
		_ = unix.Unlink(p.Path)
	}
}

// close ends the FIFO. A reader gets what is in it and then its end; it has the limit to go by itself.
func (p *pipe) close(limit time.Duration) {
	p.remove()
	if p.reader != nil {
		p.reader.leaving.Store(true)
	}
	unix.Close(p.fd)
	if p.reader != nil {
		p.reader.stop(limit)
	}
}

// start starts the reader, unless it runs. One that ends is started again by the next reload only, as
// in keepalived: it may have left a process of its own behind.
func (p *pipe) start() {
	if p.Reader == nil || p.reader != nil && p.reader.running() {
		return
	}
	r := &reader{ended: make(chan struct{})}
	var ctx context.Context
	ctx, r.cancel = context.WithCancel(context.Background())
	command := p.Reader.With(p.Path)
	go func() {
		defer close(r.ended)
		o := script.Run(ctx, command, script.Options{})
		if !r.leaving.Load() {
			p.log.Warn("the reader of a notify FIFO has ended", zap.Stringer("script", command), zap.Stringer("outcome", o))
		}
	}()
	p.reader = r
}

// reader is a running notify_fifo_script.
type reader struct {
	cancel  context.CancelFunc
	ended   chan struct{}
	leaving atomic.Bool // it is meant to end
}

func (r *reader) running() bool {
	select {
	case <-r.ended:
		return false
	default:
		return true
	}
}

// stop lets the reader end, for so long, and then ends it.
func (r *reader) stop(limit time.Duration) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-r.ended:
	case <-timer.C:
	}
	r.cancel()
	<-r.ended
}

// fifos are the FIFOs of the configuration in force.
type fifos struct {
	log     *zap.Logger
	pipes   []*pipe
	closing sync.WaitGroup // those that a reload took out, with their readers
}

// use makes the FIFOs those of a configuration. One that stays the same stays open, and so does its
// reader.
func (f *fifos) use(wanted []FIFO) {
	old := f.pipes
	f.pipes = nil
	var made []FIFO
	for _, w := range wanted {
		i := slices.IndexFunc(old, func(p *pipe) bool { return same(p.FIFO, w) })
		if i < 0 {
			made = append(made, w)
			continue
		}
		f.pipes = append(f.pipes, old[i])
		old = slices.Delete(old, i, i+1)
	}
	for _, p := range old {
		p.remove() // now, for the path may be wanted again; the reader may take its time
		p.made = false
		f.closing.Go(func() { p.close(readerLimit) })
	}
	for _, w := range made {
		p, err := open(w, f.log)
		if err != nil {
			f.log.Error("a notify FIFO cannot be used", zap.Error(err))
			continue
		}
		f.pipes = append(f.pipes, p)
	}
	for _, p := range f.pipes {
		p.start()
	}
}

// readerLimit is how long the reader of a FIFO that a reload takes out has to read it to its end.
const readerLimit = time.Second

// same tells whether a FIFO of a new configuration is one of the old; who writes to it may differ.
func same(a, b FIFO) bool {
	if a.Path != b.Path || a.UID != b.UID || a.GID != b.GID || a.VRRP != b.VRRP || a.LVS != b.LVS {
		return false
	}
	if a.Reader == nil || b.Reader == nil {
		return a.Reader == b.Reader
	}
	return slices.Equal(a.Reader.Args, b.Reader.Args) && a.Reader.UID == b.Reader.UID &&
		a.Reader.GID == b.Reader.GID && slices.Equal(a.Reader.Groups, b.Reader.Groups)
}

// write writes a line to the FIFOs of VRRP, or of LVS.
func (f *fifos) write(line string, vrrp bool) {
	for _, p := range f.pipes {
		if vrrp && p.VRRP || !vrrp && p.LVS {
			p.write(line)
		}
	}
}

func (f *fifos) stats() []FIFOStats {
	var s []FIFOStats
	for _, p := range f.pipes {
		s = append(s, p.stats)
	}
	return s
}

// stop ends all, each with the limit for its reader.
func (f *fifos) stop(limit time.Duration) {
	for _, p := range f.pipes {
		f.closing.Go(func() { p.close(limit) })
	}
	f.pipes = nil
	f.closing.Wait()
}
