package daemon

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/holdfast-ha/holdfast/internal/ipc"
	"github.com/holdfast-ha/holdfast/internal/pidfile"
)

// The environment tells a process that we started what it is; it is taken out before anything else
// is started.
const (
	roleVariable  = "HOLDFAST_ROLE"
	readyVariable = "HOLDFAST_READY"
	netnsVariable = "HOLDFAST_NETNS"
)

// Descriptors of a child.
const (
	messageFD = 3 // the message socket to the parent
	lockFD    = 4 // the pid file, which stays locked as long as the child lives
	recordFD  = 5 // the file of --record, where there is one, to the VRRP process
)

// self is the executable, also after it was replaced on the disk by an upgrade.
const self = "/proc/self/exe"

// processName is the argv[0] of a role: the name the daemon was called by, with the role.
func processName(role Role) string {
	return strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe") + "_" + string(role)
}

// spawn starts a child with a message socket and its pid file. A quiet one has no share in the
// terminal or the pipe of whoever started the daemon. It gets what is in more as further descriptors.
func spawn(role Role, lock *pidfile.File, quiet bool, more ...*os.File) (*exec.Cmd, *ipc.Conn, error) {
	ours, theirs, err := ipc.Pair()
	if err != nil {
		return nil, nil, err
	}
	defer theirs.Close()
	conn, err := ipc.New(ours)
	if err != nil {
		return nil, nil, err
	}
	cmd := &exec.Cmd{
		Path:       self,
		Args:       []string{processName(role)},
		Env:        append(os.Environ(), roleVariable+"="+string(role)),
		Dir:        "/",
		ExtraFiles: append([]*os.File{theirs, lock.File()}, more...),
		// A terminal's ^C reaches the parent alone, which stops its children in order.
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true},
	}
	if !quiet {
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	}
	if err := cmd.Start(); err != nil {
		conn.Close()
		return nil, nil, fmt.Errorf("start %s process: %w", role, err)
	}
	return cmd, conn, nil
}

// takeVariable reads a variable of the environment and takes it out.
func takeVariable(name string) string {
	v := os.Getenv(name)
	os.Unsetenv(name)
	return v
}
