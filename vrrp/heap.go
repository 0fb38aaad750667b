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
	// listenSlot is when a BACKUP makes sure that it is awake, see listened. It comes before mainSlot,
	// which it may put off.
	listenSlot slot = iota
	// mainSlot is the Adver_Timer of a MASTER and the Master_Down_Timer of a BACKUP; in a handover
	// it repeats the farewell.
	mainSlot
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

// deadline is an instance with its earliest deadline. The heap is searched by what it holds itself: with
// many instances, looking into each would cost more than the rest of hearing an advertisement.
type deadline struct {
	at time.Duration
	in *instance
}

// deadlines is a binary heap of instances by their earliest deadline. Each knows its place, so that
// moving one is O(log n) and allocates nothing.
type deadlines []deadline

func (h *deadlines) push(in *instance) {
	*h = append(*h, deadline{in.key, in})
	h.up(len(*h) - 1)
}

func (h *deadlines) remove(in *instance) {
	i, last := in.place, len(*h)-1
	moved := (*h)[last]
	(*h)[last] = deadline{}
	*h = (*h)[:last]
	if i < last {
		h.put(i, moved)
		h.fix(moved.in)
	}
}

// fix moves in to where its key belongs.
func (h *deadlines) fix(in *instance) {
	i := in.place
	(*h)[i].at = in.key
	if !h.down(i) {
		h.up(i)
	}
}

func (h deadlines) put(i int, d deadline) {
	h[i] = d
	d.in.place = i
}

func (h deadlines) up(i int) {
	moving := h[i]
	for i > 0 {
		parent := (i - 1) / 2
		if h[parent].at <= moving.at {
			break
		}
		h.put(i, h[parent])
		i = parent
	}
	h.put(i, moving)
}

// down reports whether it moved anything.
func (h deadlines) down(start int) bool {
	i, moving := start, h[start]
	for {
		child := 2*i + 1
		if child >= len(h) {
			break
		}
		if right := child + 1; right < len(h) && h[right].at < h[child].at {
			child = right
		}
		if moving.at <= h[child].at {
			break
		}
		h.put(i, h[child])
		i = child
	}
	if i != start {
		h.put(i, moving)
	}
	return i != start
}
