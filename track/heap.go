package track

// deadlines is a binary heap of objects by their earliest deadline. Each knows its place, so that
// moving one is O(log n) and allocates nothing.
type deadlines []*object

func (h *deadlines) push(o *object) {
	o.place = len(*h)
	*h = append(*h, o)
	h.up(o.place)
}

// fix moves o to where its key belongs.
func (h *deadlines) fix(o *object) {
	if !h.down(o.place) {
		h.up(o.place)
	}
}

func (h *deadlines) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if (*h)[parent].key <= (*h)[i].key {
			return
		}
		h.swap(i, parent)
		i = parent
	}
}

func (h *deadlines) down(i int) bool {
	start := i
	for {
		child := 2*i + 1
		if child >= len(*h) {
			break
		}
		if right := child + 1; right < len(*h) && (*h)[right].key < (*h)[child].key {
			child = right
		}
		if (*h)[i].key <= (*h)[child].key {
			break
		}
		h.swap(i, child)
		i = child
	}
	return i > start
}

func (h *deadlines) swap(i, j int) {
	(*h)[i], (*h)[j] = (*h)[j], (*h)[i]
	(*h)[i].place, (*h)[j].place = i, j
}
