package record

import (
	"time"

	"github.com/holdfast-ha/holdfast/vrrp"
)

// Format is the version of the written form. What another version wrote is refused: read as
// something else it would tell lies.
const Format = 1

// Kind says what an Entry is about.
type Kind uint8

// Kinds of entries.
const (
	// Began: a run begins (Header is filled).
	Began Kind = iota
	// Started: the core was made of Instances and Groups.
	Started
	// Reloaded: it got new ones.
	Reloaded
	// Stepped: it got Event.
	Stepped
	// Ended: the recording ended for Reason.
	Ended
)

// Header says where a run comes from.
type Header struct {
	Program string
	Host    string
	// Epoch is the wall clock at time 0.
	Epoch time.Time
}

// Entry is one line of a recording.
type Entry struct {
	// Line is its number in the file, from 1; writing ignores it.
	Line      int
	Kind      Kind
	At        time.Duration
	Header    Header
	Instances []vrrp.Config
	Groups    []vrrp.GroupConfig
	Event     vrrp.Event
	// Actions are what the core answered to Event, or to a reload.
	Actions []vrrp.Action
	Reason  string
}
