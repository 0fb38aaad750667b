package compare

import (
	"strings"

	"github.com/holdfast-ha/holdfast/parser/config"
)

// Kind is what happened to an object or a setting.
type Kind string

// Kinds of changes.
const (
	Added   Kind = "added"
	Removed Kind = "removed"
	Changed Kind = "changed"
)

// Change is one difference.
type Change struct {
	Kind Kind `json:"kind"`
	// Object is the path to the object, the outermost first: "virtual_server 192.0.2.1:80 TCP",
	// "real_server 10.0.0.1:80".
	Object []string `json:"object"`
	// Setting is the keyword of a changed setting; empty for an object that was added or removed.
	Setting string `json:"setting,omitempty"`
	Old     string `json:"old,omitempty"`
	New     string `json:"new,omitempty"`
	// Secret tells that the values of the setting are not shown.
	Secret bool `json:"secret,omitempty"`
}

// String is the change on one line, with + for what was added, - for what was removed and ~ for what
// was changed.
func (c Change) String() string {
	object := strings.Join(c.Object, ": ")
	switch {
	case c.Kind == Added:
		return "+ " + object
	case c.Kind == Removed:
		return "- " + object
	case c.Secret:
		return "~ " + object + ": " + c.Setting + " changed"
	}
	return "~ " + object + ": " + c.Setting + " " + c.Old + " -> " + c.New
}

// Configs returns the differences that lead from a to b, in the order of the model.
func Configs(a, b *config.Config) []Change {
	var w walker
	w.structs(nil, reflectOf(a), reflectOf(b))
	return w.changes
}
