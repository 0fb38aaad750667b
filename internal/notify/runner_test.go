package notify

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/holdfast-ha/holdfast/internal/script"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// own is a command that runs as this process does.
func own(args ...string) *script.Command {
	return &script.Command{Args: args, UID: uint32(os.Geteuid()), GID: uint32(os.Getegid())}
}

func TestScriptsOfOneInstanceKeepTheirOrder(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	write := &config.Script{Args: []string{"/bin/sh", "-c", `echo "$@" >> ` + out, "sh"}}
	r := NewRunner(zap.NewNop())
	r.Use(Settings{Plan: NewPlan(&config.Config{Instances: []config.Instance{{Name: "A", Notify: write}}}, "",
		func(s *config.Script) *script.Command { return own(s.Args...) })})
	var want strings.Builder
	for range 10 {
		for _, state := range []string{"BACKUP", "MASTER"} {
			r.Changed(speaker.Change{Instance: "A", To: state, Priority: 5})
			want.WriteString("INSTANCE A " + state + " 5\n")
		}
	}
	r.Stop(time.Minute)
	got, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.String(), string(got)); diff != "" {
		t.Errorf("lines that the script wrote (-want +got):\n%s", diff)
	}
}

func TestStopEndsAScriptThatHangs(t *testing.T) {
	r := NewRunner(zap.NewNop())
	var mu sync.Mutex
	ran := 0
	begun := make(chan struct{})
	r.run = func(ctx context.Context, _ script.Command) script.Outcome {
		mu.Lock()
		ran++
		mu.Unlock()
		close(begun)
		<-ctx.Done()
		return script.Outcome{Cancelled: true}
	}
	r.Use(Settings{Plan: plan(everything())})
	r.Changed(speaker.Change{Instance: "VI_1", To: "MASTER"})
	<-begun
	r.Stop(0) // hangs here if the script is waited for
	if ran != 1 {
		t.Errorf("%d scripts were run, want the hanging one alone", ran)
	}
	r.Changed(speaker.Change{Instance: "VI_1", To: "BACKUP"}) // closes begun twice if it is run
}

func TestScriptsOfWhatAReloadRemovesAreStillRun(t *testing.T) {
	r := NewRunner(zap.NewNop())
	var mu sync.Mutex
	var ran []string
	r.run = func(_ context.Context, c script.Command) script.Outcome {
		mu.Lock()
		defer mu.Unlock()
		ran = append(ran, strings.Join(c.Args, " "))
		return script.Outcome{}
	}
	r.Use(Settings{Plan: plan(everything())})
	r.Use(Settings{})
	r.Changed(speaker.Change{Instance: "VI_4", From: "MASTER", To: "INIT", Reason: "removed by reload", Priority: 9})
	r.Stop(time.Minute)
	if diff := cmp.Diff([]string{"deleted own", "any own INSTANCE VI_4 DELETED 9"}, ran); diff != "" {
		t.Errorf("scripts that were run (-want +got):\n%s", diff)
	}
}

// TestAScriptThatHangsDelaysNothingElse: neither whoever tells, nor the FIFO, nor another instance's
// scripts. While it hangs, a flapping instance leaves no more than a few scripts waiting.
func TestAScriptThatHangsDelaysNothingElse(t *testing.T) {
	core, logs := observer.New(zap.WarnLevel)
	r := NewRunner(zap.New(core))
	other := make(chan struct{})
	var once sync.Once
	r.run = func(ctx context.Context, c script.Command) script.Outcome {
		if c.Args[0] == "other" {
			once.Do(func() { close(other) })
			return script.Outcome{}
		}
		<-ctx.Done()
		return script.Outcome{Cancelled: true}
	}
	path := filepath.Join(t.TempDir(), "fifo")
	in := func(name, script string) config.Instance {
		return config.Instance{Name: name, Notify: &config.Script{Args: []string{script}}}
	}
	r.Use(Settings{
		Plan:  NewPlan(&config.Config{Instances: []config.Instance{in("A", "hangs"), in("B", "other")}}, "", func(s *config.Script) *script.Command { return own(s.Args...) }),
		FIFOs: []FIFO{{Path: path, VRRP: true, UID: uint32(os.Geteuid()), GID: uint32(os.Getegid())}},
	})
	reader, err := os.OpenFile(path, os.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	const flaps = 1000
	begun := time.Now()
	for range flaps {
		r.Changed(speaker.Change{Instance: "A", From: "BACKUP", To: "MASTER"})
	}
	if took := time.Since(begun); took > 30*time.Second {
		t.Errorf("the caller was held up for %v", took)
	}
	r.Changed(speaker.Change{Instance: "B", To: "MASTER"})
	<-other
	text := make([]byte, 0, 1<<16)
	for !strings.Contains(string(text), "\"B\" MASTER") {
		n, err := reader.Read(text[len(text):cap(text)])
		if err != nil {
			t.Fatal(err)
		}
		text = text[:len(text)+n]
	}
	if n := r.Stats().ScriptsDropped; n != flaps-1-script.MaxWaiting && n != flaps-script.MaxWaiting {
		t.Errorf("%d dropped", n)
	}
	if all := logs.FilterMessageSnippet("(A) a notify script hangs").All(); len(all) != 1 {
		t.Errorf("said %d times", len(all))
	}
	r.Stop(0)
}
