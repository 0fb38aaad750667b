package daemon

import (
	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/checkers/misc"
	"github.com/holdfast-ha/holdfast/checkers/tcp"
	"github.com/holdfast-ha/holdfast/internal/director"
)

// newChecker makes the checker of a check.
func newChecker(c director.Check) checkers.Checker {
	if c.Misc != nil {
		return misc.New(misc.Options{Command: c.Misc.Command, Timeout: c.Misc.Timeout, Dynamic: c.Misc.Dynamic})
	}
	return tcp.New(tcp.Options{
		Target: c.TCP.Target, Bind: c.TCP.Bind, BindIf: c.TCP.BindIf, Mark: c.TCP.Mark, Timeout: c.TCP.Timeout,
	})
}
