package director

import (
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/lvs"
)

// drift is what others have changed and the director has put right, or tried to.
type drift struct {
	count uint64
	last  time.Time
	what  string // the last one
}

// loggedRepairs is how many repaired entries are logged one by one at a time.
const loggedRepairs = 20

// drifted counts and logs one thing that somebody else has changed; what is how it is put right.
func (d *Director) drifted(what string) {
	d.table.drift.add(1, what)
	d.log.Warn("IPVS was changed by somebody else, repairing", zap.String("operation", what))
}

func (r *drift) add(n int, what string) {
	r.count += uint64(n)
	r.last, r.what = time.Now(), what
}

// noteDrift counts and logs what others have changed in the table. What the kernel has refused before is none.
func (d *Director) noteDrift(ops []lvs.Operation) {
	ops, _ = d.table.parted(ops, func(op lvs.Operation) bool { return !d.table.wasRefused(op) })
	for i, op := range ops {
		if i == loggedRepairs {
			d.table.drift.add(len(ops)-i, ops[len(ops)-1].String())
			d.log.Warn("IPVS was changed by somebody else, and more", zap.Int("operations", len(ops)-i))
			return
		}
		d.drifted(op.String())
	}
}
