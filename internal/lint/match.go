package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// Router is the configuration of one router of a segment.
type Router struct {
	Name       string // the file
	Config     *config.Config
	Statements func(each func(*parser.Statement)) // as in Input
}

// match is what two routers have in common.
type match struct {
	a, b      *Router
	at        map[*Router]index
	instances []both
	rule      Rule
	found     []parser.Problem
}

// both is one virtual router in two files.
type both struct{ a, b *config.Instance }

// Compare looks for what does not go together in the configurations of the routers of one segment.
// An instance is matched with the one of the nearest file before it that has it: by its VRID, family
// and interface, else by a virtual address, else by VRID and family. ok is false when no two files have
// an instance in common: then they are not those of one segment.
func Compare(routers []Router) (problems []parser.Problem, ok bool) {
	at := map[*Router]index{}
	for i := range routers {
		at[&routers[i]] = newIndex(routers[i].Statements)
	}
	for j := range routers {
		for i := j - 1; i >= 0; i-- {
			m := &match{a: &routers[i], b: &routers[j], at: at}
			m.instances = pairs(routers[i].Config, routers[j].Config)
			if len(m.instances) == 0 {
				continue
			}
			for _, r := range pairRules {
				m.rule = r
				from := len(m.found)
				r.pair(m)
				m.cut(from)
			}
			problems = append(problems, m.found...)
			ok = true
			break
		}
	}
	return problems, ok
}

// cut keeps the first findings of a rule, and says how many more there are.
func (m *match) cut(from int) {
	if more := len(m.found) - from - most; more > 0 {
		m.found = m.found[:from+most]
		m.found[from+most-1].Message += fmt.Sprintf(" (and %d more like this)", more)
	}
}

// pairs matches the instances of two configurations, in the order of the first.
func pairs(a, b *config.Config) []both {
	var list []both
	left, right := map[*config.Instance]bool{}, map[*config.Instance]bool{}
	for _, same := range []func(x, y *config.Instance) bool{
		func(x, y *config.Instance) bool { return x.VRID == y.VRID && x.Interface == y.Interface },
		sharesAddress,
		func(x, y *config.Instance) bool { return x.VRID == y.VRID },
	} {
		for i := range a.Instances {
			for j := range b.Instances {
				x, y := &a.Instances[i], &b.Instances[j]
				if !left[x] && !right[y] && x.Family == y.Family && same(x, y) {
					left[x], right[y] = true, true
					list = append(list, both{x, y})
				}
			}
		}
	}
	slices.SortStableFunc(list, func(p, q both) int { return int(p.a.Pos.Line) - int(q.a.Pos.Line) })
	return list
}

// sharesAddress tells whether two instances have a virtual address in common.
func sharesAddress(x, y *config.Instance) bool {
	return slices.ContainsFunc(x.Addresses, func(a config.Address) bool {
		return slices.ContainsFunc(y.Addresses, func(b config.Address) bool { return a.Prefix.Addr() == b.Prefix.Addr() })
	})
}

// add records a finding at a keyword of an instance of the second file; the message names the place
// in the first.
func (m *match) add(p both, keyword, format string, args ...any) *parser.Problem {
	there := m.at[m.a].find(p.a.Pos, keyword)
	here := m.at[m.b].find(p.b.Pos, keyword)
	return m.put(here, there, p.name()+": "+fmt.Sprintf(format, args...))
}

// put records a finding at two places.
func (m *match) put(here, there parser.Pos, message string) *parser.Problem {
	m.found = append(m.found, parser.Problem{
		Pos: here, Severity: m.rule.Severity, Class: parser.Logged, ID: m.rule.ID,
		Message: message + " (" + there.String() + ")",
	})
	return &m.found[len(m.found)-1]
}

// name is what to call the virtual router.
func (p both) name() string {
	if p.a.Name == p.b.Name {
		return p.a.Name
	}
	return p.b.Name + " and " + p.a.Name
}

// order returns the routers' instances by priority, and whether they differ.
func (p both) order() (high, low *config.Instance, differ bool) {
	if p.a.Priority < p.b.Priority {
		return p.b, p.a, true
	}
	return p.a, p.b, p.a.Priority > p.b.Priority
}

// missing lists what is in one list and not in the other, as text.
func missing[T comparable](here, there []T, text func(T) string) []string {
	var list []string
	for _, x := range here {
		if !slices.Contains(there, x) {
			list = append(list, text(x))
		}
	}
	return list
}

// lists joins what each of two files lacks.
func lists(file, other string, onlyHere, onlyThere []string) string {
	var parts []string
	if len(onlyHere) > 0 {
		parts = append(parts, strings.Join(onlyHere, ", ")+" only in "+file)
	}
	if len(onlyThere) > 0 {
		parts = append(parts, strings.Join(onlyThere, ", ")+" only in "+other)
	}
	return strings.Join(parts, "; ")
}
