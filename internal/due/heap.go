package due

import "time"

// Entry is what an element of a heap embeds.
type Entry struct {
	// At is when the element is due. After a change Fix has to be called.
	At    time.Duration
	place int
}

// Deadline returns the entry itself.
func (e *Entry) Deadline() *Entry { return e }

// Element is a pointer to what embeds Entry.
type Element interface{ Deadline() *Entry }

// Heap is a binary heap whose elements know their places, so that moving or removing one is
// O(log n) and allocates nothing. Its zero value is empty.
type Heap[E Element] struct{ list []planned[E] }

// planned is an element with its deadline. The heap is searched by what it holds itself: with many
// elements, looking into each would cost more than the rest.
type planned[E Element] struct {
	at    time.Duration
	entry *Entry
	e     E
}

// Len is how many there are.
func (h *Heap[E]) Len() int { return len(h.list) }

// First is the one that is due first; there has to be one.
func (h *Heap[E]) First() E { return h.list[0].e }

// By tells whether one is due by then.
func (h *Heap[E]) By(now time.Duration) bool { return len(h.list) > 0 && h.list[0].at <= now }

// Add takes one in that is not in the heap.
func (h *Heap[E]) Add(e E) {
	entry := e.Deadline()
	h.list = append(h.list, planned[E]{entry.At, entry, e})
	h.up(len(h.list) - 1)
}

// Remove takes out one that is in the heap.
func (h *Heap[E]) Remove(e E) {
	i, last := e.Deadline().place, len(h.list)-1
	moved := h.list[last]
	h.list[last] = planned[E]{}
	h.list = h.list[:last]
	if i < last {
		h.put(i, moved)
		h.move(i)
	}
}

// Fix moves one whose deadline has changed to where it belongs.
func (h *Heap[E]) Fix(e E) {
	entry := e.Deadline()
	h.list[entry.place].at = entry.At
	h.move(entry.place)
}

func (h *Heap[E]) move(i int) {
	if !h.down(i) {
		h.up(i)
	}
}

func (h *Heap[E]) put(i int, p planned[E]) {
	h.list[i] = p
	p.entry.place = i
}

func (h *Heap[E]) up(i int) {
	moving := h.list[i]
	for i > 0 {
		parent := (i - 1) / 2
		if h.list[parent].at <= moving.at {
			break
		}
		h.put(i, h.list[parent])
		i = parent
	}
	h.put(i, moving)
}

// down reports whether it moved anything.
func (h *Heap[E]) down(start int) bool {
	i, moving := start, h.list[start]
	for {
		child := 2*i + 1
		if child >= len(h.list) {
			break
		}
		if right := child + 1; right < len(h.list) && h.list[right].at < h.list[child].at {
			child = right
		}
		if moving.at <= h.list[child].at {
			break
		}
		h.put(i, h.list[child])
		i = child
	}
	if i != start {
		h.put(i, moving)
	}
	return i != start
}
