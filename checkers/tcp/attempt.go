package tcp

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/checkers/dial"
)

// attempt is one connection that is being made. It belongs to the pool's goroutine.
type attempt struct {
	options *Options
	done    func(checkers.Result)

	fd       int    // -1: none
	number   uint32 // among those that the kernel watches
	begin    time.Time
	deadline time.Time
	index    int // in the heap, -1 outside
	over     bool
}

var (
	errCancelled = errors.New("cancelled")
	errClosed    = errors.New("the checks have ended")
)

// connect opens the socket and begins to connect. under way is true where the kernel is to tell how it
// ends; without it the attempt has ended with err.
func (a *attempt) connect(now time.Time) (underWay bool, err error) {
	a.begin, a.deadline = now, now.Add(a.options.Timeout)
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

// byDeadline is a heap of attempts, for container/heap.
type byDeadline []*attempt

func (h byDeadline) Len() int           { return len(h) }
func (h byDeadline) Less(i, j int) bool { return h[i].deadline.Before(h[j].deadline) }
func (h byDeadline) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *byDeadline) Push(x any) {
	a := x.(*attempt)
	a.index = len(*h)
	*h = append(*h, a)
}

func (h *byDeadline) Pop() any {
	last := len(*h) - 1
	a := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	a.index = -1
	return a
}
