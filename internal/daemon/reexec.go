package daemon

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/holdfast-ha/holdfast/internal/ipc"
)

// The environment tells a process that we started what it is; it is taken out before anything else
// is started.
const (
	roleVariable  = "HOLDFAST_ROLE"
	readyVariable = "HOLDFAST_READY"
	netnsVariable = "HOLDFAST_NETNS"
)

// messageFD is a child's message socket to the parent.
const messageFD = 3

// self is the executable, also after it was replaced on the disk by an upgrade.
const self = "/proc/self/exe"

// processName is the argv[0] of a role: the name the daemon was called by, with the role.
func processName(role Role) string {
	return strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe") + "_" + string(role)
}

// spawned is a child that has no configuration yet. It does nothing without one, and ends with its socket.
type spawned struct {
	cmd   *exec.Cmd
	conn  *ipc.Conn
	there bool // it has said that it waits
}

// spawn starts a child with a message socket. A quiet one has no share in the terminal or the pipe of
// whoever started the daemon.
func spawn(role Role, quiet bool) (*spawned, error) {
	ours, theirs, err := ipc.Pair()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	conn, err := ipc.New(ours)
	if err != nil {
		return nil, err
	}
	cmd := &exec.Cmd{
		Path:       self,
		Args:       []string{processName(role)},
		Env:        append(os.Environ(), roleVariable+"="+string(role)),
		Dir:        "/",
		ExtraFiles: []*os.File{theirs}, // messageFD
		// A terminal's ^C reaches the parent alone, which stops its children in order.
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true},
	}
	if !quiet {
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	}
	if err := cmd.Start(); err != nil {
		conn.Close()
		return nil, fmt.Errorf("start %s process: %w", role, err)
	}
	return &spawned{cmd: cmd, conn: conn}, nil
}

// dismiss ends a child that gets no configuration.
func (s *spawned) dismiss() {
	s.conn.Close()
	go func() { _ = s.cmd.Wait() }() // its status says nothing
}

// takeVariable reads a variable of the environment and takes it out.
func takeVariable(name string) string {
	v := os.Getenv(name)
	os.Unsetenv(name)
	return v
}
