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
type Heap[E Element] struct{ list []E }

// Len is how many there are.
func (h *Heap[E]) Len() int { return len(h.list) }

// First is the one that is due first; there has to be one.
func (h *Heap[E]) First() E { return h.list[0] }

// Add takes one in that is not in the heap.
func (h *Heap[E]) Add(e E) {
	e.Deadline().place = len(h.list)
	h.list = append(h.list, e)
	h.up(len(h.list) - 1)
}

// Remove takes out one that is in the heap.
func (h *Heap[E]) Remove(e E) {
	i, last := e.Deadline().place, len(h.list)-1
	h.swap(i, last)
	var none E
	h.list[last] = none
	h.list = h.list[:last]
	if i < last {
		h.Fix(h.list[i])
	}
}

// Fix moves one whose deadline has changed to where it belongs.
func (h *Heap[E]) Fix(e E) {
	if i := e.Deadline().place; !h.down(i) {
		h.up(i)
	}
}

func (h *Heap[E]) at(i int) time.Duration { return h.list[i].Deadline().At }

func (h *Heap[E]) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if h.at(parent) <= h.at(i) {
			return
		}
		h.swap(i, parent)
		i = parent
	}
}

// down reports whether it moved anything.
func (h *Heap[E]) down(i int) bool {
	start := i
	for {
		child := 2*i + 1
		if child >= len(h.list) {
			break
		}
		if right := child + 1; right < len(h.list) && h.at(right) < h.at(child) {
			child = right
		}
		if h.at(i) <= h.at(child) {
			break
		}
		h.swap(i, child)
		i = child
	}
	return i > start
}

func (h *Heap[E]) swap(i, j int) {
	h.list[i], h.list[j] = h.list[j], h.list[i]
	h.list[i].Deadline().place, h.list[j].Deadline().place = i, j
}
