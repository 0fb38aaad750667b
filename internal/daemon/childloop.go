package daemon

import (
	"context"
	"errors"
	"os"
	"runtime"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/ipc"
)

// work is what a child is there for. Its methods are called in the child's loop, but for halt.
type work interface {
	handle(ipc.Frame)
	orphaned()         // the parent is gone
	halt(planned bool) // may take its time: what runs has ended when the loop hears of it
}

// run tells the parent that it is configured, and does the work until that has ended.
func (c *child) run(w work, main func(context.Context) error, configuration uint64) error {
	c.work = w
	go func() { c.done <- main(context.Background()) }()
	c.tell(ipc.Configured, ipc.Outcome{Number: configuration})
	frames := c.frames
	for {
		select {
		case f, ok := <-frames:
			if !ok {
				frames, c.orphan = nil, true
				w.orphaned()
				continue
			}
			w.handle(f)
		case call := <-c.calls:
			call()
		case <-c.alone:
			c.log.Warn("no new parent process took over: stopping")
			c.stop(true)
		case <-c.signals:
			c.stop(true)
		case err := <-c.done:
			return err
		}
	}
}

// stop has the work end while this process goes on reading.
func (c *child) stop(planned bool) {
	c.stopping = true
	go c.work.halt(planned)
}

// orphaned has a child that lost its parent go in a while.
func (c *child) orphaned() {
	if !c.stopping {
		c.log.Warn("the parent process is gone: going on alone until a new one takes over", zap.Duration("for", c.process.Orphan))
		c.alone = time.After(c.process.Orphan)
	}
}

// ended is the end of a child whose work has ended: its exit status.
func (c *child) ended(err error) int {
	c.drain()
	if c.orphan {
		c.leave()
	}
	if err != nil {
		c.log.Error("the "+c.name+" process ended", zap.Error(err))
		return exitFatal
	}
	c.log.Info("Stopped")
	return exitOK
}

// leave removes the pid file of an orphan, which no parent does any more.
func (c *child) leave() {
	if c.process.PIDFile != "" {
		_ = os.Remove(c.process.PIDFile)
	}
}

// refuse reports why a child cannot work, with the cure where it is known.
func (c *child) refuse(what string, err error) int {
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		c.log.Error(what+": permission denied; run as root, or with the capabilities net_admin and net_raw", zap.Error(err))
		return exitPermission
	}
	c.log.Error(what, zap.Error(err))
	return exitFatal
}

// report answers ipc.StatusRequest, without keeping the loop waiting.
func report[S any](c *child, f ipc.Frame, status func(statusRequest) S) {
	var request statusRequest
	if err := f.Decode(&request); err != nil {
		c.log.Warn("the parent's request is not readable", zap.Error(err))
		return
	}
	go func() {
		c.tell(ipc.StatusReply, statusReply[S]{Number: request.Number, Goroutines: runtime.NumGoroutine(), Status: status(request)})
	}()
}
