package tcp

import (
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/due"
)

// Pool makes the connections of many checks on one goroutine. What a check costs is mostly waking up
// for it, so those that begin together are opened together, looked at once at the end, and only what is
// not there by then is given to the kernel to watch.
type Pool struct {
	mu        sync.Mutex // guards the fields up to the empty line
	given     []*attempt // to be begun
	cancelled []*attempt
	woken     bool // there is something in the two, or closing
	closing   bool

	// ready is an epoll of its own: the runtime's poller watches it as a whole. Its read deadline is
	// when an attempt has taken too long, or now for a wake-up.
	ready   *os.File
	raw     syscall.RawConn
	watched map[uint32]*attempt // by number
	number  uint32
	limits  due.Heap[attempt] // of watched, counted from epoch
	epoch   time.Time
	blind   int // attempts begun since the kernel was last asked
	events  [together]unix.EpollEvent
	first   []unix.PollFd
	ended   chan struct{}
}

// together is how many attempts are opened before the others are looked at.
const together = 64

// NewPool starts a pool. Close ends it.
func NewPool() (*Pool, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("create epoll: %w", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil { // what makes os hand it to the runtime's poller
		unix.Close(fd)
		return nil, fmt.Errorf("create epoll: %w", err)
	}
	p := &Pool{
		ready: os.NewFile(uintptr(fd), "tcp checks"), watched: map[uint32]*attempt{}, epoch: time.Now(), ended: make(chan struct{}),
	}
	if p.raw, err = p.ready.SyscallConn(); err == nil {
		err = p.ready.SetReadDeadline(time.Time{})
	}
	if err != nil {
		p.ready.Close()
		return nil, fmt.Errorf("watch epoll: %w", err)
	}
	go p.run()
	return p, nil
}

// Close ends the attempts under way as failed, and the pool. Later ones fail at once.
func (p *Pool) Close() {
	p.mu.Lock()
	p.closing = true
	p.wake()
	p.mu.Unlock()
	<-p.ended
}

// begin has an attempt made.
func (p *Pool) begin(a *attempt) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closing {
		go a.end(a.begin, errClosed)
		return
	}
	p.given = append(p.given, a)
	p.wake()
}

func (p *Pool) cancel(a *attempt) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closing {
		return
	}
	p.cancelled = append(p.cancelled, a)
	p.wake()
}

// past is a deadline that ends a wait at once.
var past = time.Unix(1, 0)

// wake is called with the lock.
func (p *Pool) wake() {
	if !p.woken {
		p.woken = true
		// It fails only after Close has closed it.
		_ = p.ready.SetReadDeadline(past)
	}
}

func (p *Pool) run() {
	defer close(p.ended)
	defer p.ready.Close()
	for {
		given, cancelled, closing := p.wait()
		now := time.Now()
		for len(given) > 0 {
			n := min(together, len(given))
			p.open(given[:n], now)
			given = given[n:]
			// However many are given, and where there is always one more, those under way are not forgotten.
			if p.blind += n; p.blind >= together {
				p.collect()
				now = time.Now()
			}
		}
		for _, a := range cancelled {
			p.end(a, now, errCancelled)
		}
		p.expire(now)
		if closing {
			for _, a := range p.watched {
				p.end(a, now, errClosed)
			}
			return
		}
	}
}

// wait waits for something to do and returns what was asked for meanwhile.
func (p *Pool) wait() (given, cancelled []*attempt, closing bool) {
	p.mu.Lock()
	if !p.woken {
		var deadline time.Time
		if p.limits.Len() > 0 {
			deadline = p.epoch.Add(p.limits.First().limit.At)
		}
		_ = p.ready.SetReadDeadline(deadline)
		p.mu.Unlock()
		// An error is the deadline: either an attempt is late, or there is something to take.
		_ = p.raw.Read(func(epoll uintptr) bool { return p.look(int(epoll)) > 0 })
		p.mu.Lock()
	}
	defer p.mu.Unlock()
	given, cancelled, closing = p.given, p.cancelled, p.closing
	p.given, p.cancelled, p.woken = nil, nil, closing
	return given, cancelled, closing
}

// open begins attempts and ends those of which the result is there at once. The rest is watched.
func (p *Pool) open(list []*attempt, now time.Time) {
	fds := p.first[:0]
	under := list[:0]
	for _, a := range list {
		underWay, err := a.connect(now)
		if !underWay {
			a.end(now, err)
			continue
		}
		under = append(under, a)
		fds = append(fds, unix.PollFd{Fd: int32(a.fd), Events: unix.POLLOUT})
	}
	p.first = fds
	if len(fds) == 0 {
		return
	}
	// Where the network is near, most are there by now. Without an answer all are watched.
	_, _ = unix.Poll(fds, 0)
	now = time.Now()
	for i, a := range under {
		if events := fds[i].Revents; events != 0 {
			a.end(now, a.outcome(uint32(events)))
			continue
		}
		p.watch(a, now)
	}
}

// watch has the kernel tell when an attempt has ended. It is known by a number and not by its
// descriptor, which the next one may get.
func (p *Pool) watch(a *attempt, now time.Time) {
	p.number++
	a.number = p.number
	event := unix.EpollEvent{Events: unix.EPOLLOUT, Fd: int32(a.number)}
	if err := p.control(unix.EPOLL_CTL_ADD, a.fd, &event); err != nil {
		a.end(now, fmt.Errorf("watch connection: %w", err))
		return
	}
	p.watched[a.number] = a
	a.limit.At = a.begin.Add(a.options.Timeout).Sub(p.epoch)
	p.limits.Add(&a.limit, a)
}

func (p *Pool) control(op, fd int, event *unix.EpollEvent) error {
	var err error
	if failed := p.raw.Control(func(epoll uintptr) { err = unix.EpollCtl(int(epoll), op, fd, event) }); failed != nil {
		return failed
	}
	return err
}

// look ends what the kernel tells of now, and returns of how many it told: less than together means all.
func (p *Pool) look(epoll int) int {
	p.blind = 0
	n, err := unix.EpollWait(epoll, p.events[:], 0)
	if err != nil || n == 0 {
		return 0
	}
	now := time.Now()
	for _, e := range p.events[:n] {
		if a := p.watched[uint32(e.Fd)]; a != nil {
			p.end(a, now, a.outcome(e.Events))
		}
	}
	return n
}

// collect ends all that the kernel can tell of.
func (p *Pool) collect() {
	_ = p.raw.Control(func(epoll uintptr) {
		for p.look(int(epoll)) == together {
		}
	})
}

// expire ends what has taken too long, after what has ended by itself: it may be this process that is late.
func (p *Pool) expire(now time.Time) {
	passed := now.Sub(p.epoch)
	if p.limits.By(passed) {
		p.collect()
	}
	for p.limits.By(passed) {
		p.end(p.limits.First(), now, os.ErrDeadlineExceeded)
	}
}

// end ends an attempt, if it has not ended.
func (p *Pool) end(a *attempt, now time.Time, err error) {
	if a.over {
		return
	}
	if p.limits.Has(&a.limit) {
		p.limits.Remove(&a.limit)
		delete(p.watched, a.number)
	}
	a.end(now, err)
}
