package script_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/holdfast-ha/holdfast/internal/script"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// write makes an executable file with a text.
func write(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return name
}

// command runs a program as whoever runs the tests.
func command(args ...string) script.Command {
	return script.Command{Args: args, UID: uint32(os.Geteuid()), GID: uint32(os.Getegid())}
}

func shell(text string) script.Command { return command("/bin/sh", "-c", text) }

func TestOutcomeSaysHowAProgramEnded(t *testing.T) {
	cases := []struct {
		name   string
		c      script.Command
		ok     bool
		status int
		signal syscall.Signal
		text   string
	}{
		{"success", shell("exit 0"), true, 0, 0, "exited with status 0"},
		{"status", shell("exit 7"), false, 7, 0, "exited with status 7"},
		{"signal", shell("kill -USR1 $$"), false, -1, syscall.SIGUSR1, "killed by signal 10"},
		{"no shebang", command(write(t, "exit 3\n")), false, 3, 0, "exited with status 3"},
		{"bare name", command("true"), true, 0, 0, ""},
		{"file that can be opened", command("</etc/passwd"), true, 0, 0, ""},
		{"file that can be opened, blank", command("<", "/etc/passwd"), true, 0, 0, ""},
		{"file that cannot be opened", command("</nosuch"), false, 1, 0, "exited with status 1"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			o := script.Run(t.Context(), c.c, script.Options{Timeout: time.Minute})
			if o.OK() != c.ok || o.Status != c.status || o.Signal != c.signal || o.Err != nil || !strings.HasPrefix(o.String(), c.text) {
				t.Errorf("%+v: %s", o, o)
			}
		})
	}
}

func TestProgramThatCannotBeRunIsAnError(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		c    script.Command
		want error
	}{
		{command("/nosuch/script"), fs.ErrNotExist},
		{command(plain), fs.ErrPermission},
		{command("no-such-program-in-path"), nil},
		{command(), nil},
	}
	for _, c := range cases {
		o := script.Run(t.Context(), c.c, script.Options{})
		if o.OK() || o.Err == nil || o.Status != -1 || c.want != nil && !errors.Is(o.Err, c.want) {
			t.Errorf("%v: %+v", c.c, o)
		}
	}
}

func TestEnvironmentIsCleaned(t *testing.T) {
	t.Setenv("IFS", ":")
	t.Setenv("LD_LIBRARY_PATH", "/nosuch")
	t.Setenv("LD_PRELOAD", "")
	t.Setenv("KEPT", "yes")
	o := script.Run(t.Context(), command("env"), script.Options{Output: 1 << 16})
	if !o.OK() {
		t.Fatal(o)
	}
	for line := range strings.Lines(string(o.Output)) {
		name, _, _ := strings.Cut(line, "=")
		if name == "IFS" || name == "LD_LIBRARY_PATH" || name == "LD_PRELOAD" {
			t.Errorf("environment has %q", line)
		}
	}
	if !strings.Contains(string(o.Output), "KEPT=yes\n") {
		t.Error("the environment is not handed on")
	}
}

func TestProcessGroupIsItsOwn(t *testing.T) {
	o := script.Run(t.Context(), shell("echo $$; cut -d' ' -f5 /proc/$$/stat"), script.Options{Output: 100})
	fields := strings.Fields(string(o.Output))
	if !o.OK() || len(fields) != 2 || fields[0] != fields[1] {
		t.Errorf("%v: pid and group %v", o, fields)
	}
}

func TestNoDescriptorReachesAScript(t *testing.T) {
	leak, err := syscall.Dup(0) // not close-on-exec, as a handed descriptor
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(leak)
	held, err := os.Open("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if err := script.Seal(); err != nil {
		t.Fatal(err)
	}
	o := script.Run(t.Context(), command("ls", "/proc/self/fd"), script.Options{Output: 1000})
	// The fourth is the directory itself.
	if got := strings.Join(strings.Fields(string(o.Output)), " "); got != "0 1 2 3" {
		t.Errorf("%v: descriptors %q", o, got)
	}
}

func TestOutputIsBounded(t *testing.T) {
	o := script.Run(t.Context(), shell("head -c 1000000 /dev/zero; echo end >&2"), script.Options{Output: 10})
	if !o.OK() || len(o.Output) != 10 {
		t.Errorf("%v, %d bytes", o, len(o.Output))
	}
}

// gone waits until a process has ended.
func gone(t *testing.T, pid int) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || strings.Contains(string(stat), ") Z ") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("process %d is still there: %s", pid, stat)
		}
	}
}

// pids are the numbers that a script has written to a file.
func pids(t *testing.T, name string) []int {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	var all []int
	for _, f := range strings.Fields(string(text)) {
		n, err := strconv.Atoi(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, n)
	}
	return all
}

