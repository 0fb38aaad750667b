package vrrp

import (
	"math"
	"time"
)

// never is the deadline of what is not due at all.
const never = time.Duration(math.MaxInt64)

// slot is one of the deadlines of an instance.
type slot uint8

const (
	// mainSlot is the Adver_Timer of a MASTER and the Master_Down_Timer of a BACKUP; in a handover
	// it repeats the farewell.
	mainSlot slot = iota
	// delayedSlot is the second set of announcements after becoming MASTER.
	delayedSlot
	// lowerSlot is the second set after a lower priority advertisement.
	lowerSlot
	refreshSlot
	// handoverSlot ends a planned stop or a switch.
	handoverSlot
	// asideSlot ends the time in which an instance that was switched away stands aside. It goes on
	// whatever the state is.
	asideSlot
	slots
)

// deadlines is a binary heap of instances by their earliest deadline. Each knows its place, so that
// moving one is O(log n) and allocates nothing.
type deadlines []*instance

func (h *deadlines) push(in *instance) {
	in.place = len(*h)
	*h = append(*h, in)
	h.up(in.place)
}

func (h *deadlines) remove(in *instance) {
	i, last := in.place, len(*h)-1
	h.swap(i, last)
	(*h)[last] = nil
	*h = (*h)[:last]
	if i < last {
		h.fix((*h)[i])
	}
}

// fix moves in to where its key belongs.
func (h *deadlines) fix(in *instance) {
	if !h.down(in.place) {
		h.up(in.place)
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
