package misc_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/checkers/misc"
	"github.com/holdfast-ha/holdfast/internal/script"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestExitStatusDecides(t *testing.T) {
	cases := []struct {
		name    string
		o       script.Outcome
		dynamic bool
		want    checkers.Result
	}{
		{"0", script.Outcome{}, false, checkers.Result{OK: true}},
		{"1", script.Outcome{Status: 1}, false, checkers.Result{Status: 1, Detail: "exited with status 1"}},
		{"2 without misc_dynamic", script.Outcome{Status: 2}, false, checkers.Result{Status: 2, Detail: "exited with status 2"}},
		{"0 with misc_dynamic", script.Outcome{}, true, checkers.Result{OK: true}},
		{"1 with misc_dynamic", script.Outcome{Status: 1}, true, checkers.Result{Status: 1, Detail: "exited with status 1"}},
		{"2 with misc_dynamic", script.Outcome{Status: 2}, true, checkers.Result{OK: true, HasWeight: true, Status: 2}},
		{"255 with misc_dynamic", script.Outcome{Status: 255}, true, checkers.Result{OK: true, HasWeight: true, Weight: 253, Status: 255}},
		{"signal", script.Outcome{Status: -1, Signal: syscall.SIGSEGV}, true, checkers.Result{Detail: "killed by signal 11 (segmentation fault)"}},
		{"timeout", script.Outcome{Status: 0, TimedOut: true}, true, checkers.Result{Detail: "timed out"}},
		{"timeout with a status", script.Outcome{Status: 12, TimedOut: true}, true, checkers.Result{Status: 12, Detail: "timed out"}},
		{"cancelled", script.Outcome{Cancelled: true}, false, checkers.Result{Detail: "cancelled"}},
		{"missing", script.Outcome{Status: -1, Err: fmt.Errorf("run x: %w", fs.ErrNotExist)}, false,
			checkers.Result{OK: true, Detail: "run x: file does not exist"}},
		{"no processes left", script.Outcome{Status: -1, Err: fmt.Errorf("run x: %w", syscall.EAGAIN)}, false,
			checkers.Result{Detail: "run x: resource temporarily unavailable"}},
		{"anything else", script.Outcome{Status: -1, Err: errors.New("odd")}, false, checkers.Result{Detail: "odd"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, misc.Judge(c.o, c.dynamic)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestScriptIsRun(t *testing.T) {
	command := func(text string) script.Command {
		return script.Command{Args: []string{"/bin/sh", "-c", text}, UID: uint32(os.Geteuid()), GID: uint32(os.Getegid())}
	}
	r := misc.New(misc.Options{Command: command("exit 12"), Timeout: time.Minute, Dynamic: true}).Check(t.Context())
	if !r.OK || !r.HasWeight || r.Weight != 10 || r.Took <= 0 {
		t.Errorf("exit 12: %+v", r)
	}
	r = misc.New(misc.Options{Command: command("sleep 1000"), Timeout: 100 * time.Millisecond}).Check(t.Context())
	if r.OK || r.Detail != "timed out" {
		t.Errorf("sleep beyond the timeout: %+v", r)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r = misc.New(misc.Options{Command: command("exit 0")}).Check(ctx); r.OK {
		t.Errorf("cancelled: %+v", r)
	}
}
