package track

import (
	"time"

	"github.com/holdfast-ha/holdfast/internal/due"
)

// object is the running state of a tracked object.
type object struct {
	due.Entry[object]
	Object
	id    ID
	users []int // indexes of instances

	// known: it has a state; up is that of everything but a file, value that of a file or the
	// number of processes.
	known, up bool
	value     int
	since     time.Duration // of up and value

	script  scriptState
	changes uint64 // of up and value

	// settle is when a process's new state counts.
	settle time.Duration
}

// scriptState is what a script has beside its state.
type scriptState struct {
	// against is how many results in a row speak against the state.
	against int
	// running: it was asked for and has not ended. late: its time is over, which has counted.
	// skipped: the skip of this run was told.
	running, late, skipped bool
	due                    time.Duration // the next run
	limit                  time.Duration // of the running one
	last                   Outcome
	lastStatus             int

	runs, failures, timeouts, skips uint64
}

func newObject(o Object, id ID) *object {
	n := &object{Object: o, id: id, settle: never, Entry: due.Entry[object]{At: never}}
	n.script.due, n.script.limit = never, never
	if o.Kind == Script && o.InitFail {
		n.known = true
	}
	return n
}

// deadline is when the object has to be looked at.
func (o *object) deadline() time.Duration { return min(o.script.due, o.script.limit, o.settle) }

// satisfied tells whether the number of processes is in its bounds.
func (o *object) satisfied() bool {
	return o.value >= o.Quorum && (o.QuorumMax < 0 || o.value <= o.QuorumMax)
}

// amount is what the object means to one that tracks it with that weight.
func (o *object) amount(weight int, reverse bool) (sum Sum) {
	signed := weight
	if reverse {
		signed = -weight
	}
	switch {
	case !o.known:
		sum.Pending = weight == 0
	case o.Kind == File:
		return amountOfFile(o.value, signed, reverse)
	case weight == 0 && o.up == reverse:
		sum.Down = 1
	case weight != 0 && o.up == (weight > 0):
		sum.Weight = signed
	}
	return sum
}

// The bounds of what a file adds.
const (
	fileFault = -254
	fileMost  = 253
)

func amountOfFile(value, signed int, reverse bool) (sum Sum) {
	if signed == 0 {
		if (value != 0) != reverse {
			sum.Down = 1
		}
		return sum
	}
	// value fits in 32 bits, weights are at most 254.
	product := int64(value) * int64(signed)
	if product <= fileFault {
		sum.Down = 1
		return sum
	}
	sum.Weight = int(min(product, fileMost))
	return sum
}
