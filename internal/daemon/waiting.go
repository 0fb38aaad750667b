package daemon

import (
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/internal/ipc"
)

// waitingLimit is how long a child may take to be there, on a machine that is busy beyond measure.
const waitingLimit = 30 * time.Second

// prepare starts the children that will be wanted. They wait for their configuration: what takes longest in
// taking the place of another daemon is done while that one still serves.
func (p *parent) prepare() {
	p.waiting = map[Role]*spawned{}
	for _, role := range startOrder {
		if !p.wants(role) {
			continue
		}
		child, err := spawn(role, !p.options.DontFork)
		if err != nil {
			continue // it is tried again, and told, when it is its turn
		}
		p.waiting[role] = child
	}
}

// awaitChildren returns when all that were prepared are there. One that does not come is started anew.
func (p *parent) awaitChildren() {
	limit := time.Now().Add(waitingLimit)
	for role, child := range p.waiting {
		if child.there {
			continue
		}
		f, err := child.conn.ReceiveBefore(limit)
		if err == nil && f.Kind != ipc.Waiting {
			err = fmt.Errorf("its first message is %s", f.Kind)
		}
		if err != nil {
			p.log.Warn(fmt.Sprintf("the %s process did not come up", role), zap.Error(err))
			child.dismiss()
			delete(p.waiting, role)
			continue
		}
		child.there = true
	}
}
