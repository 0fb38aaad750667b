package speaker

import "sync"

// queue hands values from one goroutine to another without ever making the sender wait. The
// receiver takes all that is there.
type queue[T any] struct {
	mu    sync.Mutex
	items []T
	spare []T
	// C has an element when there is something to take, for receivers that select.
	C chan struct{}
	// wake is called instead where the receiver sits in a poller.
	wake func()
}

func newQueue[T any]() *queue[T] { return &queue[T]{C: make(chan struct{}, 1)} }

func (q *queue[T]) put(item T) {
	q.mu.Lock()
	first := len(q.items) == 0
	q.items = append(q.items, item)
	q.mu.Unlock()
	if !first {
		return // whoever put the first has woken the receiver
	}
	if q.wake != nil {
		q.wake()
		return
	}
	select {
	case q.C <- struct{}{}:
	default:
	}
}

// take returns all items. The slice is good until the next call.
func (q *queue[T]) take() []T {
	q.mu.Lock()
	defer q.mu.Unlock()
	items := q.items
	clear(q.spare[:cap(q.spare)])
	q.items = q.spare[:0]
	q.spare = items
	return items
}
