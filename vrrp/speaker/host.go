package speaker

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/rtnl"
)

// host is the kernel that we run on.
type host struct{ *rtnl.Conn }

func openHost() (host, error) {
	c, err := rtnl.Dial()
	if err != nil {
		return host{}, err
	}
	return host{c}, nil
}

func (host) Sysctl(path string) (string, error) {
	b, err := os.ReadFile(filepath.Join("/proc/sys", path))
	if err != nil {
		return "", fmt.Errorf("read sysctl: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}

func (host) SetSysctl(path, value string) error {
	if err := os.WriteFile(filepath.Join("/proc/sys", path), []byte(value), 0); err != nil {
		return fmt.Errorf("write sysctl: %w", err)
	}
	return nil
}

// namespace is a network namespace to work in.
type namespace struct{ fd int }

const threadNamespace = "/proc/thread-self/ns/net"

// currentNamespace is the one of the calling thread.
func currentNamespace() (*namespace, error) {
	fd, err := unix.Open(threadNamespace, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open network namespace: %w", err)
	}
	return &namespace{fd: fd}, nil
}

// enter takes the calling goroutine into the namespace. If that is not the process's, the goroutine
// is locked to its thread, which ends with it; otherwise it stays free: a locked one costs several
// system calls each time the scheduler is passed.
func (n *namespace) enter() error {
	if n.is("/proc/self/ns/net") && n.is(threadNamespace) {
		return nil
	}
	runtime.LockOSThread()
	if n.is(threadNamespace) {
		return nil
	}
	if err := unix.Setns(n.fd, unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("enter network namespace: %w", err)
	}
	return nil
}

func (n *namespace) is(path string) bool {
	var want, have unix.Stat_t
	return unix.Fstat(n.fd, &want) == nil && unix.Stat(path, &have) == nil &&
		want.Ino == have.Ino && want.Dev == have.Dev
}

func (n *namespace) close() { _ = unix.Close(n.fd) }
