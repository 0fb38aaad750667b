package mib

import (
	"slices"

	"github.com/holdfast-ha/holdfast/internal/agentx"
)

// none is the value of a cell that is not there.
var none agentx.Value

// column is an object of a table: value may return none.
type column[R any] struct {
	number uint32
	value  func(*R) agentx.Value
}

// table is a conceptual table, or scalars as a table of one row with the index 0.
type table interface {
	get(agentx.OID) (agentx.Value, bool)
	next(name agentx.OID, include bool) (agentx.VarBind, bool)
}

// rows is a table of rows of type R.
type rows[R any] struct {
	entry   agentx.OID // of the columns
	columns []column[R]
	index   []agentx.OID // of rows, in order
	rows    []R
}

// tableOf makes a table; the index of a row may be in any order.
func tableOf[R any](entry agentx.OID, list []R, index func(int, *R) agentx.OID, columns []column[R]) table {
	t := &rows[R]{entry: entry, columns: columns, rows: list}
	for i := range list {
		t.index = append(t.index, index(i, &list[i]))
	}
	if !slices.IsSortedFunc(t.index, agentx.OID.Compare) {
		t.sort()
	}
	return t
}

// scalars are objects that are there once.
func scalars[R any](parent agentx.OID, of R, columns []column[R]) table {
	return &rows[R]{entry: parent, columns: columns, rows: []R{of}, index: []agentx.OID{{0}}}
}

func (t *rows[R]) sort() {
	order := make([]int, len(t.rows))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return t.index[a].Compare(t.index[b]) })
	index, list := make([]agentx.OID, len(order)), make([]R, len(order))
	for to, from := range order {
		index[to], list[to] = t.index[from], t.rows[from]
	}
	t.index, t.rows = index, list
}

// column finds the first column whose number is at least n.
func (t *rows[R]) column(n uint32) int {
	at, _ := slices.BinarySearchFunc(t.columns, n, func(c column[R], n uint32) int { return int(c.number) - int(n) })
	return at
}

func (t *rows[R]) get(name agentx.OID) (agentx.Value, bool) {
	if !name.HasPrefix(t.entry) || len(name) < len(t.entry)+2 {
		return none, false
	}
	rest := name[len(t.entry):]
	c := t.column(rest[0])
	if c == len(t.columns) || t.columns[c].number != rest[0] {
		return none, false
	}
	row, found := slices.BinarySearchFunc(t.index, rest[1:], agentx.OID.Compare)
	if !found {
		return none, false
	}
	v := t.columns[c].value(&t.rows[row])
	return v, v.Type != none.Type
}

func (t *rows[R]) next(name agentx.OID, include bool) (agentx.VarBind, bool) {
	c, row := 0, 0
	switch {
	case name.HasPrefix(t.entry) && len(name) > len(t.entry):
		rest := name[len(t.entry):]
		c = t.column(rest[0])
		if c < len(t.columns) && t.columns[c].number == rest[0] {
			var found bool
			row, found = slices.BinarySearchFunc(t.index, rest[1:], agentx.OID.Compare)
			if found && !include {
				row++
			}
		}
	case name.Compare(t.entry) > 0 && !name.HasPrefix(t.entry):
		return agentx.VarBind{}, false
	}
	for ; c < len(t.columns); c, row = c+1, 0 {
		for ; row < len(t.rows); row++ {
			if v := t.columns[c].value(&t.rows[row]); v.Type != none.Type {
				return agentx.VarBind{Name: t.entry.Append(t.columns[c].number).Append(t.index[row]...), Value: v}, true
			}
		}
	}
	return agentx.VarBind{}, false
}

// view is all tables. Their parts of the tree may lie within one another, as long as no variable is in two.
type view []table

// Get implements agentx.View.
func (v view) Get(name agentx.OID) agentx.Value {
	for _, t := range v {
		if found, ok := t.get(name); ok {
			return found
		}
	}
	return agentx.Value{Type: agentx.NoSuchInstance}
}

// Next implements agentx.View.
func (v view) Next(name agentx.OID, include bool) (first agentx.VarBind, found bool) {
	for _, t := range v {
		if b, ok := t.next(name, include); ok && (!found || b.Name.Compare(first.Name) < 0) {
			first, found = b, true
		}
	}
	return first, found
}
