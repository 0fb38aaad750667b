package logsink

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// record is one entry on its way to one writer.
type record struct {
	to   int // index of the writer
	data []byte
	// barrier is closed when everything before this record is written.
	barrier chan struct{}
}

// writer is where records end: it may block and may fail.
type writer interface {
	write([]byte) error
	// joins tells whether several records may be written at once.
	joins() bool
	// dropNote makes the record which says that n entries were dropped.
	dropNote(n uint64) []byte
	close()
}

// queue passes records to writers on a goroutine of its own.
type queue struct {
	records chan record
	writers []writer
	joined  [][]byte // by writer: records that are to be written together
	dropped atomic.Uint64
	total   atomic.Uint64
	done    chan struct{}
	close   sync.Once
	closed  chan struct{}
}

func newQueue(size int, writers []writer) *queue {
	q := &queue{records: make(chan record, size), writers: writers, joined: make([][]byte, len(writers)), done: make(chan struct{}), closed: make(chan struct{})}
	go q.run()
	return q
}

// put leaves a record, or drops and counts it when the queue is full.
func (q *queue) put(r record) {
	select {
	case q.records <- r:
	default:
		q.dropped.Add(1)
		q.total.Add(1)
	}
}

// flush waits until everything put before it is written, at most for limit.
func (q *queue) flush(limit time.Duration) error {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	barrier := make(chan struct{})
	select {
	case q.records <- record{barrier: barrier}:
	case <-q.done:
		return nil
	case <-timer.C:
		return fmt.Errorf("flush log: the writer did not take %d entries within %v", len(q.records), limit)
	}
	select {
	case <-barrier:
	case <-q.done:
	case <-timer.C:
		return fmt.Errorf("flush log: not written within %v", limit)
	}
	return nil
}

func (q *queue) stop() { q.close.Do(func() { close(q.closed) }) }

func (q *queue) run() {
	defer close(q.done)
	for {
		select {
		case r := <-q.records:
			q.handle(r)
			q.handleWaiting()
		case <-q.closed:
			q.handleWaiting()
			for _, w := range q.writers {
				w.close()
			}
			return
		}
	}
}

// handleWaiting handles what is there.
func (q *queue) handleWaiting() {
	for {
		select {
		case r := <-q.records:
			q.handle(r)
		default:
			for i := range q.writers {
				q.writeJoined(i)
			}
			return
		}
	}
}

// maxJoined is the most octets that are written at once: the lines of several processes do not mix on
// a pipe up to this size (PIPE_BUF).
const maxJoined = 4096

// writeJoined writes the records that a writer is to get together.
func (q *queue) writeJoined(to int) {
	if len(q.joined[to]) > 0 {
		_ = q.writers[to].write(q.joined[to])
		q.joined[to] = q.joined[to][:0]
	}
}

// handle writes a record, or leaves it to be written together with those that follow. An error has
// nowhere to go: the log is what it would be reported to.
func (q *queue) handle(r record) {
	if r.barrier != nil {
		for i := range q.writers {
			q.writeJoined(i)
		}
		close(r.barrier)
		return
	}
	if q.writers[r.to].joins() {
		if len(q.joined[r.to])+len(r.data) > maxJoined {
			q.writeJoined(r.to)
		}
		q.joined[r.to] = append(q.joined[r.to], r.data...)
	} else {
		_ = q.writers[r.to].write(r.data)
	}
	if n := q.dropped.Swap(0); n > 0 {
		for i, w := range q.writers {
			q.writeJoined(i)
			_ = w.write(w.dropNote(n))
		}
	}
}
