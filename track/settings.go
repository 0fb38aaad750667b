package track

import "time"

// Kind is a kind of tracked objects.
type Kind uint8

// Kinds.
const (
	Script Kind = iota
	File
	Process
	// BFD is an object whose state somebody else finds out and tells (Told).
	BFD
)

var kindNames = [...]string{"script", "file", "process", "bfd"}

func (k Kind) String() string { return kindNames[k] }

// Settings are the tracked objects of a configuration and who tracks them.
type Settings struct {
	Objects   []Object
	Instances []Instance
}

// Object is a tracked object. Kind and Name tell it from others.
type Object struct {
	Kind Kind
	Name string
	// Source is what is watched, in words that are only compared: an object that has another Source
	// after a reload begins anew.
	Source string

	// Of a script: how often it runs, how long it may take (0: Interval), how many results in a row
	// turn it up and down.
	Interval, Timeout time.Duration
	Rise, Fall        int
	// InitFail: it is down until it has risen. Otherwise its first result decides.
	InitFail bool

	// Of a process: up while Quorum to QuorumMax (-1: any number) of them run. A change by a start
	// counts after ForkDelay, one by an end after TerminateDelay.
	Quorum, QuorumMax         int
	ForkDelay, TerminateDelay time.Duration
}

// Instance is a virtual router that tracks objects.
type Instance struct {
	ID   uint32
	Name string
	Uses []Use
}

// Use is a line of a track_* block.
type Use struct {
	Object  int // index into Settings.Objects
	Weight  int
	Reverse bool
}

// normalise replaces what would make the core run in circles.
func (o *Object) normalise() {
	if o.Kind == Script && o.Interval <= 0 {
		o.Interval = time.Second
	}
	if o.Timeout <= 0 {
		o.Timeout = o.Interval
	}
	o.Rise, o.Fall = max(o.Rise, 1), max(o.Fall, 1)
}
