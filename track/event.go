package track

import "fmt"

// ID names a tracked object as long as it lives. It is never used again.
type ID uint32

// EventKind says what an Event is about.
type EventKind uint8

// Events.
const (
	// Tick: nothing but time has passed. Any event also runs the deadlines that are due.
	Tick EventKind = iota
	// Done: the run of a script is over (Outcome).
	Done
	// Value: a file holds the number Value; one that is not there holds 0.
	Value
	// Count: so many (Value) processes match.
	Count
	// Told: an object of kind BFD is up or down (Up).
	Told
)

// Event is one input of the core. What it says of an object that is not there, or of another kind,
// is ignored: results of an object that a reload removed come late.
type Event struct {
	Kind    EventKind
	Object  ID
	Value   int
	Up      bool
	Outcome Outcome
}

// End is how a run of a script ended.
type End uint8

// Ends of a run.
const (
	// None: there was no run yet.
	None End = iota
	Exited
	Killed
	TimedOut
	// Unrunnable: the host could not run it.
	Unrunnable
)

// Outcome is the result of one run. Code is the exit status or the signal.
type Outcome struct {
	End  End
	Code int
}

// OK tells whether the run was a success.
func (o Outcome) OK() bool { return o.End == Exited && o.Code == 0 }

// String is what keepalived's log says of it.
func (o Outcome) String() string {
	switch {
	case o.End == None:
		return "no result yet"
	case o.OK():
		return "succeeded"
	case o.End == Exited:
		return fmt.Sprintf("failed (exited with status %d)", o.Code)
	case o.End == Killed:
		return fmt.Sprintf("failed (due to signal %d)", o.Code)
	case o.End == TimedOut:
		return "timed_out"
	}
	return "failed (cannot be run)"
}
