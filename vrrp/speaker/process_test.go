package speaker_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/holdfast-ha/holdfast/internal/vlan"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// settingsVariable names the file of settings with which the test program is a speaker and nothing
// else: tests that kill a process or count its CPU time need one.
const settingsVariable = "SPEAKER_TEST_SETTINGS"

func TestMain(m *testing.M) {
	if file := os.Getenv(settingsVariable); file != "" {
		if err := beSpeaker(file); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func beSpeaker(file string) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var s speaker.Settings
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	core := zapcore.NewCore(zapcore.NewConsoleEncoder(zap.NewDevelopmentEncoderConfig()), os.Stderr, zap.InfoLevel)
	sp, err := speaker.New(s, speaker.Deps{Log: zap.New(core)})
	if err != nil {
		return err
	}
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	go func() {
		<-term
		sp.Stop(true)
	}()
	return sp.Run(context.Background())
}

// process is a speaker as a process of its own.
type process struct {
	cmd *exec.Cmd
	log string
}

func startProcess(t testing.TB, h *vlan.Host, s speaker.Settings) *process {
	t.Helper()
	dir := t.TempDir()
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "settings.json")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: h.Command("chrt", "-r", "10", self), log: filepath.Join(dir, "log")}
	p.cmd.Env = append(os.Environ(), settingsVariable+"="+file)
	out, err := os.Create(p.log)
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stdout, p.cmd.Stderr = out, out
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = out.Close()
	t.Cleanup(p.kill)
	return p
}

func (p *process) said() string {
	b, _ := os.ReadFile(p.log)
	return string(b)
}

// kill is kill -9.
func (p *process) kill() {
	if p.cmd.ProcessState == nil {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	}
}

// terminate stops it in a planned way and waits.
func (p *process) terminate() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	return p.cmd.Wait()
}

// cpuTime is the time that the threads of a process and of its children have run, to the
// nanosecond. ip netns exec becomes the program, so pid is the program's.
func cpuTime(t testing.TB, pid int) time.Duration {
	t.Helper()
	var sum time.Duration
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
	if len(tasks) == 0 {
		t.Fatalf("process %d is gone", pid)
	}
	for _, task := range tasks {
		b, err := os.ReadFile(task + "/schedstat")
		if err != nil {
			continue
		}
		ns, err := strconv.ParseInt(strings.Fields(string(b))[0], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += time.Duration(ns)
		children, _ := os.ReadFile(task + "/children")
		for _, child := range strings.Fields(string(children)) {
			n, _ := strconv.Atoi(child)
			sum += cpuTime(t, n)
		}
	}
	return sum
}
