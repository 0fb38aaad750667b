package tracking

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/holdfast-ha/holdfast/internal/procmon"
	"github.com/holdfast-ha/holdfast/internal/script"
	"github.com/holdfast-ha/holdfast/track"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// runner is a script that ends when it is told to.
type runner struct {
	mu       sync.Mutex
	now      int // running
	most     int
	commands []string
	outcome  chan script.Outcome
}

func newRunner() *runner { return &runner{outcome: make(chan script.Outcome)} }

func (r *runner) run(ctx context.Context, c script.Command, _ script.Options) script.Outcome {
	r.mu.Lock()
	r.now++
	r.most = max(r.most, r.now)
	r.commands = append(r.commands, c.String())
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		r.now--
		r.mu.Unlock()
	}()
	select {
	case o := <-r.outcome:
		return o
	case <-ctx.Done():
		return script.Outcome{Status: -1, Cancelled: true}
	}
}

func newTracker(t *testing.T, d Deps) *Tracker {
	tr := New(d)
	t.Cleanup(tr.Close)
	return tr
}

// settings has one instance that tracks all objects with weights -1, -10, -100 and so on.
func settings(objects ...Object) Settings {
	s := Settings{Objects: objects}
	in := track.Instance{ID: 1, Name: "VI_1"}
	weight := -1
	for i := range objects {
		in.Uses = append(in.Uses, track.Use{Object: i, Weight: weight})
		weight *= 10
	}
	s.Instances = []track.Instance{in}
	return s
}

func scriptObject(command string) Object {
	return Object{
		Object:  track.Object{Kind: track.Script, Name: "chk", Source: command, Interval: 10 * time.Millisecond, Timeout: time.Hour},
		Command: script.Command{Args: []string{command}},
	}
}

func wait(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 30s: %s", what)
		}
	}
}

func (t *Tracker) why(id uint32) string {
	for _, s := range t.Sums() {
		if s.Instance == id {
			return s.Why
		}
	}
	return "not there"
}

func TestResultOfAScriptIsToldWithItsReason(t *testing.T) {
	r := newRunner()
	tr := newTracker(t, Deps{Run: r.run})
	tr.Use(settings(scriptObject("/chk")))
	tr.Take()
	r.outcome <- script.Outcome{Status: 3}
	wait(t, "it is told", func() bool {
		select {
		case <-tr.Changed():
		default:
			return false
		}
		sums := tr.Take()
		return len(sums) == 1 && sums[0] == Sum{Instance: 1, Sum: track.Sum{Weight: -1}, Why: "script chk failed -1"}
	})
	if got := tr.Status().Objects[0].Result; got != "failed (exited with status 3)" {
		t.Errorf("the result is %q", got)
	}
}

func TestScriptRunsOnceAtATime(t *testing.T) {
	r := newRunner()
	tr := newTracker(t, Deps{Run: r.run})
	tr.Use(settings(scriptObject("/chk")))
	wait(t, "runs are skipped", func() bool { return tr.Status().Objects[0].Skips > 3 })
	for range 20 {
		r.outcome <- script.Outcome{}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.most != 1 {
		t.Errorf("%d runs at the same time", r.most)
	}
}

func TestChangedScriptIsEndedAndTheNewOneRun(t *testing.T) {
	r := newRunner()
	tr := newTracker(t, Deps{Run: r.run})
	tr.Use(settings(scriptObject("/old")))
	r.outcome <- script.Outcome{}
	tr.Use(settings(scriptObject("/old"))) // unchanged
	tr.Use(settings(scriptObject("/new")))
	wait(t, "only the new one runs", func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.now == 1 && r.commands[len(r.commands)-1] == "/new"
	})
	if got := tr.why(1); got != "" {
		t.Errorf("a script without a result says %q", got)
	}
}

