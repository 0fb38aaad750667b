package script

import (
	"context"
	"sync"
	"time"
)

// MaxWaiting is how many batches of one owner wait at most while a script of it hangs: enough for any
// switchover, and what a flapping instance leaves behind is still bounded.
const MaxWaiting = 64

// Queues runs commands beside their callers: those of one owner one after the other, in the order
// in which they were given, those of different owners at the same time. So "backup" never overtakes
// "master", and a script that hangs delays only its own owner's.
//
// Where more wait than MaxWaiting, the oldest give way: what a script is told last is how things are.
type Queues struct {
	run      func(context.Context, string, Command)
	overflow func(owner string)
	ctx      context.Context
	cancel   context.CancelFunc

	mu      sync.Mutex
	waiting map[string]*backlog // by owner; present while its goroutine runs
	dropped uint64
	ended   bool
	running sync.WaitGroup
}

// backlog is what waits of one owner.
type backlog struct {
	commands []waiting
	batches  int
	told     bool // overflow was called
}

type waiting struct {
	Command
	first bool // of a batch
}

// NewQueues returns empty queues. run runs one command of an owner to its end, sooner when its
// context ends. overflow, which may be nil, is called when the first command of an owner is dropped, and
// not again before its queue was empty.
func NewQueues(run func(ctx context.Context, owner string, c Command), overflow func(owner string)) *Queues {
	ctx, cancel := context.WithCancel(context.Background())
	if overflow == nil {
		overflow = func(string) {}
	}
	return &Queues{run: run, overflow: overflow, ctx: ctx, cancel: cancel, waiting: map[string]*backlog{}}
}

// Add queues a batch of commands behind the others of their owner. It does not wait. After Stop it does
// nothing.
func (q *Queues) Add(owner string, commands ...Command) {
	if q.add(owner, commands) {
		q.overflow(owner)
	}
}

// add tells whether overflow is to be called.
func (q *Queues) add(owner string, commands []Command) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ended || len(commands) == 0 {
		return false
	}
	b := q.waiting[owner]
	if b == nil {
		b = &backlog{}
		q.waiting[owner] = b
		q.running.Go(func() { q.work(owner) })
	}
	for i, c := range commands {
		b.commands = append(b.commands, waiting{Command: c, first: i == 0})
	}
	b.batches++
	if b.batches <= MaxWaiting {
		return false
	}
	q.dropped += b.drop()
	told := b.told
	b.told = true
	return !told
}

// drop takes the oldest batch out that has not begun, and tells how many commands it had.
func (b *backlog) drop() uint64 {
	start := 0
	for !b.commands[start].first {
		start++ // the rest of one that has
	}
	end := start + 1
	for end < len(b.commands) && !b.commands[end].first {
		end++
	}
	b.commands = append(b.commands[:start:start], b.commands[end:]...)
	b.batches--
	return uint64(end - start)
}

// work runs a queue until it is empty.
func (q *Queues) work(owner string) {
	for {
		q.mu.Lock()
		b := q.waiting[owner]
		if b == nil || len(b.commands) == 0 {
			delete(q.waiting, owner)
			q.mu.Unlock()
			return
		}
		next := b.commands[0]
		b.commands = b.commands[1:]
		if next.first {
			b.batches--
		}
		q.mu.Unlock()
		q.run(q.ctx, owner, next.Command)
	}
}

// Dropped is how many commands gave way to later ones.
func (q *Queues) Dropped() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.dropped
}

// Wait waits for all queues to be empty, at most for limit, and reports whether they are. What
// still runs then is left to itself.
func (q *Queues) Wait(limit time.Duration) bool {
	q.mu.Lock()
	q.ended = true
	q.mu.Unlock()
	empty := make(chan struct{})
	go func() {
		q.running.Wait()
		close(empty)
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-empty:
		return true
	case <-timer.C:
		return false
	}
}

// Stop is Wait, but then leaves out what has not begun and ends what still runs.
func (q *Queues) Stop(limit time.Duration) bool {
	done := q.Wait(limit)
	q.mu.Lock()
	clear(q.waiting) // work sees an empty queue
	q.mu.Unlock()
	q.cancel()
	q.running.Wait()
	return done
}
