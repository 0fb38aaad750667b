package takeover

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/pidfile"
)

// endLimit is how long the kernel may take to end killed processes.
const endLimit = 5 * time.Second

// Keepalived is one that runs on this host.
type Keepalived struct {
	PID  int
	name identity
}

// identity is what can be told of a process. A daemon whose capabilities are bounded may not see what file
// a process with more of them runs.
type identity struct {
	program string // the file that it runs; empty where that cannot be told
	command string // its first word
	comm    string // what the kernel calls it
}

func identify(pid int) identity {
	dir := filepath.Join("/proc", strconv.Itoa(pid))
	program, _ := os.Readlink(filepath.Join(dir, "exe"))
	line, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
	command, _, _ := strings.Cut(string(line), "\x00")
	comm, _ := os.ReadFile(filepath.Join(dir, "comm"))
	return identity{program: program, command: command, comm: strings.TrimSpace(string(comm))}
}

// keepalived tells whether it looks like one. Behind the name may stand ".distrib", of a diverted file, or
// " (deleted)", of a replaced one.
func (i identity) keepalived() bool {
	if i.program != "" {
		return strings.HasPrefix(filepath.Base(i.program), "keepalived")
	}
	return strings.HasPrefix(i.comm, "keepalived") || strings.HasPrefix(filepath.Base(i.command), "keepalived")
}

// Find looks for the keepalived that has written its pid into the file at path. Nil: there is none. One
// that runs this very program under the name of keepalived is none either.
func Find(path string) *Keepalived {
	pid := pidfile.Read(path)
	if pid == 0 {
		return nil
	}
	name := identify(pid)
	own, _ := os.Readlink("/proc/self/exe")
	if name.program == own || !name.keepalived() {
		return nil
	}
	return &Keepalived{PID: pid, name: name}
}

// isPart tells whether a descendant is a process of the daemon and not a script.
func (k *Keepalived) isPart(i identity) bool {
	return i.program != "" && i.program == k.name.program || i.command != "" && i.command == k.name.command ||
		strings.HasPrefix(i.comm, "keepalived")
}

// End ends all of its processes in a moment and waits until they are gone. None of them can take
// addresses off, write to IPVS or send a last advertisement: the first is stopped, so that it starts
// nothing anew, and outlives the others, whom its own end would tell to finish in order. Scripts that
// it runs are asked to end.
func (k *Keepalived) End() error {
	if err := unix.Kill(k.PID, unix.SIGSTOP); err != nil {
		return fmt.Errorf("stop keepalived's process %d: %w", k.PID, err)
	}
	daemons, scripts := k.family()
	var ended []int
	var errs []error
	for _, pid := range append(daemons, k.PID) {
		fd, err := unix.PidfdOpen(pid, 0)
		if err == nil {
			ended = append(ended, fd)
			err = unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0)
		}
		if err != nil && !errors.Is(err, unix.ESRCH) {
			errs = append(errs, fmt.Errorf("end keepalived's process %d: %w", pid, err))
		}
	}
	for _, pid := range scripts {
		_ = unix.Kill(pid, unix.SIGTERM) // most have ended by themselves
	}
	deadline := time.Now().Add(endLimit)
	for _, fd := range ended {
		errs = append(errs, waitFor(fd, deadline))
		_ = unix.Close(fd)
	}
	if err := errors.Join(errs...); err != nil {
		_ = unix.Kill(k.PID, unix.SIGCONT) // if it is still there, it goes on
		return err
	}
	return nil
}

// waitFor waits for the end of a process.
func waitFor(pidfd int, deadline time.Time) error {
	for {
		left := time.Until(deadline)
		if left <= 0 {
			return errors.New("keepalived does not end although it was killed")
		}
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}, int(left.Milliseconds())+1)
		if n > 0 {
			return nil
		}
		if err != nil && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("wait for the end of keepalived: %w", err)
		}
	}
}

// family lists the descendants: those that run the same program, and the scripts.
func (k *Keepalived) family() (daemons, scripts []int) {
	children := map[int][]int{}
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if parent, err := ParentOf(pid); err == nil {
			children[parent] = append(children[parent], pid)
		}
	}
	for queue := children[k.PID]; len(queue) > 0; queue = queue[1:] {
		pid := queue[0]
		queue = append(queue, children[pid]...)
		if k.isPart(identify(pid)) {
			daemons = append(daemons, pid)
		} else {
			scripts = append(scripts, pid)
		}
	}
	return daemons, scripts
}

// ParentOf reads the parent of a process.
func ParentOf(pid int) (int, error) {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return 0, fmt.Errorf("look at process %d: %w", pid, err)
	}
	// "PID (COMM) STATE PPID ...": COMM may hold anything, also parentheses.
	_, rest, _ := strings.Cut(string(stat[max(0, strings.LastIndexByte(string(stat), ')')):]), " ")
	fields := strings.Fields(rest)
	if len(fields) < 2 {
		return 0, fmt.Errorf("look at process %d: its stat is not understood", pid)
	}
	return strconv.Atoi(fields[1])
}
