package poller

import (
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Poller waits for sockets, for a time to come and for other goroutines. All methods but Notify
// belong to the goroutine of the loop.
type Poller struct {
	// all has the sockets and wake; calm has wake alone.
	all, calm int
	// mu guards wake, an eventfd, against being closed while others write to it.
	mu        sync.Mutex
	wake      int
	ready     [64]unix.EpollEvent
	calmReady [1]unix.EpollEvent
	// busy is a moving average of how long the waits were; many: there is a second processor.
	busy time.Duration
	many bool
	// coarse: the kernel is older than 5.11 and has no epoll_pwait2; times are in milliseconds.
	coarse bool
}

// wakeKey marks the eventfd among ready sockets.
const wakeKey = -1

// New returns a Poller that watches nothing.
func New() (*Poller, error) {
	p := &Poller{all: -1, calm: -1, wake: -1, many: runtime.GOMAXPROCS(0) > 1}
	var err error
	if p.all, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err == nil {
		if p.calm, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err == nil {
			p.wake, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
		}
	}
	if err == nil {
		err = errors.Join(p.watch(p.all, p.wake, wakeKey), p.watch(p.calm, p.wake, wakeKey))
	}
	if err != nil {
		p.Close()
		return nil, fmt.Errorf("create epoll: %w", err)
	}
	return p, nil
}

func (p *Poller) watch(ep, fd int, key int32) error {
	return unix.EpollCtl(ep, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: key})
}

// Add watches a socket; key, 0 or above, comes back from Wait.
func (p *Poller) Add(fd int, key int32) error {
	if err := p.watch(p.all, fd, key); err != nil {
		return fmt.Errorf("watch socket: %w", err)
	}
	return nil
}

// Remove must be called before fd is closed.
func (p *Poller) Remove(fd int) { _ = unix.EpollCtl(p.all, unix.EPOLL_CTL_DEL, fd, nil) }

// Notify wakes the loop. Any goroutine may call it.
func (p *Poller) Notify() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.wake >= 0 {
		var one [8]byte
		binary.NativeEndian.PutUint64(one[:], 1)
		_, _ = unix.Write(p.wake, one[:])
	}
}

// Wait returns when there is something to read, at the latest after timeout; negative: no limit.
// The keys are good until the next call. A Notify ends it too.
func (p *Poller) Wait(timeout time.Duration) []unix.EpollEvent {
	n, err := p.block(p.all, p.ready[:], timeout)
	if err != nil {
		return nil // EINTR: the caller looks at the clock and comes back
	}
	keys := p.ready[:n]
	for i := range keys {
		if keys[i].Fd == wakeKey {
			p.drain()
			keys[i] = keys[len(keys)-1]
			return keys[:len(keys)-1]
		}
	}
	return keys
}

// Rest waits for timeout or a Notify, whatever comes in meanwhile.
func (p *Poller) Rest(timeout time.Duration) {
	if n, err := p.block(p.calm, p.calmReady[:], timeout); err == nil && n > 0 {
		p.drain()
	}
}

func (p *Poller) drain() {
	var count [8]byte
	_, _ = unix.Read(p.wake, count[:])
}

// holdBelow is the average wait below which the loop keeps its processor while it waits.
const holdBelow = 30 * time.Millisecond

// block waits. When waits are short, the loop's thread keeps its P, the Go scheduler's processor, as
// if it was computing. Otherwise the runtime's monitor takes the P away after 20 us, wakes other
// threads to find work for it, and looks for 1 ms every 20 us whether there is more to do; measured
// with 700 waits a second, that was two thirds of the whole process's CPU time. What needs the P,
// garbage collection for one, gets it by a signal, which ends the wait; the caller waits again.
func (p *Poller) block(ep int, events []unix.EpollEvent, timeout time.Duration) (int, error) {
	if p.coarse {
		return p.blockCoarse(ep, events, timeout)
	}
	hold := p.many && p.busy < holdBelow
	begin := time.Now()
	n, errno := epollPwait2(ep, events, timeout, hold)
	if errno == unix.ENOSYS {
		p.coarse = true
		return p.blockCoarse(ep, events, timeout)
	}
	const weight = 16
	p.busy += (time.Since(begin) - p.busy) / weight
	if errno != 0 {
		return 0, errno
	}
	return n, nil
}

func (p *Poller) blockCoarse(ep int, events []unix.EpollEvent, timeout time.Duration) (int, error) {
	ms := -1
	if timeout >= 0 {
		ms = int(min((timeout+time.Millisecond-1)/time.Millisecond, 1<<30))
	}
	return unix.EpollWait(ep, events, ms)
}

func epollPwait2(ep int, events []unix.EpollEvent, timeout time.Duration, hold bool) (int, unix.Errno) {
	var at *unix.Timespec
	var ts unix.Timespec
	if timeout >= 0 {
		ts = unix.NsecToTimespec(int64(timeout))
		at = &ts
	}
	call := unix.Syscall6
	if hold {
		call = unix.RawSyscall6
	}
	n, _, errno := call(unix.SYS_EPOLL_PWAIT2, uintptr(ep), uintptr(unsafe.Pointer(&events[0])),
		uintptr(len(events)), uintptr(unsafe.Pointer(at)), 0, 0)
	return int(n), errno
}

// Close frees the descriptors; sockets stay open.
func (p *Poller) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, fd := range []*int{&p.all, &p.calm, &p.wake} {
		if *fd >= 0 {
			_ = unix.Close(*fd)
			*fd = -1
		}
	}
}
