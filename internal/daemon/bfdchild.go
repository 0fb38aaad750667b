package daemon

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"time"

	"go.uber.org/zap"

	bfdspeaker "github.com/holdfast-ha/holdfast/bfd/speaker"
	"github.com/holdfast-ha/holdfast/internal/ipc"
)

// runBFD is the BFD process.
func runBFD() int {
	c, first, err := newChild()
	if err != nil {
		fmt.Fprintln(os.Stderr, "holdfast: BFD process:", err)
		return exitFatal
	}
	var configuration bfdConfiguration
	if err := first.Decode(&configuration); err != nil {
		fmt.Fprintln(os.Stderr, "holdfast: BFD process:", err)
		return exitFatal
	}
	c.begin(configuration.Process)
	defer c.sink.Close()
	b := &bfdChild{child: c, done: make(chan error, 1)}
	b.speaker, err = bfdspeaker.New(configuration.Settings, bfdspeaker.Deps{
		Log: c.log, Changed: func(sessions []bfdspeaker.Session) { c.tell(ipc.Changes, sessions) },
	})
	if err != nil {
		return c.refuse("BFD cannot be started", err)
	}
	go func() { b.done <- b.speaker.Run(context.Background()) }()
	c.tell(ipc.Configured, ipc.Outcome{Number: configuration.Number})
	return b.loop()
}

type bfdChild struct {
	*child
	speaker  *bfdspeaker.Speaker
	done     chan error // Run has returned
	stopping bool
	orphan   bool
}

func (b *bfdChild) loop() int {
	frames := b.frames
	var alone <-chan time.Time
	for {
		select {
		case f, ok := <-frames:
			if !ok {
				frames, b.orphan = nil, true
				if !b.stopping {
					alone = b.orphanTimer()
				}
				continue
			}
			b.handle(f)
		case <-alone:
			b.log.Warn("no new parent process took over: stopping")
			b.stop()
		case <-b.signals:
			b.stop()
		case err := <-b.done:
			return b.end(err)
		}
	}
}

func (b *bfdChild) stop() {
	b.stopping = true
	go b.speaker.Stop()
}

func (b *bfdChild) end(err error) int {
	b.drain()
	if b.orphan {
		b.leave()
	}
	if err != nil {
		b.log.Error("BFD ended", zap.Error(err))
		return exitFatal
	}
	b.log.Info("Stopped")
	return exitOK
}

func (b *bfdChild) handle(f ipc.Frame) {
	switch f.Kind {
	case ipc.Configure:
		var configuration bfdConfiguration
		outcome := ipc.Outcome{}
		if err := f.Decode(&configuration); err != nil {
			outcome.Error = err.Error()
		} else {
			outcome.Number = configuration.Number
			b.adapt(configuration.Process)
			b.speaker.Reload(configuration.Settings)
		}
		b.tell(ipc.Configured, outcome)
	case ipc.Stop:
		b.stop()
	case ipc.StatusRequest:
		var request statusRequest
		if err := f.Decode(&request); err != nil {
			b.log.Warn("the parent's request is not readable", zap.Error(err))
			return
		}
		go func() {
			b.tell(ipc.StatusReply, bfdStatus{Number: request.Number, Goroutines: runtime.NumGoroutine(), Status: b.speaker.Status()})
		}()
	}
}
