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
// one instance one after the other, so that "backup" never overtakes "master".
type Runner struct {
	log     *zap.Logger
	ctx     context.Context
	cancel  context.CancelFunc
	run     func(context.Context, script.Command) script.Outcome
	mu      sync.Mutex
	plan    Plan
	before  Plan                        // of the configuration before, for what a reload removes
	queues  map[string][]script.Command // by instance or group; present while its goroutine runs
	running sync.WaitGroup
}

// NewRunner returns a Runner without scripts: see Use.
func NewRunner(log *zap.Logger) *Runner {
	ctx, cancel := context.WithCancel(context.Background())
	return &Runner{
		log: log, ctx: ctx, cancel: cancel, queues: map[string][]script.Command{},
		run: func(ctx context.Context, c script.Command) script.Outcome {
			return script.Run(ctx, c, script.Options{})
		},
	}
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
	commands := plan.Commands(c)
	if len(commands) == 0 || r.ctx.Err() != nil {
		return
	}
	key := "I" + c.Instance
	if c.Group != "" {
		key = "G" + c.Group
	}
	queue, busy := r.queues[key]
	r.queues[key] = append(queue, commands...)
	if !busy {
		r.running.Go(func() { r.work(key) })
	}
}

// work runs a queue until it is empty.
func (r *Runner) work(key string) {
	for {
		r.mu.Lock()
		queue := r.queues[key]
		if len(queue) == 0 {
			delete(r.queues, key)
			r.mu.Unlock()
			return
		}
		r.queues[key] = queue[1:]
		r.mu.Unlock()
		if o := r.run(r.ctx, queue[0]); !o.OK() {
			r.log.Warn("a notify script failed", zap.Stringer("script", queue[0]), zap.Stringer("outcome", o))
		}
	}
}

// Stop waits for the scripts that run or wait, at most for limit, then ends them.
func (r *Runner) Stop(limit time.Duration) {
	ended := make(chan struct{})
	go func() {
		r.running.Wait()
		close(ended)
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
		r.mu.Lock()
		clear(r.queues) // what has not begun is left out; work sees an empty queue
		r.mu.Unlock()
		r.log.Warn("notify scripts are still running: ending them")
	}
	r.cancel()
	<-ended
}
