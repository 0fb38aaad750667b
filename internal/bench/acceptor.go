package bench

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

// acceptor accepts connections and closes them, on four ports. It shares a processor with the director whose
// checks are measured and must not be what they wait for: two system calls a connection, where package net
// needs ten, and one wake-up for all that are there.
type acceptor struct{ listeners []*os.File }

func accept(h *lab.Host) (*acceptor, error) {
	a := &acceptor{}
	for r := range 4 {
		var l *os.File
		err := h.Do(func() (err error) {
			l, err = listen(firstPort + r)
			return err
		})
		if err != nil {
			a.close()
			return nil, fmt.Errorf("listen on port %d: %w", firstPort+r, err)
		}
		a.listeners = append(a.listeners, l)
		raw, err := l.SyscallConn()
		if err != nil {
			a.close()
			return nil, fmt.Errorf("listen on port %d: %w", firstPort+r, err)
		}
		go acceptAll(raw)
	}
	return a, nil
}

// listen is a listening socket that the runtime's poller watches. A listener of package net cannot be read raw.
func listen(port int) (*os.File, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if err = unix.Bind(fd, &unix.SockaddrInet4{Port: port}); err == nil {
		err = unix.Listen(fd, backlog)
	}
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), "listener"), nil
}

// backlog is how many connections may wait to be accepted: the kernel's own limit.
const backlog = 4096

// acceptAll accepts and closes until the listener is closed.
func acceptAll(listener syscall.RawConn) {
	err := listener.Read(func(listening uintptr) bool {
		for {
			fd, _, err := unix.Accept4(int(listening), unix.SOCK_CLOEXEC)
			switch err {
			case nil:
				unix.Close(fd)
			case unix.EINTR, unix.ECONNABORTED:
			case unix.EAGAIN:
				return false // none is there
			default:
				fmt.Fprintln(os.Stderr, "accept:", err)
				return true
			}
		}
	})
	if err != nil && !errors.Is(err, os.ErrClosed) {
		fmt.Fprintln(os.Stderr, "accept:", err)
	}
}

func (a *acceptor) close() {
	for _, l := range a.listeners {
		l.Close()
	}
}
