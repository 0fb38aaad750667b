package director

import "time"

// checkHeap orders jobs by when they are due, for container/heap.
type checkHeap []*job

func (h checkHeap) Len() int           { return len(h) }
func (h checkHeap) Less(i, j int) bool { return h[i].due.Before(h[j].due) }
func (h checkHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *checkHeap) Push(x any) {
	j := x.(*job)
	j.index = len(*h)
	*h = append(*h, j)
}

func (h *checkHeap) Pop() any {
	last := len(*h) - 1
	j := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	j.index = -1
	return j
}

// first is when the earliest job is due; zero without any.
func (h checkHeap) first() time.Time {
	if len(h) == 0 {
		return time.Time{}
	}
	return h[0].due
}
