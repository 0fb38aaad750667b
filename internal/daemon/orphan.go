package daemon

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
	"github.com/holdfast-ha/holdfast/internal/takeover"
)

// orphanEnd is how long the kernel may take to end a killed orphan.
const orphanEnd = 5 * time.Second

// endOrphans ends what an earlier daemon, killed without a chance to stop, left behind. They hold
// the locks on their pid files. SIGKILL leaves the kernel's state in place, and our own children
// go on from there.
func (p *parent) endOrphans() error {
	// VRRP last: it goes on advertising while the others are ended.
	for _, role := range []Role{LVS, BFD, VRRP} {
		lock, err := pidfile.Lock(p.pidFile(role))
		var held *pidfile.LockedError
		if errors.As(err, &held) {
			err = p.endOrphan(role, held)
		} else if err == nil {
			err = lock.Remove()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *parent) endOrphan(role Role, held *pidfile.LockedError) error {
	if err := orphaned(held.PID, role); err != nil {
		return fmt.Errorf("%w: %w; stop that process, or use another pid file", held, err)
	}
	p.awaitChildren()
	p.log.Warn(fmt.Sprintf("taking over from %s process %d of a daemon that was killed", role, held.PID))
	fd, err := unix.PidfdOpen(held.PID, 0)
	if err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("open process %d: %w", held.PID, err)
	}
	if err == nil {
		defer unix.Close(fd)
		if err := unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
			return fmt.Errorf("end process %d: %w", held.PID, err)
		}
	}
	for deadline := time.Now().Add(orphanEnd); ; time.Sleep(time.Millisecond) {
		lock, err := pidfile.Lock(held.Path)
		if err == nil {
			return lock.Close()
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("end process %d: %w", held.PID, err)
		}
	}
}

// orphaned says why a process must not be taken for an orphan of that role, nil when it is one.
func orphaned(pid int, role Role) error {
	if pid == 0 {
		return errors.New("its pid is not known")
	}
	line, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil // it has just ended
		}
		return fmt.Errorf("look at process %d: %w", pid, err)
	}
	name, _, _ := strings.Cut(string(line), "\x00")
	if name == "" {
		return nil // it has no memory any more: the kernel is just ending it
	}
	if !strings.HasSuffix(name, "_"+string(role)) {
		return fmt.Errorf("it is %q, not a %s process of Holdfast", name, role)
	}
	// Our own pid file was free, so no daemon of ours is its parent; but another one with other
	// pid files of its own may be.
	parent, err := takeover.ParentOf(pid)
	if err != nil {
		return err
	}
	exe := func(pid int) string {
		path, _ := os.Readlink(filepath.Join("/proc", strconv.Itoa(pid), "exe"))
		return path
	}
	if parent > 1 && exe(parent) != "" && exe(parent) == exe(pid) {
		return fmt.Errorf("it belongs to the daemon with pid %d, which is alive", parent)
	}
	return nil
}
