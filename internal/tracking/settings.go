package tracking

import (
	"slices"

	"github.com/holdfast-ha/holdfast/internal/procmon"
	"github.com/holdfast-ha/holdfast/internal/script"
	"github.com/holdfast-ha/holdfast/track"
)

// Settings are what a configuration tracks and who tracks it.
type Settings struct {
	Objects   []Object
	Instances []track.Instance
	// Buffer is the size of the socket for process events in octets, 0: the kernel's default; Force
	// exceeds what the host allows.
	Buffer      int
	ForceBuffer bool
}

// Object is a tracked object with what the core does not know.
type Object struct {
	track.Object
	Command script.Command // of a script
	Path    string         // of a file
	// Init: the file is made when the object is new, with InitValue; Overwrite: also if it is there.
	Init, Overwrite bool
	InitValue       int
	Match           procmon.Match // of a process
}

// users are the names of the instances that track an object.
func (s *Settings) users(object int) []string {
	var names []string
	for i := range s.Instances {
		in := &s.Instances[i]
		if slices.ContainsFunc(in.Uses, func(u track.Use) bool { return u.Object == object }) {
			names = append(names, in.Name)
		}
	}
	return names
}

func (s *Settings) core() track.Settings {
	c := track.Settings{Instances: s.Instances}
	for i := range s.Objects {
		c.Objects = append(c.Objects, s.Objects[i].Object)
	}
	return c
}
