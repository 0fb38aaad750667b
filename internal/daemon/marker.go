package daemon

import (
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/firewall"
)

// marker lets the firewall mark packets for the director.
type marker struct{ *firewall.Marking }

// Mark implements director.Marker.
func (m marker) Mark(want director.Marks) error {
	list := make([]firewall.Mark, len(want.List))
	for i, w := range want.List {
		list[i] = firewall.Mark{First: w.First, Last: w.Last, Port: w.Port, Protocol: uint8(w.Protocol), Mark: w.FWMark}
	}
	return m.Set(firewall.Options{Table: want.Table, Priority: want.Priority, Counters: want.Counters}, list, want.Former...)
}

// Marked implements director.Marker.
func (m marker) Marked() (bool, error) { return m.Intact() }
