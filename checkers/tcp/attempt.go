package tcp

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/checkers/dial"
	"github.com/holdfast-ha/holdfast/internal/due"
)

// attempt is one connection that is being made. It belongs to the pool's goroutine.
type attempt struct {
	options *Options
	done    func(checkers.Result)

	fd     int    // -1: none
	number uint32 // among those that the kernel watches
	begin  time.Time
	limit  due.Entry[attempt] // when it has taken too long, by the pool's epoch; in its heap while watched
	over   bool
}

var (
	errCancelled = errors.New("cancelled")
	errClosed    = errors.New("the checks have ended")
)

// connect opens the socket and begins to connect. under way is true where the kernel is to tell how it
// ends; without it the attempt has ended with err.
func (a *attempt) connect(now time.Time) (underWay bool, err error) {
	a.begin = now
	remote, err := dial.Sockaddr(a.options.Target)
	if err != nil {
		return false, err
	}
	if a.fd, err = a.options.Socket(unix.SOCK_STREAM, unix.IPPROTO_TCP); err != nil {
		return false, err
	}
	err = unix.Connect(a.fd, remote)
	return err == unix.EINPROGRESS || err == unix.EINTR, err
}

// outcome is how an attempt has ended of which poll(2) or epoll(7) says events.
func (a *attempt) outcome(events uint32) error {
	if events&(unix.EPOLLERR|unix.EPOLLHUP) == 0 {
		return nil
	}
	errno, err := unix.GetsockoptInt(a.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err == nil && errno != 0 {
		err = unix.Errno(errno)
	}
	return err
}

// end closes the socket and tells the result.
func (a *attempt) end(now time.Time, err error) {
	if a.fd >= 0 {
		unix.Close(a.fd)
		a.fd = -1
	}
	a.over = true
	r := checkers.Result{OK: err == nil, Took: max(now.Sub(a.begin), time.Nanosecond)}
	switch {
	case err == nil:
	case dial.TimedOut(err):
		r.Detail = dial.Detail(err)
	default:
		r.Detail = err.Error()
	}
	a.done(r)
}
