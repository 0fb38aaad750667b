package procmon

import "slices"

// table holds the processes that match, and how many there are for each Match.
type table struct {
	proc    proc
	matches []Match
	command bool // some Match wants the command line
	counts  []int
	pids    map[int][]int // indexes of matches
}

func newTable(p proc, matches []Match) *table {
	t := &table{proc: p, matches: matches, counts: make([]int, len(matches)), pids: map[int][]int{}}
	t.command = slices.ContainsFunc(matches, func(m Match) bool { return m.Command })
	return t
}

// scan looks at all processes.
func (t *table) scan() error {
	pids, err := t.proc.pids()
	if err != nil {
		return err
	}
	there := make(map[int]bool, len(pids))
	for _, pid := range pids {
		there[pid] = true
		t.look(pid)
	}
	for pid := range t.pids {
		if !there[pid] {
			t.set(pid, nil)
		}
	}
	return nil
}

// look finds out what one process is.
func (t *table) look(pid int) {
	p, ok := t.proc.read(pid, t.command)
	if !ok {
		t.set(pid, nil)
		return
	}
	var found []int
	for i := range t.matches {
		if t.matches[i].matches(&p) {
			found = append(found, i)
		}
	}
	t.set(pid, found)
}

// set notes which matches a process has.
func (t *table) set(pid int, found []int) {
	for _, i := range t.pids[pid] {
		t.counts[i]--
	}
	if len(found) == 0 {
		delete(t.pids, pid)
		return
	}
	for _, i := range found {
		t.counts[i]++
	}
	t.pids[pid] = found
}

// apply takes an event over.
func (t *table) apply(e event) {
	switch e.kind {
	case forked:
		// The child is what its parent is, until it executes something else.
		if found := t.pids[e.parent]; found != nil {
			t.set(e.pid, found)
		}
	case executed, renamed:
		t.look(e.pid)
	case exited:
		t.set(e.pid, nil)
	}
}
