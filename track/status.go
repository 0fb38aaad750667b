package track

import (
	"fmt"
	"strings"
	"time"
)

// IDs are the IDs of the objects, in the order of Settings.Objects.
func (c *Core) IDs() []ID {
	ids := make([]ID, len(c.order))
	for i, o := range c.order {
		ids[i] = o.id
	}
	return ids
}

// InstanceIDs are the IDs of all instances, in order.
func (c *Core) InstanceIDs() []uint32 {
	ids := make([]uint32, len(c.instances))
	for i := range c.instances {
		ids[i] = c.instances[i].ID
	}
	return ids
}

// Sum is what all that an instance tracks amounts to; nothing for one that is not there.
func (c *Core) Sum(instance uint32) Sum {
	for i := range c.instances {
		if c.instances[i].ID == instance {
			return c.instances[i].sum
		}
	}
	return Sum{}
}

// Status is a snapshot of one object.
type Status struct {
	Kind  Kind
	Name  string
	Known bool // it has a state
	Up    bool // of all but a file
	Value int  // the number in a file, or of processes
	// Since is when the state was entered, on the caller's clock.
	Since   time.Duration
	Changes uint64
	// Of a script.
	Last                            Outcome
	Running, Late                   bool
	Against                         int // results in a row that speak against the state
	Runs, Failures, Timeouts, Skips uint64
	Words                           string // the state in words
}

// Objects are snapshots of all objects, in order.
func (c *Core) Objects() []Status {
	all := make([]Status, 0, len(c.order))
	for _, o := range c.order {
		s := &o.script
		all = append(all, Status{
			Kind: o.Kind, Name: o.Name, Known: o.known, Up: o.up, Value: o.value, Since: o.since, Changes: o.changes,
			Last: s.last, Running: s.running, Late: s.running && s.late, Against: s.against,
			Runs: s.runs, Failures: s.failures, Timeouts: s.timeouts, Skips: s.skips, Words: o.words(),
		})
	}
	return all
}

// words is the state for a person to read.
func (o *object) words() string {
	switch {
	case !o.known:
		return "has no result yet"
	case o.Kind == File:
		return fmt.Sprintf("holds %d", o.value)
	case o.Kind == Process && o.up:
		return fmt.Sprintf("runs (%d)", o.value)
	case o.Kind == Process && o.value < o.Quorum:
		return fmt.Sprintf("runs too few (%d of %d)", o.value, o.Quorum)
	case o.Kind == Process:
		return fmt.Sprintf("runs too many (%d, at most %d)", o.value, o.QuorumMax)
	case o.up:
		return "up"
	case o.Kind == Script && o.script.last.End == TimedOut:
		return "timed out"
	case o.Kind == Script:
		return "failed"
	}
	return "down"
}

// Effect is what one tracked object means to an instance.
type Effect struct {
	Kind   Kind
	Name   string
	Words  string
	Amount Sum
}

// String is one reason for a priority or a fault: "script chk failed -10", "file x holds 1: FAULT".
func (e Effect) String() string {
	text := fmt.Sprintf("%s %s %s", e.Kind, e.Name, e.Words)
	switch {
	case e.Amount.Down > 0:
		return text + ": FAULT"
	case e.Amount.Pending:
		return text
	}
	return fmt.Sprintf("%s %+d", text, e.Amount.Weight)
}

// matters tells whether the effect changes anything.
func (e Effect) matters() bool { return e.Amount != Sum{} }

// Effects are what the objects mean to an instance: those that matter, in order.
func (c *Core) Effects(id uint32) []Effect {
	var all []Effect
	for i := range c.instances {
		in := &c.instances[i]
		if in.ID != id {
			continue
		}
		for _, u := range in.Uses {
			o := c.order[u.Object]
			if e := (Effect{Kind: o.Kind, Name: o.Name, Words: o.words(), Amount: o.amount(u.Weight, u.Reverse)}); e.matters() {
				all = append(all, e)
			}
		}
	}
	return all
}

// Why says in one line why the priority of an instance is what it is; empty: nothing speaks for or
// against it.
func (c *Core) Why(id uint32) string {
	var parts []string
	for _, e := range c.Effects(id) {
		parts = append(parts, e.String())
	}
	return strings.Join(parts, ", ")
}
