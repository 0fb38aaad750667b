package swap

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Arguments are those of a running process, without its name.
func Arguments(pid int) ([]string, error) {
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
	if err != nil {
		return nil, fmt.Errorf("read command line: %w", err)
	}
	words := strings.Split(string(bytes.TrimSuffix(b, []byte{0})), "\x00")
	return words[1:], nil
}

// InBackground takes off a command line what would keep a daemon in the foreground, and what only
// Holdfast understands. Letters that stand together are taken apart: -nlD.
func InBackground(args []string) []string {
	var kept []string
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case a == "--":
			return append(kept, args[i:]...)
		case a == "--dont-fork" || a == "--take-over" || strings.HasPrefix(a, "--record="):
		case a == "--record":
			i++
		case strings.HasPrefix(a, "--") || !strings.HasPrefix(a, "-") || len(a) < 2:
			kept = append(kept, a)
		default:
			if a = withoutLetter(a); a != "-" {
				kept = append(kept, a)
			}
			if takesNext(a) && i+1 < len(args) {
				i++
				kept = append(kept, args[i])
			}
		}
	}
	return kept
}

// withArgument are keepalived's short options that have an argument, and those that may have one behind
// the letter.
const withArgument, mayHave = "fSuprcbsiA", "gMt"

// withoutLetter removes n from short options that stand together.
func withoutLetter(word string) string {
	kept := "-"
	for i, letter := range word[1:] {
		if strings.ContainsRune(withArgument+mayHave, letter) {
			return kept + word[1+i:]
		}
		if letter != 'n' {
			kept += string(letter)
		}
	}
	return kept
}

// takesNext tells whether the argument of short options is the next word.
func takesNext(word string) bool {
	for i, letter := range word[1:] {
		switch {
		case strings.ContainsRune(mayHave, letter):
			return false
		case strings.ContainsRune(withArgument, letter):
			return i == len(word)-2
		}
	}
	return false
}

// Start runs a daemon that goes to the background when it is ready.
func Start(program string, args []string) error {
	var said bytes.Buffer
	cmd := exec.Command(program, args...)
	// A file of its own, not a pipe: a daemon that keeps it would keep us waiting.
	out, err := os.CreateTemp("", "holdfast-swap.*")
	if err != nil {
		return fmt.Errorf("start %s: %w", program, err)
	}
	defer os.Remove(out.Name())
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Run(); err != nil {
		if b, readErr := os.ReadFile(out.Name()); readErr == nil {
			said.Write(b)
		}
		return fmt.Errorf("start %s: %w\n%s", program, err, strings.TrimSpace(said.String()))
	}
	return nil
}

// Stop asks a daemon to end and waits for it: as long as its handover takes.
func Stop(pid int, limit time.Duration) error {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return fmt.Errorf("stop process %d: %w", pid, err)
	}
	defer unix.Close(fd)
	if err := unix.PidfdSendSignal(fd, unix.SIGTERM, nil, 0); err != nil {
		return fmt.Errorf("stop process %d: %w", pid, err)
	}
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 1000)
		if n > 0 {
			return nil
		}
		if err != nil && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("wait for process %d: %w", pid, err)
		}
	}
	return fmt.Errorf("process %d has not ended within %v", pid, limit)
}
