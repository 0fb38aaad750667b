package ipvs

import (
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// inNamespace runs f in a network namespace: a name of ip-netns(8) or a path; empty: our own. The
// sockets that f opens stay in it.
func inNamespace(name string, f func() error) error {
	if name == "" {
		return f()
	}
	if !strings.Contains(name, "/") {
		name = "/run/netns/" + name
	}
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open network namespace %s: %w", name, err)
	}
	defer unix.Close(fd)
	result := make(chan error, 1)
	go func() {
		// Never unlocked: the thread has the other namespace and ends with this goroutine.
		runtime.LockOSThread()
		if err := unix.Setns(fd, unix.CLONE_NEWNET); err != nil {
			result <- fmt.Errorf("enter network namespace %s: %w", name, err)
			return
		}
		result <- f()
	}()
	return <-result
}
