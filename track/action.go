package track

import "fmt"

// ActionKind says what the shell has to do.
type ActionKind uint8

// Actions.
const (
	// Run: run the script now; its end is told by Done.
	Run ActionKind = iota
	// Skipped: a script was due while it was still running. Told once for each such run.
	Skipped
	// Returned: a script exits with another status than the time before.
	Returned
	// Turned: an object went up or down (Up), or a file holds another number (Value).
	Turned
	// Summed: what is tracked amounts to another Sum for an instance.
	Summed
)

// Action is one output of the core: a value, comparable, printable.
type Action struct {
	Kind     ActionKind
	Object   ID
	Up       bool
	Value    int
	Outcome  Outcome
	Instance uint32
	Sum      Sum
}

// Sum is what all that an instance tracks amounts to.
type Sum struct {
	// Weight is added to the priority.
	Weight int
	// Down is how many are a fault.
	Down int
	// Pending: some have no result yet and no weight, so that nobody knows whether they are a fault.
	Pending bool
}

// String is one line for tests and traces.
func (a Action) String() string {
	switch a.Kind {
	case Run:
		return fmt.Sprintf("run %d", a.Object)
	case Skipped:
		return fmt.Sprintf("skip %d", a.Object)
	case Returned:
		return fmt.Sprintf("%d returns %d", a.Object, a.Outcome.Code)
	case Turned:
		return fmt.Sprintf("%d up=%v value=%d %v", a.Object, a.Up, a.Value, a.Outcome)
	}
	pending := ""
	if a.Sum.Pending {
		pending = " pending"
	}
	return fmt.Sprintf("instance %d: %+d down %d%s", a.Instance, a.Sum.Weight, a.Sum.Down, pending)
}
