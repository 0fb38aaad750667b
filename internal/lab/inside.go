package lab

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// InLab is the environment variable that tells a process that it runs inside: "guest" in a kernel
// of its own, "host" on the machine's kernel but in namespaces of its own.
const InLab = "HOLDFAST_LAB"

// Inside tells whether this process may build networks.
func Inside() bool { return os.Getenv(InLab) != "" }

// OnHost runs the program again, with the given arguments, on the machine's own kernel in new
// mount, network, process and IPC namespaces, where /run and /tmp are its own: nothing that it
// makes outlives it. It returns the exit status; the process dies with ctx. files are found in
// [Shared] as in a guest.
func OnHost(ctx context.Context, out io.Writer, files map[string]string, args ...string) (int, error) {
	work, err := os.MkdirTemp("", "holdfast-lab-")
	if err != nil {
		return 0, fmt.Errorf("make the lab's directory: %w", err)
	}
	defer os.RemoveAll(work)
	if err := (Guest{Files: files}).fill(work); err != nil {
		return 0, err
	}
	command := exec.CommandContext(ctx, work+"/lab", args...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, out, out
	command.Env = append(os.Environ(), InLab+"=host", hostVariable+"="+work)
	command.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:   syscall.CLONE_NEWNET | syscall.CLONE_NEWPID | syscall.CLONE_NEWIPC,
		Unshareflags: syscall.CLONE_NEWNS,
		Pdeathsig:    syscall.SIGKILL,
	}
	// The death signal comes when the starting thread ends, not the process: keep it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := command.Run(); err != nil {
		if command.ProcessState != nil && command.ProcessState.ExitCode() >= 0 {
			return command.ProcessState.ExitCode(), nil
		}
		return 0, fmt.Errorf("run the lab: %w", err)
	}
	return 0, nil
}

// probeThreads is how many goroutines may be on the processor, or in the kernel, at a time.
const probeThreads = 8

const hostVariable = "HOLDFAST_LAB_SHARED"

// Enter prepares this process, and the namespaces that [OnHost] made; a guest is prepared already.
// Call it once, before the first network.
func Enter() error {
	// A guest has one processor, and Go would run one goroutine at a time there: a probe would
	// wait up to 20 ms for another one's system call. The kernel is better at sharing it.
	runtime.GOMAXPROCS(probeThreads)
	work := os.Getenv(hostVariable)
	if work == "" || os.Getenv(InLab) != "host" {
		return nil
	}
	os.Unsetenv(hostVariable)
	mounts := []struct {
		source, target, kind string
		flags                uintptr
	}{
		{work, Shared, "", unix.MS_BIND},
		{"proc", "/proc", "proc", 0},
		{"sysfs", "/sys", "sysfs", 0},
		{"tmpfs", "/run", "tmpfs", 0},
		{"tmpfs", "/tmp", "tmpfs", 0},
	}
	for _, m := range mounts {
		if err := unix.Mount(m.source, m.target, m.kind, m.flags, ""); err != nil {
			return fmt.Errorf("mount %s: %w", m.target, err)
		}
	}
	if err := os.MkdirAll("/run/netns", 0o755); err != nil {
		return err
	}
	return exec.Command("ip", "link", "set", "lo", "up").Run()
}
