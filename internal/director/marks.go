package director

import (
	"fmt"
	"slices"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/lvs"
)

// Marks is how packets to the addresses of virtual server groups get firewall marks (nftables_ipvs).
type Marks struct {
	Table    string // of nftables, one for each address family
	Priority int32  // of its chain
	Counters bool
	List     []lvs.Mark
	// Former are other tables of ours, which go.
	Former []string
}

// Marker marks packets in the kernel. It may be called from several goroutines.
type Marker interface {
	// Mark makes the kernel mark this and nothing else, in one step; a table without marks goes.
	Mark(Marks) error
	// Marked reports whether what Mark has done is still so.
	Marked() (bool, error)
}

// marking is what the loop knows of marks.
type marking struct {
	// stale: what is marked is to be compared with what is wanted.
	stale bool
	// done is what the kernel marks because of us.
	done Marks
	// former are tables that an earlier process, or an earlier configuration, may have left.
	former []string
	// written: marks were written since the read that is under way began.
	written bool
	// broken: somebody else has changed them.
	broken bool
}

// mark brings the kernel's marks up to date. It comes after the services: no packet has a mark before
// there is a service for it.
func (d *Director) mark() {
	m := &d.marks
	if !m.stale || d.deps.Marker == nil {
		return
	}
	want, known := d.wantedMarks()
	if !known {
		return // who is MASTER is told soon
	}
	m.stale = false
	if !m.broken && len(want.Former) == 0 && sameMarks(m.done, want) {
		return
	}
	m.written = true
	if err := d.deps.Marker.Mark(want); err != nil {
		m.stale, d.table.failed = true, true
		if d.table.problem(fmt.Errorf("mark packets: %w", err)) {
			d.log.Error("marking packets for IPVS failed", zap.Error(err))
		}
		return
	}
	m.done, m.broken, m.former = want, false, nil
	m.done.Former = nil
}

// wantedMarks are the marks that are active. known is false while nobody can say.
func (d *Director) wantedMarks() (want Marks, known bool) {
	if d.settings.Marks != nil {
		want = *d.settings.Marks
	}
	want.List, known = d.core.Marked(want.List)
	want.Former = d.otherTables(want.Table)
	return want, known
}

// otherTables are those of ours that do not have that name.
func (d *Director) otherTables(name string) []string {
	var others []string
	for _, t := range append(slices.Clone(d.marks.former), d.marks.done.Table) {
		if t != "" && t != name && !slices.Contains(others, t) {
			others = append(others, t)
		}
	}
	return others
}

func sameMarks(a, b Marks) bool {
	if len(a.List) == 0 && len(b.List) == 0 {
		return true
	}
	return a.Table == b.Table && a.Priority == b.Priority && a.Counters == b.Counters &&
		slices.EqualFunc(a.List, b.List, func(x, y lvs.Mark) bool {
			return x.First == y.First && x.Last == y.Last && x.Port == y.Port && x.Protocol == y.Protocol && x.FWMark == y.FWMark
		})
}

// compareMarks has marks that somebody else has changed put right.
func (d *Director) compareMarks(intact bool) {
	if m := &d.marks; !intact && !m.written {
		m.broken, m.stale = true, true
		d.drifted("nftables table " + m.done.Table)
	}
	d.mark()
}

// markTables are the tables that are, or are about to be, in the kernel because of us.
func (d *Director) markTables() []string {
	if d.settings.Marks == nil {
		return d.otherTables("")
	}
	return append(d.otherTables(d.settings.Marks.Table), d.settings.Marks.Table)
}

// unmark takes the marks away at the end.
func (d *Director) unmark() error {
	tables := d.markTables()
	if d.deps.Marker == nil || len(tables) == 0 {
		return nil
	}
	return d.deps.Marker.Mark(Marks{Former: tables})
}
