package track

import (
	"math"
	"time"

	"github.com/holdfast-ha/holdfast/internal/due"
)

const never = time.Duration(math.MaxInt64)

// Core holds the state of all tracked objects. The zero value tracks nothing.
type Core struct {
	now       time.Duration
	last      ID
	order     []*object
	objects   map[ID]*object
	instances []instance
	due       due.Heap[object]
	out       []Action
	dirty     []int // instances to sum up
}

// instance is a virtual router with what its trackers amounted to when it was last told.
type instance struct {
	Instance
	sum   Sum
	dirty bool
}

// Step gives the core an event and returns out with what follows from it. It allocates nothing when
// out has room. A time before that of an earlier call counts as that one.
func (c *Core) Step(now time.Duration, ev Event, out []Action) []Action {
	c.now = max(c.now, now)
	c.out = out
	if o := c.objects[ev.Object]; o != nil {
		c.event(o, &ev)
		c.arm(o)
	}
	c.runDue()
	c.tell()
	out, c.out = c.out, nil
	return out
}

// Next is when Step is due, at the latest; false: never.
func (c *Core) Next() (time.Duration, bool) {
	if c.due.Len() == 0 || c.due.First().At == never {
		return 0, false
	}
	return c.due.First().At, true
}

func (c *Core) event(o *object, ev *Event) {
	switch {
	case ev.Kind == Done && o.Kind == Script:
		c.scriptDone(o, ev.Outcome)
	case ev.Kind == Value && o.Kind == File:
		if !o.known || o.value != ev.Value {
			o.known, o.value = true, ev.Value
			c.turned(o)
		}
	case ev.Kind == Count && o.Kind == Process:
		c.counted(o, ev.Value)
	case ev.Kind == Told && o.Kind == BFD:
		if !o.known || o.up != ev.Up {
			o.known, o.up = true, ev.Up
			c.turned(o)
		}
	}
}

// runDue does what is due. Each object's turn ends with a later deadline.
func (c *Core) runDue() {
	for c.due.By(c.now) {
		o := c.due.First()
		// The end of a run comes before the next one.
		if o.script.limit <= c.now {
			c.overdue(o)
		}
		if o.script.due <= c.now {
			c.scriptDue(o)
		}
		if o.settle <= c.now {
			c.settled(o)
		}
		c.arm(o)
	}
}

// arm puts the object where its deadline belongs.
func (c *Core) arm(o *object) {
	if at := o.deadline(); at != o.At {
		o.At = at
		c.due.Fix(&o.Entry)
	}
}

// turned records and reports a new state, and what it means to those that track it.
func (c *Core) turned(o *object) {
	o.since = c.now
	o.changes++
	c.out = append(c.out, Action{Kind: Turned, Object: o.id, Up: o.up, Value: o.value, Outcome: o.script.last})
	c.touch(o)
}

// touch marks those that track the object.
func (c *Core) touch(o *object) {
	for _, i := range o.users {
		if in := &c.instances[i]; !in.dirty {
			in.dirty = true
			c.dirty = append(c.dirty, i)
		}
	}
}

// tell sums up for each instance that may have another sum. It is added up anew each time: there is
// no difference that could be lost.
func (c *Core) tell() {
	for _, i := range c.dirty {
		in := &c.instances[i]
		in.dirty = false
		if sum := c.sum(in); sum != in.sum {
			in.sum = sum
			c.out = append(c.out, Action{Kind: Summed, Instance: in.ID, Sum: sum})
		}
	}
	c.dirty = c.dirty[:0]
}

func (c *Core) sum(in *instance) (sum Sum) {
	for i := range in.Uses {
		u := &in.Uses[i]
		part := c.order[u.Object].amount(u.Weight, u.Reverse)
		sum.Weight += part.Weight
		sum.Down += part.Down
		sum.Pending = sum.Pending || part.Pending
	}
	return sum
}
