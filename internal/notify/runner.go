package notify

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/internal/script"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// Runner runs notify scripts. The scripts of different instances run beside one another; those of
// one instance one after the other.
type Runner struct {
	log    *zap.Logger
	run    func(context.Context, script.Command) script.Outcome
	queues *script.Queues
	mu     sync.Mutex
	plan   Plan
	before Plan // of the configuration before, for what a reload removes
}

// NewRunner returns a Runner without scripts: see Use.
func NewRunner(log *zap.Logger) *Runner {
	r := &Runner{log: log, run: func(ctx context.Context, c script.Command) script.Outcome {
		return script.Run(ctx, c, script.Options{})
	}}
	r.queues = script.NewQueues(func(ctx context.Context, _ string, c script.Command) {
		if o := r.run(ctx, c); !o.OK() {
			r.log.Warn("a notify script failed", zap.Stringer("script", c), zap.Stringer("outcome", o))
		}
	})
	return r
}

// Use takes the scripts of a configuration from now on.
func (r *Runner) Use(p Plan) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.plan, r.before = p, r.plan
}

// Changed runs what a change calls for. It does not wait.
func (r *Runner) Changed(c speaker.Change) {
	r.mu.Lock()
	defer r.mu.Unlock()
	plan := r.plan
	if !plan.has(&c) {
		plan = r.before
	}
	owner := "I" + c.Instance
	if c.Group != "" {
		owner = "G" + c.Group
	}
	r.queues.Add(owner, plan.Commands(c)...)
}

// Stop waits for the scripts that run or wait, at most for limit, then ends them.
func (r *Runner) Stop(limit time.Duration) {
	if !r.queues.Stop(limit) {
		r.log.Warn("notify scripts were still running and have been ended")
	}
}
