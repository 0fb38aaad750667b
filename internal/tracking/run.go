package tracking

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/internal/script"
	"github.com/holdfast-ha/holdfast/track"
)

// run starts a script beside everything else. The core asks for the next run only when this one has
// ended, so there is one at a time.
func (t *Tracker) run(id track.ID, o *object) {
	ctx, command, limit := o.ctx, o.Command, o.Timeout
	if limit <= 0 {
		limit = o.Interval
	}
	t.running.Go(func() {
		ended := t.deps.Run(ctx, command, script.Options{Timeout: limit})
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.closed || ctx.Err() != nil {
			return
		}
		t.step(track.Event{Kind: track.Done, Object: id, Outcome: t.judge(o, ended)})
	})
}

// judge is what the end of a run means. A script that is not there or may not be executed counts as
// a success, as in keepalived, whose child exits with 0 then: measured on 2.2.7. It is said once.
func (t *Tracker) judge(o *object, ended script.Outcome) track.Outcome {
	switch {
	case ended.TimedOut:
		return track.Outcome{End: track.TimedOut}
	case ended.Err != nil && unusable(ended.Err):
		if !o.warned {
			o.warned = true
			t.log.Warn(fmt.Sprintf("Track script %s cannot be executed: it counts as succeeded, as in keepalived", o.Name), zap.Error(ended.Err))
		}
		return track.Outcome{End: track.Exited}
	case ended.Err != nil:
		return track.Outcome{End: track.Unrunnable}
	case ended.Signal != 0:
		return track.Outcome{End: track.Killed, Code: int(ended.Signal)}
	}
	o.warned = false
	return track.Outcome{End: track.Exited, Code: ended.Status}
}

// unusable tells whether it is the script that is at fault, and not the state of the host.
func unusable(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.ENOEXEC)
}
