package script

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// killDelay is how long a process group has to end after SIGTERM, as in keepalived.
const killDelay = 2 * time.Second

// Options bounds a run.
type Options struct {
	// Timeout is when the process group gets SIGTERM, and SIGKILL two seconds later; 0: never.
	Timeout time.Duration
	// Output is how many bytes of standard output and error together are kept; what is beyond is
	// read and dropped. 0: both go to /dev/null.
	Output int
}

// Outcome tells how a run ended.
type Outcome struct {
	Status int            // exit status, -1 when there is none
	Signal syscall.Signal // that ended the program, 0 when it exited
	// TimedOut: the timeout was over. Cancelled: the context ended first. The program was sent
	// SIGTERM in both cases, and may still have exited with a status.
	TimedOut, Cancelled bool
	// Err tells why the program could not be run at all.
	Err    error
	Output []byte
}

// OK tells whether the program ran to its end in time and exited with status 0.
func (o Outcome) OK() bool {
	return o.Err == nil && o.Status == 0 && o.Signal == 0 && !o.TimedOut && !o.Cancelled
}

// String says in words how the run ended.
func (o Outcome) String() string {
	switch {
	case o.Err != nil:
		return o.Err.Error()
	case o.TimedOut:
		return "timed out"
	case o.Cancelled:
		return "cancelled"
	case o.Signal != 0:
		return fmt.Sprintf("killed by signal %d (%v)", int(o.Signal), o.Signal)
	}
	return fmt.Sprintf("exited with status %d", o.Status)
}

// Run runs a command to its end in a process group of its own. It returns once the program has
// been reaped, at the latest a little more than two seconds after the timeout or the end of the
// context; nothing of its process group is left running after either. What a program that ends by
// itself leaves behind stays, as in keepalived: it may be a service that the program has started.
func Run(ctx context.Context, c Command, o Options) Outcome {
	if len(c.Args) == 0 {
		return Outcome{Status: -1, Err: errors.New("run command: it is empty")}
	}
	if err := ctx.Err(); err != nil {
		return Outcome{Status: -1, Cancelled: true}
	}
	if name, ok := OpenTest(c.Args); ok {
		return openFile(name)
	}
	limit, stop := ctx, context.CancelFunc(func() {})
	if o.Timeout > 0 {
		limit, stop = context.WithTimeout(ctx, o.Timeout)
	}
	defer stop()
	out := &tail{limit: o.Output}
	end, err := execute(ctx, limit, c, c.Args, out)
	if errors.Is(err, syscall.ENOEXEC) {
		// No #! line: the shell reads it, as system(3) would.
		args := append([]string{"/bin/sh"}, c.Args...)
		if c.Path != "" {
			args[1], c.Path = c.Path, ""
		}
		end, err = execute(ctx, limit, c, args, out)
	}
	outcome := outcomeOf(err)
	outcome.Output = out.kept
	outcome.Cancelled, outcome.TimedOut = end == byContext, end == byTimeout
	return outcome
}

// ending is why a program was told to end.
type ending uint8

const (
	byItself ending = iota
	byTimeout
	byContext
)

// execute starts a program, waits for it, and tells it to end at the end of limit, which is that of ctx
// or earlier. Why is settled at that moment: while the program takes its time ctx may end as well.
func execute(ctx, limit context.Context, c Command, args []string, out *tail) (end ending, err error) {
	cmd := exec.CommandContext(limit, args[0], args[1:]...)
	if c.Path != "" {
		cmd.Path, cmd.Err = c.Path, nil
	}
	cmd.Env = environment(os.Environ())
	cmd.SysProcAttr = attributes(c)
	if out.limit > 0 {
		cmd.Stdout, cmd.Stderr = out, out
	}
	var kill *time.Timer
	cmd.Cancel = func() error {
		if end = byTimeout; ctx.Err() != nil {
			end = byContext
		}
		group := -cmd.Process.Pid
		kill = time.AfterFunc(killDelay, func() { _ = syscall.Kill(group, syscall.SIGKILL) })
		return syscall.Kill(group, syscall.SIGTERM)
	}
	// A grandchild that left the group may hold the output open: it is not waited for.
	cmd.WaitDelay = killDelay + time.Second
	if err := cmd.Start(); err != nil {
		return byItself, fmt.Errorf("run %s: %w", args[0], cause(err))
	}
	err = cmd.Wait()
	if kill != nil && kill.Stop() {
		// The program has ended by itself, its children may not have.
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	}
	return end, err
}

// cause takes the program's name off an error of package exec: the message has it already.
func cause(err error) error {
	var e *exec.Error
	if errors.As(err, &e) {
		return e.Err
	}
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// attributes are the account, the process group, and the signal at the end of the daemon. The
// runtime keeps the thread that starts a process for as long as it runs itself, so that the
// parent's death is that of the daemon.
func attributes(c Command) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	same := int(c.UID) == os.Geteuid() && int(c.GID) == os.Getegid() && c.Groups == nil
	if !same {
		a.Credential = &syscall.Credential{Uid: c.UID, Gid: c.GID, Groups: c.Groups}
	}
	return a
}

// environment is the daemon's own less what changes how programs are loaded or how a shell
// splits words.
func environment(env []string) []string {
	kept := make([]string, 0, len(env))
	for _, v := range env {
		name, _, _ := strings.Cut(v, "=")
		switch name {
		case "IFS", "LD_PRELOAD", "LD_LIBRARY_PATH":
		default:
			kept = append(kept, v)
		}
	}
	return kept
}

// outcomeOf reads what package exec says about the end of a program.
func outcomeOf(err error) Outcome {
	var exit *exec.ExitError
	switch {
	case err == nil || errors.Is(err, exec.ErrWaitDelay):
		return Outcome{}
	case errors.As(err, &exit):
		if w, ok := exit.Sys().(syscall.WaitStatus); ok && w.Signaled() {
			return Outcome{Status: -1, Signal: w.Signal()}
		}
		return Outcome{Status: exit.ExitCode()}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		// The program exited with status 0 after it was told to end.
		return Outcome{}
	}
	return Outcome{Status: -1, Err: err}
}

// openFile is a command that only tests whether a file can be opened.
func openFile(name string) Outcome {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return Outcome{Status: 1, Output: []byte(err.Error())}
	}
	f.Close()
	return Outcome{}
}

// tail keeps the first bytes written to it.
type tail struct {
	limit int
	kept  []byte
}

func (t *tail) Write(b []byte) (int, error) {
	if room := t.limit - len(t.kept); room > 0 {
		t.kept = append(t.kept, b[:min(room, len(b))]...)
	}
	return len(b), nil
}
