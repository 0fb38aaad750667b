package poller

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Poller waits for sockets, for a time to come and for other goroutines. All methods but Notify, Hold
// and Release belong to the goroutine of the loop.
type Poller struct {
	// sockets is an epoll with all of them; gate is one with sockets, wake and timer.
	sockets, gate int
	timer         int // a timerfd
	// mu guards wake, an eventfd, against being closed while others write to it.
	mu   sync.Mutex
	wake int
	// The runtime watches gate by this file.
	file *os.File
	raw  syscall.RawConn
	look func(uintptr) bool // at gate

	ready  [64]unix.EpollEvent
	events [3]unix.EpollEvent // of gate
	passed int                // how many of them
	open   bool               // gate lets sockets through
	set    bool               // timer runs

	holders atomic.Int32
	many    bool // there is a second processor
}

// Keys of what is in gate.
const (
	wakeKey = iota
	timerKey
	socketsKey
)

// New returns a Poller that watches nothing.
func New() (*Poller, error) {
	p := &Poller{sockets: -1, gate: -1, timer: -1, wake: -1, many: runtime.GOMAXPROCS(0) > 1}
	if err := p.build(); err != nil {
		p.Close()
		return nil, fmt.Errorf("create epoll: %w", err)
	}
	return p, nil
}

func (p *Poller) build() (err error) {
	if p.sockets, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return err
	}
	if p.wake, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return err
	}
	if p.timer, err = unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC|unix.TFD_NONBLOCK); err != nil {
		return err
	}
	if p.gate, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return err
	}
	err = errors.Join(
		control(p.gate, unix.EPOLL_CTL_ADD, p.wake, unix.EPOLLIN, wakeKey),
		control(p.gate, unix.EPOLL_CTL_ADD, p.timer, unix.EPOLLIN, timerKey),
		control(p.gate, unix.EPOLL_CTL_ADD, p.sockets, unix.EPOLLONESHOT, socketsKey),
		unix.SetNonblock(p.gate, true), // then the runtime takes it
	)
	if err != nil {
		return err
	}
	p.file = os.NewFile(uintptr(p.gate), "epoll")
	p.look = func(uintptr) bool { p.passed = await(p.gate, p.events[:], 0); return p.passed > 0 }
	p.raw, err = p.file.SyscallConn()
	return err
}

func control(ep, op, fd int, events uint32, key int32) error {
	return unix.EpollCtl(ep, op, fd, &unix.EpollEvent{Events: events, Fd: key})
}

// Add watches a socket; key comes back from Wait.
func (p *Poller) Add(fd int, key int32) error {
	if err := control(p.sockets, unix.EPOLL_CTL_ADD, fd, unix.EPOLLIN, key); err != nil {
		return fmt.Errorf("watch socket: %w", err)
	}
	return nil
}

// Remove must be called before fd is closed.
func (p *Poller) Remove(fd int) { _ = unix.EpollCtl(p.sockets, unix.EPOLL_CTL_DEL, fd, nil) }

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

// Hold says that other goroutines of the process have much to do, until Release: the loop keeps its P,
// the Go scheduler's processor, while it waits, so that it need not wait for one. Any goroutine may
// call it, any number of times.
func (p *Poller) Hold() {
	if p.holders.Add(1) == 1 && p.many {
		p.Notify() // it may be waiting without
	}
}

// Release ends what Hold began.
func (p *Poller) Release() { p.holders.Add(-1) }

// Wait returns when there is something to read, at the latest after timeout; negative: no limit.
// The keys are good until the next call. A Notify ends it too.
func (p *Poller) Wait(timeout time.Duration) []unix.EpollEvent {
	n := await(p.sockets, p.ready[:], 0)
	if n > 0 || timeout == 0 {
		return p.ready[:n]
	}
	p.let(true)
	p.block(timeout)
	if p.open {
		return nil
	}
	return p.ready[:await(p.sockets, p.ready[:], 0)]
}

// Rest waits for timeout or a Notify, whatever comes in meanwhile.
func (p *Poller) Rest(timeout time.Duration) {
	p.let(false)
	p.block(timeout)
}

// let opens or closes the gate for sockets. It closes by itself when something went through.
func (p *Poller) let(through bool) {
	if p.open == through {
		return
	}
	p.open = through
	event := unix.EpollEvent{Events: unix.EPOLLONESHOT, Fd: socketsKey}
	if through {
		event.Events |= unix.EPOLLIN
	}
	_, _, _ = unix.RawSyscall6(unix.SYS_EPOLL_CTL, uintptr(p.gate), unix.EPOLL_CTL_MOD, uintptr(p.sockets),
		uintptr(unsafe.Pointer(&event)), 0, 0)
}

// block waits until something passes the gate.
func (p *Poller) block(timeout time.Duration) {
	p.setTimer(timeout)
	if p.many && p.holders.Load() > 0 {
		// What needs the P all the same, garbage collection for one, gets it by a signal, which ends
		// the wait.
		p.passed = await(p.gate, p.events[:], -1)
	} else if p.raw.Read(p.look) != nil {
		p.passed = 0
	}
	for _, e := range p.events[:p.passed] {
		switch e.Fd {
		case wakeKey:
			var count [8]byte
			_, _, _ = unix.RawSyscall(unix.SYS_READ, uintptr(p.wake), uintptr(unsafe.Pointer(&count)), uintptr(len(count)))
		case timerKey:
			p.setTimer(-1)
		case socketsKey:
			p.open = false
		}
	}
}

// setTimer has timer run out after d; negative: not at all.
func (p *Poller) setTimer(d time.Duration) {
	if d < 0 && !p.set {
		return
	}
	p.set = d >= 0
	var spec unix.ItimerSpec
	if p.set {
		spec.Value = unix.NsecToTimespec(int64(max(d, 1))) // 0 would stop it
	}
	_, _, _ = unix.RawSyscall6(unix.SYS_TIMERFD_SETTIME, uintptr(p.timer), 0, uintptr(unsafe.Pointer(&spec)), 0, 0, 0)
}

// await is epoll_wait, for the goroutine that has the P all the time. An interrupted one found nothing.
func await(ep int, events []unix.EpollEvent, ms int) int {
	n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(ep), uintptr(unsafe.Pointer(&events[0])),
		uintptr(len(events)), uintptr(ms), 0, 0)
	if errno != 0 {
		return 0
	}
	return int(n)
}

// Close frees the descriptors; sockets stay open.
func (p *Poller) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.file != nil {
		p.file.Close()
		p.file, p.gate = nil, -1
	}
	for _, fd := range []*int{&p.sockets, &p.gate, &p.timer, &p.wake} {
		if *fd >= 0 {
			_ = unix.Close(*fd)
			*fd = -1
		}
	}
}