func TestScriptThatIsNotThereCountsAsSucceededAndIsToldOfOnce(t *testing.T) {
	core, logs := observer.New(zap.InfoLevel)
	r := newRunner()
	tr := newTracker(t, Deps{Run: r.run, Log: zap.New(core)})
	tr.Use(settings(scriptObject("/chk")))
	for range 3 {
		r.outcome <- script.Outcome{Status: -1, Err: fmt.Errorf("run: %w", fs.ErrNotExist)}
	}
	wait(t, "three results", func() bool { return tr.Status().Objects[0].Runs > 3 })
	if got := tr.why(1); got != "" {
		t.Errorf("it counts as failed: %s", got)
	}
	if n := logs.FilterMessageSnippet("cannot be executed").Len(); n != 1 {
		t.Errorf("told of %d times", n)
	}
	r.outcome <- script.Outcome{Status: -1, Err: errors.New("no memory")}
	wait(t, "what is the host's fault is a failure", func() bool { return tr.why(1) == "script chk failed -1" })
}

func TestManyResultsCostFewMessages(t *testing.T) {
	tr := newTracker(t, Deps{})
	tr.Use(settings(Object{Object: track.Object{Kind: track.BFD, Name: "peer"}}))
	begin, signals := time.Now(), 0
	for i := range 20_000 {
		tr.Tell("peer", i%2 == 0)
		select {
		case <-tr.Changed():
			signals++
			tr.Take()
		default:
		}
	}
	wait(t, "the last one is told", func() bool { return tr.why(1) == "bfd peer down -1" })
	if most := int(time.Since(begin)/coalesce) + 2; signals > most {
		t.Errorf("%d signals, want at most %d", signals, most)
	}
}

func TestFilesAreMadeAtTheirFirstUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	file := Object{Object: track.Object{Kind: track.File, Name: "f", Source: path}, Path: path, Init: true, InitValue: 7, Overwrite: true}
	tr := newTracker(t, Deps{})
	tr.Use(settings(file))
	if got := tr.why(1); got != "file f holds 7 -7" {
		t.Errorf("%q", got)
	}
	if err := os.WriteFile(path, []byte("9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tr.Use(settings(file))
	if got := tr.why(1); got != "file f holds 9 -9" {
		t.Errorf("a reload wrote the file: %q", got)
	}
}

func TestProcessesAreCountedBeforeUseReturns(t *testing.T) {
	dir := t.TempDir()
	proc := filepath.Join(dir, "42")
	if err := os.Mkdir(proc, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(proc, "stat"), []byte("42 (nginx) S 1"), 0o644); err != nil {
		t.Fatal(err)
	}
	object := func(name string) Object {
		return Object{Object: track.Object{Kind: track.Process, Name: name, Quorum: 1, QuorumMax: -1}, Match: procmon.Match{Name: name}}
	}
	tr := newTracker(t, Deps{Proc: dir, Poll: true})
	tr.Use(settings(object("nginx"), object("haproxy")))
	if got := tr.why(1); got != "process haproxy runs too few (0 of 1) -10" {
		t.Errorf("%q", got)
	}
	if s := tr.Status(); !strings.HasPrefix(s.Processes, "/proc") || s.Objects[0].Value != 1 {
		t.Errorf("%+v", s)
	}
	if err := os.RemoveAll(proc); err != nil {
		t.Fatal(err)
	}
	wait(t, "it ends", func() bool { return strings.Contains(tr.why(1), "process nginx runs too few (0 of 1) -1") })
}

func TestNothingHappensAfterClose(t *testing.T) {
	r := newRunner()
	tr := New(Deps{Run: r.run})
	tr.Use(settings(scriptObject("/chk")))
	wait(t, "a script runs", func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.now == 1
	})
	tr.Close()
	tr.Use(settings(scriptObject("/other")))
	tr.Tell("peer", true)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now != 0 || r.commands[len(r.commands)-1] == "/other" {
		t.Errorf("%d scripts run, the last one was %s", r.now, r.commands[len(r.commands)-1])
	}
}
