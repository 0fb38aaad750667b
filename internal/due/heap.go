package due

import "time"

// Entry is what a T needs to be in a Heap of T.
type Entry[T any] struct {
	// At is when the T is due. After a change Fix has to be called.
	At    time.Duration
	place int
	of    *T
}

// Heap is a binary heap whose elements know their places, so that moving or removing one is
// O(log n) and allocates nothing. Its zero value is empty.
type Heap[T any] struct{ list []planned[T] }

// planned is an element with its deadline. The heap is searched by what it holds itself: with many
// elements, looking into each would cost more than the rest.
type planned[T any] struct {
	at    time.Duration
	entry *Entry[T]
}

// Len is how many there are.
func (h *Heap[T]) Len() int { return len(h.list) }

// First is the one that is due first; there has to be one.
func (h *Heap[T]) First() *T { return h.list[0].entry.of }

// By tells whether one is due by then.
func (h *Heap[T]) By(now time.Duration) bool { return len(h.list) > 0 && h.list[0].at <= now }

// Add takes an element in that is not in the heap, by its entry.
func (h *Heap[T]) Add(e *Entry[T], of *T) {
	e.of = of
	h.list = append(h.list, planned[T]{e.At, e})
	up(h.list, len(h.list)-1)
}

// Has tells whether an element is in the heap.
func (h *Heap[T]) Has(e *Entry[T]) bool {
	return e.place < len(h.list) && h.list[e.place].entry == e
}

// Remove takes out one that is in the heap.
func (h *Heap[T]) Remove(e *Entry[T]) {
	i, last := e.place, len(h.list)-1
	moved := h.list[last]
	h.list[last] = planned[T]{}
	h.list = h.list[:last]
	if i < last {
		put(h.list, i, moved)
		h.move(i)
	}
}

// Fix moves one whose deadline has changed to where it belongs.
func (h *Heap[T]) Fix(e *Entry[T]) {
	h.list[e.place].at = e.At
	h.move(e.place)
}

// Delay puts all off by as much.
func (h *Heap[T]) Delay(by time.Duration) {
	for i := range h.list {
		p := &h.list[i]
		p.entry.At += by
		p.at = p.entry.At
	}
}

func (h *Heap[T]) move(i int) {
	if !down(h.list, i) {
		up(h.list, i)
	}
}

func put[T any](list []planned[T], i int, p planned[T]) {
	list[i] = p
	p.entry.place = i
}

func up[T any](list []planned[T], i int) {
	moving := list[i]
	for i > 0 {
		parent := (i - 1) / 2
		if list[parent].at <= moving.at {
			break
		}
		put(list, i, list[parent])
		i = parent
	}
	put(list, i, moving)
}

// down reports whether it moved anything.
func down[T any](list []planned[T], start int) bool {
	i, moving := start, list[start]
	for {
		child := 2*i + 1
		if child >= len(list) {
			break
		}
		if right := child + 1; right < len(list) && list[right].at < list[child].at {
			child = right
		}
		if moving.at <= list[child].at {
			break
		}
		put(list, i, list[child])
		i = child
	}
	if i != start {
		put(list, i, moving)
	}
	return i != start
}
