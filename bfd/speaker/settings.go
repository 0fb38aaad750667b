package speaker

import "github.com/holdfast-ha/holdfast/bfd"

// Settings is all that the BFD process has to know of a configuration.
type Settings struct {
	Sessions []bfd.Config
	// StateFile is a file in memory (on /run) where the process leaves, by mmap and without a system
	// call, how its sessions stand, so that a successor within the detection time goes on with those
	// that are up. Empty: none does.
	StateFile string
}

// Session tells whether the path through a session is usable, for whoever tracks it.
type Session struct {
	Name string
	Up   bool
}
