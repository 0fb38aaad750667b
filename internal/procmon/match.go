package procmon

import (
	"slices"
	"strings"
)

// How says which parameters a process must have.
type How uint8

// Ways to compare parameters.
const (
	// Any: they do not matter.
	Any How = iota
	// Exact: all of them are the same.
	Exact
	// Partial: it begins with them and may have more.
	Partial
	// Initial: as Partial, and the last one only has to begin as given.
	Initial
)

// Match says which processes count.
type Match struct {
	// Name is compared with the name of the process, the 15 octets that ps -o comm shows; with
	// Command, with the program as its command line gives it.
	Name    string
	Command bool
	Params  []string // with Command
	How     How
}

// process is what is known of a process.
type process struct {
	comm string
	args []string // nil: not read
}

func (m *Match) matches(p *process) bool {
	if !m.Command {
		return p.comm == m.Name
	}
	if len(p.args) == 0 || p.args[0] != m.Name {
		return false
	}
	params, n := p.args[1:], len(m.Params)
	switch {
	case m.How == Any || n == 0 && m.How != Exact:
		return true
	case m.How == Exact:
		return slices.Equal(params, m.Params)
	case len(params) < n || !slices.Equal(params[:n-1], m.Params[:n-1]):
		return false
	case m.How == Partial:
		return params[n-1] == m.Params[n-1]
	}
	return strings.HasPrefix(params[n-1], m.Params[n-1])
}
