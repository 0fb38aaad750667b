package lab

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Line is something that a process said.
type Line struct {
	At   time.Time
	Text string
}

// Process runs in the background on a host.
type Process struct {
	Host *Host
	Name string

	command *exec.Cmd
	ended   chan struct{}
	heard   chan struct{} // closed when nobody is left who could say anything

	mu    sync.Mutex
	lines []Line
}

// Start runs a command in the background, in a session of its own. Its output is kept line by line.
func (h *Host) Start(name string, args ...string) (*Process, error) {
	p := &Process{Host: h, Name: filepath.Base(name), ended: make(chan struct{}), heard: make(chan struct{})}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	err = h.Do(func() error {
		p.command = exec.Command(name, args...)
		p.command.Stdout, p.command.Stderr = write, write
		p.command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		return p.command.Start()
	})
	write.Close()
	if err != nil {
		read.Close()
		return nil, fmt.Errorf("%s: start %s: %w", h.Name, name, err)
	}
	h.mu.Lock()
	h.processes = append(h.processes, p)
	h.mu.Unlock()
	go p.listen(read)
	go func() {
		_ = p.command.Wait() // the state tells it all
		close(p.ended)
	}()
	return p, nil
}

func (p *Process) listen(read io.ReadCloser) {
	defer close(p.heard)
	defer read.Close()
	in := bufio.NewScanner(read)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		line := Line{At: time.Now(), Text: in.Text()}
		p.mu.Lock()
		p.lines = append(p.lines, line)
		p.mu.Unlock()
		if w := p.Host.network.Log; w != nil {
			fmt.Fprintf(w, "  %s| %s\n", p.Host.Name, line.Text)
		}
	}
}

// Lines returns what the process has said so far.
func (p *Process) Lines() []Line {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.lines)
}

// Said counts the lines that contain the text.
func (p *Process) Said(text string) int {
	count := 0
	for _, l := range p.Lines() {
		if strings.Contains(l.Text, text) {
			count++
		}
	}
	return count
}

// Last returns the last n lines, for messages about what went wrong.
func (p *Process) Last(n int) string {
	lines := p.Lines()
	lines = lines[max(0, len(lines)-n):]
	var b strings.Builder
	for _, l := range lines {
		fmt.Fprintf(&b, "    %s| %s\n", p.Host.Name, l.Text)
	}
	return b.String()
}

// PID is the process id of the first process, which may have ended.
func (p *Process) PID() int { return p.command.Process.Pid }

// Running tells whether the first process has not ended yet.
func (p *Process) Running() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// Signal sends a signal to the first process.
func (p *Process) Signal(s syscall.Signal) error {
	return p.command.Process.Signal(s)
}

// Wait waits for the first process to end and returns its exit status, 128 + the signal when one
// ended it. What it said is complete then, unless a child of its lives on.
func (p *Process) Wait(limit time.Duration) (int, error) {
	select {
	case <-p.ended:
	case <-time.After(limit):
		return 0, fmt.Errorf("%s: %s did not end within %v", p.Host.Name, p.Name, limit)
	}
	// Its last words may still be under way; a child that outlives it may go on talking.
	select {
	case <-p.heard:
	case <-time.After(time.Second):
	}
	status := p.command.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		return 128 + int(status.Signal()), nil
	}
	return status.ExitStatus(), nil
}

// Family lists the living processes of the session, the first process before its descendants.
func (p *Process) Family() []Member {
	first := p.PID()
	var family []Member
	for _, m := range members() {
		if m.session == first {
			family = append(family, m)
		}
	}
	slices.SortFunc(family, func(a, b Member) int { return a.PID - b.PID })
	return family
}

// Member is one process of a family.
type Member struct {
	PID     int
	Parent  int
	Command string // its command line
	Comm    string // its short name
	session int
}

func members() []Member {
	var list []Member
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		text, err := os.ReadFile("/proc/" + e.Name() + "/stat")
		if err != nil {
			continue
		}
		// The name stands in parentheses and may hold spaces.
		open, end := strings.IndexByte(string(text), '('), strings.LastIndexByte(string(text), ')')
		fields := strings.Fields(string(text[end+1:]))
		if len(fields) < 4 || fields[0] == "Z" {
			continue
		}
		m := Member{PID: pid, Comm: string(text[open+1 : end])}
		m.Parent, _ = strconv.Atoi(fields[1])
		m.session, _ = strconv.Atoi(fields[3])
		line, _ := os.ReadFile("/proc/" + e.Name() + "/cmdline")
		m.Command = strings.TrimSpace(strings.ReplaceAll(string(line), "\x00", " "))
		list = append(list, m)
	}
	return list
}

// KillAll ends the whole family with SIGKILL and waits until it is gone.
func (p *Process) KillAll() {
	for range 100 {
		family := p.Family()
		if len(family) == 0 && !p.Running() {
			return
		}
		for _, m := range family {
			_ = syscall.Kill(m.PID, syscall.SIGKILL)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// Stop asks the first process to end and waits for it; what does not end is killed and reported.
func (p *Process) Stop(limit time.Duration) error {
	if err := p.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	_, err := p.Wait(limit)
	if err != nil {
		p.KillAll()
	}
	return err
}
