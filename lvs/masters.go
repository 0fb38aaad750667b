package lvs

import "strings"

// masters is who is MASTER, as far as it is known.
type masters struct {
	known     bool
	instances map[string]bool
	groups    map[string]bool
}

func (m *masters) is(f Follow) bool {
	if f.Group {
		return m.groups[f.Name]
	}
	return m.instances[f.Name]
}

// active applies the gating rule: no one to follow, or any of them is MASTER.
func (m *masters) active(follow []Follow) bool {
	for _, f := range follow {
		if m.is(f) {
			return true
		}
	}
	return len(follow) == 0
}

// why explains active in words.
func (m *masters) why(follow []Follow) string {
	if len(follow) == 0 {
		return "always active"
	}
	names := make([]string, len(follow))
	for i, f := range follow {
		names[i] = f.Name
		if m.known && m.is(f) {
			return "follows " + f.Name + ", which is MASTER"
		}
	}
	list := strings.Join(names, " or ")
	switch {
	case !m.known:
		return "follows " + list + ", whose state is not known yet"
	case len(names) == 1:
		return "follows " + list + ", which is not MASTER"
	}
	return "follows " + list + ", none of which is MASTER"
}

func set(names []string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}

// setMasters takes over who is MASTER and marks the services for which that makes a difference.
func (d *Director) setMasters(instances, groups []string) {
	before := d.masters
	d.masters = masters{known: true, instances: set(instances), groups: set(groups)}
	for key, s := range d.services {
		follow := s.gate.Follow
		if len(follow) > 0 && (!before.known || before.active(follow) != d.masters.active(follow)) {
			d.dirty[key] = struct{}{}
		}
	}
}
