package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/ipc"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// runVRRP is the VRRP process.
func runVRRP() int {
	c, first, err := newChild()
	if err != nil {
		fmt.Fprintln(os.Stderr, "holdfast: VRRP process:", err)
		return exitFatal
	}
	var configuration vrrpConfiguration
	if err := first.Decode(&configuration); err != nil {
		fmt.Fprintln(os.Stderr, "holdfast: VRRP process:", err)
		return exitFatal
	}
	c.begin(configuration.Process)
	defer c.sink.Close()
	v := &vrrpChild{child: c, masters: newMasterSender(configuration.Director), done: make(chan error, 1)}
	deps := speaker.Deps{Log: c.log, Director: v.masters, Changed: func(change speaker.Change) {
		v.urgency.heard(change)
		c.tell(ipc.Changes, change)
	}}
	if configuration.Record {
		if deps.Record, err = handedRecording(first.Files); err != nil {
			c.log.Error("nothing is recorded", zap.Error(err))
		}
	}
	v.speaker, err = speaker.New(configuration.Settings, deps)
	if err != nil {
		return c.refuse("VRRP cannot be started", err)
	}
	go func() { v.done <- v.speaker.Run(context.Background()) }()
	c.tell(ipc.Configured, ipc.Outcome{Number: configuration.Number})
	return v.loop()
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

type vrrpChild struct {
	*child
	speaker  *speaker.Speaker
	masters  *masterSender
	done     chan error // Run has returned
	stopping bool
	orphan   bool
}

func (v *vrrpChild) loop() int {
	frames := v.frames
	var alone <-chan time.Time
	for {
		select {
		case f, ok := <-frames:
			if !ok {
				frames = nil
				v.orphan = true
				if !v.stopping {
					alone = v.orphanTimer()
				}
				continue
			}
			v.handle(f)
		case <-alone:
			v.log.Warn("no new parent process took over: handing over and stopping")
			v.stop(true)
		case <-v.signals:
			v.stop(true)
		case err := <-v.done:
			return v.end(err)
		}
	}
}

// stop is asynchronous: the speaker hands over while this process goes on reading.
func (v *vrrpChild) stop(planned bool) {
	v.stopping = true
	go v.speaker.Stop(planned)
}

func (v *vrrpChild) end(err error) int {
	v.masters.close()
	v.drain()
	if v.orphan {
		v.leave()
	}
	if err != nil {
		v.log.Error("VRRP ended", zap.Error(err))
		return exitFatal
	}
	v.log.Info("Stopped")
	return exitOK
}

func (v *vrrpChild) handle(f ipc.Frame) {
	defer v.speaker.Busy()()
	switch f.Kind {
	case ipc.Configure:
		var configuration vrrpConfiguration
		outcome := ipc.Outcome{}
		if err := f.Decode(&configuration); err != nil {
			outcome.Error = err.Error()
		} else {
			outcome.Number = configuration.Number
			v.adapt(configuration.Process)
			v.masters.expect(configuration.Director)
			v.speaker.Reload(configuration.Settings)
		}
		v.tell(ipc.Configured, outcome)
	case ipc.Tracked:
		var sums []speaker.Tracked
		if err := f.Decode(&sums); err != nil {
			v.log.Error("what trackers amount to is not readable", zap.Error(err))
			break
		}
		v.speaker.Track(sums)
	case ipc.Stop:
		var order ipc.StopOrder
		if err := f.Decode(&order); err != nil {
			v.log.Error("the parent's order to stop is not readable: stopping", zap.Error(err))
		}
		v.stop(order.Planned)
	case ipc.StatusRequest:
		var request statusRequest
		if err := f.Decode(&request); err != nil {
			v.log.Warn("the parent's request is not readable", zap.Error(err))
			return
		}
		go func() {
			v.tell(ipc.StatusReply, vrrpStatus{Number: request.Number, Goroutines: runtime.NumGoroutine(), Status: v.speaker.Status()})
			if request.Clear {
				v.speaker.ClearStats()
			}
		}()
	case ipc.Handover:
		v.handover(f)
	case ipc.Peer:
		v.masters.attach(f)
	}
	for _, file := range f.Files {
		file.Close()
	}
}
