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
