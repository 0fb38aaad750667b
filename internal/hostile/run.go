package hostile

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What a program may take for one case: the most that a limit of the parser allows. Each is far below
// what the input would take without a limit. The time is that on the processor, which does not
// depend on what else the machine does; one that waits for ever is ended after patience.
const (
	mostMB   = 400
	mostTime = time.Minute
	patience = 10 * time.Minute
)

// Run lets a program read every case. It has to end by itself, with a status and not with a signal or
// a panic, within bounds of time and memory, and say what is wrong.
func Run(t *testing.T, program string, options ...string) {
	cases, err := Write(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			var out bytes.Buffer
			cmd := exec.Command(program, append(options, c.File)...)
			cmd.Stdout, cmd.Stderr = &out, &out
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			late := time.AfterFunc(patience, func() { cmd.Process.Kill() })
			defer late.Stop()
			var exit *exec.ExitError
			if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			state := cmd.ProcessState
			peak := state.SysUsage().(*syscall.Rusage).Maxrss >> 10
			took := state.UserTime() + state.SystemTime()
			t.Logf("status %d, %v, %d MB", state.ExitCode(), took.Round(time.Millisecond), peak)
			if state.ExitCode() < 0 || strings.Contains(out.String(), "goroutine ") {
				t.Fatalf("it did not end by itself: %v\n%s", state, head(out.String()))
			}
			if took > mostTime {
				t.Errorf("%v on the processor, want at most %v", took, mostTime)
			}
			if peak > mostMB {
				t.Errorf("%d MB at the peak, want at most %d", peak, mostMB)
			}
			if !strings.Contains(out.String(), c.Says) || c.Says == "" && state.ExitCode() != 0 {
				t.Errorf("status %d, want %q in\n%s", state.ExitCode(), c.Says, head(out.String()))
			}
		})
	}
}

// head is the start of a text.
func head(s string) string {
	if len(s) > 2000 {
		return fmt.Sprintf("%s... (%d bytes)", s[:2000], len(s))
	}
	return s
}
