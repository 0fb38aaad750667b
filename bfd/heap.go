package bfd

import "container/heap"

// deadlines orders sessions by their earliest deadline, for container/heap. Each knows its place, so
// that moving one is O(log n) and allocates nothing.
type deadlines []*session

func (h deadlines) Len() int           { return len(h) }
func (h deadlines) Less(i, j int) bool { return h[i].key < h[j].key }
func (h deadlines) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

// Push implements heap.Interface.
func (h *deadlines) Push(x any) {
	s := x.(*session)
	s.place = len(*h)
	*h = append(*h, s)
}

// Pop implements heap.Interface.
func (h *deadlines) Pop() any {
	last := len(*h) - 1
	s := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return s
}

func (h *deadlines) push(s *session) { heap.Push(h, s) }

// fix moves s to where its key belongs.
func (h *deadlines) fix(s *session) { heap.Fix(h, s.place) }
