package track

import "container/heap"

// deadlines orders objects by their earliest deadline, for container/heap. Each knows its place, so
// that moving one is O(log n) and allocates nothing.
type deadlines []*object

func (h deadlines) Len() int           { return len(h) }
func (h deadlines) Less(i, j int) bool { return h[i].key < h[j].key }
func (h deadlines) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

// Push implements heap.Interface.
func (h *deadlines) Push(x any) {
	o := x.(*object)
	o.place = len(*h)
	*h = append(*h, o)
}

// Pop implements heap.Interface.
func (h *deadlines) Pop() any {
	last := len(*h) - 1
	o := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return o
}

func (h *deadlines) push(o *object) { heap.Push(h, o) }

// fix moves o to where its key belongs.
func (h *deadlines) fix(o *object) { heap.Fix(h, o.place) }