func TestTimeoutEndsTheWholeGroup(t *testing.T) {
	cases := map[string]string{
		"by SIGTERM":                        "sleep 1000 & echo $! $$ >%s; wait",
		"by SIGKILL, where TERM is ignored": "trap '' TERM; sleep 1000 & echo $! $$ >%s; wait",
		"children that outlive it":          "(trap '' TERM; sleep 1000) & echo $! $$ >%s; wait",
	}
	for name, text := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "pids")
			var all []int
			for limit := 500 * time.Millisecond; len(all) < 2; limit *= 4 { // a busy machine may not come so far
				if limit > time.Minute {
					t.Fatalf("the script wrote no pids: %v", all)
				}
				o := script.Run(context.Background(), shell(fmt.Sprintf(text, file)), script.Options{Timeout: limit})
				if o.OK() || !o.TimedOut || o.Cancelled || o.String() != "timed out" {
					t.Errorf("%+v", o)
				}
				all = pids(t, file)
			}
			for _, pid := range all {
				gone(t, pid)
			}
		})
	}
}

func TestExitDuringTermIsStillATimeout(t *testing.T) {
	o := script.Run(t.Context(), shell("trap 'exit 0' TERM; sleep 1000 & wait"), script.Options{Timeout: 500 * time.Millisecond})
	if o.OK() || !o.TimedOut {
		t.Errorf("%+v", o)
	}
}

func TestContextThatEndsAfterTheTimeoutChangesNothing(t *testing.T) {
	// The checks' context ends a second after the timeout, a program that ignores SIGTERM later.
	ctx, cancel := context.WithCancel(t.Context())
	file := filepath.Join(t.TempDir(), "told")
	told := make(chan struct{})
	go func() {
		defer close(told)
		for ctx.Err() == nil {
			if _, err := os.Stat(file); err == nil {
				cancel()
			}
			time.Sleep(time.Millisecond)
		}
	}()
	o := script.Run(ctx, shell("trap 'echo >"+file+"' TERM; while :; do sleep 0.1; done"), script.Options{Timeout: 500 * time.Millisecond})
	if !o.TimedOut || o.Cancelled {
		t.Errorf("%+v", o)
	}
	cancel()
	<-told
}

func TestCancelledRunEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	file := filepath.Join(t.TempDir(), "pids")
	done := make(chan script.Outcome)
	go func() {
		done <- script.Run(ctx, shell("echo $$ >"+file+".tmp; mv "+file+".tmp "+file+"; sleep 1000"), script.Options{})
	}()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		if _, err := os.Stat(file); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the script does not start")
		}
	}
	cancel()
	if o := <-done; o.OK() || !o.Cancelled || o.TimedOut {
		t.Errorf("%+v", o)
	}
	if o := script.Run(ctx, shell("exit 0"), script.Options{}); o.OK() || !o.Cancelled {
		t.Errorf("a run that was cancelled before it began: %+v", o)
	}
}

func TestAccountIsThatOfTheCommand(t *testing.T) {
	if os.Geteuid() != 0 {
		o := script.Run(t.Context(), script.Command{Args: []string{"true"}, UID: 1, GID: 1}, script.Options{})
		if o.OK() || !errors.Is(o.Err, fs.ErrPermission) {
			t.Errorf("another account without being root: %+v", o)
		}
		return
	}
	c := script.Command{Args: []string{"/bin/sh", "-c", "id -u; id -g; id -G"}, UID: 12345, GID: 23456, Groups: []uint32{34567}}
	o := script.Run(t.Context(), c, script.Options{Output: 100})
	if got := strings.Join(strings.Fields(string(o.Output)), " "); got != "12345 23456 23456 34567" {
		t.Errorf("%v: uid, gid and groups %q", o, got)
	}
	c.Groups = nil
	o = script.Run(t.Context(), c, script.Options{Output: 100})
	if got := strings.Join(strings.Fields(string(o.Output)), " "); got != "12345 23456 23456" {
		t.Errorf("%v: without supplementary groups: %q", o, got)
	}
}

func TestCommandShowsAsTyped(t *testing.T) {
	c := script.Command{Args: script.Split(`/bin/x 'a b' c "" it\'s`)}
	if got, want := c.With("GROUP", "two words").String(), `/bin/x 'a b' c '' 'it'\''s' GROUP 'two words'`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if len(c.Args) != 5 {
		t.Errorf("With has changed its command: %q", c.Args)
	}
}

func BenchmarkRun(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if o := script.Run(b.Context(), command("/bin/true"), script.Options{Timeout: time.Minute}); !o.OK() {
			b.Fatal(o)
		}
	}
}
