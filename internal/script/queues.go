package script

import (
	"context"
	"sync"
	"time"
)

// Queues runs commands beside their callers: those of one owner one after the other, in the order
// in which they were given, those of different owners at the same time. So "backup" never overtakes
// "master", and a script that hangs delays only its own owner's.
type Queues struct {
	run    func(context.Context, string, Command)
	ctx    context.Context
	cancel context.CancelFunc

	mu      sync.Mutex
	waiting map[string][]Command // by owner; present while its goroutine runs
	ended   bool
	running sync.WaitGroup
}

// NewQueues returns empty queues. run runs one command of an owner to its end, sooner when its
// context ends.
func NewQueues(run func(ctx context.Context, owner string, c Command)) *Queues {
	ctx, cancel := context.WithCancel(context.Background())
	return &Queues{run: run, ctx: ctx, cancel: cancel, waiting: map[string][]Command{}}
}

// Add queues commands behind the others of their owner. It does not wait. After Stop it does nothing.
func (q *Queues) Add(owner string, commands ...Command) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ended || len(commands) == 0 {
		return
	}
	_, busy := q.waiting[owner]
	q.waiting[owner] = append(q.waiting[owner], commands...)
	if !busy {
		q.running.Go(func() { q.work(owner) })
	}
}

// work runs a queue until it is empty.
func (q *Queues) work(owner string) {
	for {
		q.mu.Lock()
		queue := q.waiting[owner]
		if len(queue) == 0 {
			delete(q.waiting, owner)
			q.mu.Unlock()
			return
		}
		q.waiting[owner] = queue[1:]
		q.mu.Unlock()
		q.run(q.ctx, owner, queue[0])
	}
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
