package notify

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/mail"
	"github.com/holdfast-ha/holdfast/internal/script"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// Settings are what a configuration wants told, and where.
type Settings struct {
	Plan  Plan
	FIFOs []FIFO
	Mail  mail.Settings
}

// Stats count what went out.
type Stats struct {
	FIFOs []FIFOStats `json:"fifos,omitempty"`
	Mail  mail.Stats  `json:"mail"`
	// ScriptsDropped is how many scripts were left out because one of the same instance hung.
	ScriptsDropped uint64 `json:"scripts_dropped,omitempty"`
}

// Runner tells the world of changes: it runs scripts, writes to FIFOs and sends mails. The scripts of
// different instances run beside one another; those of one instance one after the other. Nothing
// that is told may hang the caller.
type Runner struct {
	log    *zap.Logger
	run    func(context.Context, script.Command) script.Outcome
	queues *script.Queues
	mail   *mail.Sender

	mu     sync.Mutex
	teller *Teller
	fifos  fifos
}

// NewRunner returns a Runner that has nobody to tell: see Use. Stop ends it.
func NewRunner(log *zap.Logger) *Runner {
	r := &Runner{log: log, teller: NewTeller(), fifos: fifos{log: log}, mail: mail.NewSender(log),
		run: func(ctx context.Context, c script.Command) script.Outcome {
			return script.Run(ctx, c, script.Options{})
		}}
	r.queues = script.NewQueues(func(ctx context.Context, _ string, c script.Command) {
		if o := r.run(ctx, c); !o.OK() {
			r.log.Warn("a notify script failed", zap.Stringer("script", c), zap.Stringer("outcome", o))
		}
	}, func(owner string) {
		r.log.Warn(fmt.Sprintf("(%s) a notify script hangs: of the changes that wait for it only the last %d are told", owner[1:], script.MaxWaiting))
	})
	return r
}

// Use takes a configuration from now on.
func (r *Runner) Use(s Settings) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.teller.Use(s.Plan)
	r.fifos.use(s.FIFOs)
	r.mail.Use(s.Mail)
}

// Changed tells of a change of VRRP. It does not wait. What it returns is the state that was told: that
// of a FIFO's line, also where there is no FIFO; empty, none was.
func (r *Runner) Changed(c speaker.Change) (state string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.teller.Tell(c)
	r.tell(n, true)
	return n.State
}

// ChangedLVS tells of a change of virtual or real servers. It does not wait.
func (r *Runner) ChangedLVS(c director.Change) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tell(TellLVS(r.teller.plan.routerID, c), false)
}

// TellStates writes the states of VRRP as they are to the FIFOs (fifo_write_vrrp_states_on_reload).
func (r *Runner) TellStates() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, line := range r.teller.Standings() {
		r.fifos.write(line, true)
	}
}

// tell carries a notice out; r.mu is held.
func (r *Runner) tell(n Notice, vrrp bool) {
	r.queues.Add(n.Owner, n.Scripts...)
	if n.Line != "" {
		r.fifos.write(n.Line, vrrp)
	}
	if n.Mail != nil {
		r.mail.Send(*n.Mail)
	}
}

// Stats returns what went out so far.
func (r *Runner) Stats() Stats {
	r.mu.Lock()
	defer r.mu.Unlock()
	return Stats{FIFOs: r.fifos.stats(), Mail: r.mail.Stats(), ScriptsDropped: r.queues.Dropped()}
}

// Stop waits for scripts, readers and mails, at most for limit each and all at the same time, then
// ends them.
func (r *Runner) Stop(limit time.Duration) {
	var all sync.WaitGroup
	all.Go(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.fifos.stop(limit)
	})
	all.Go(func() { r.mail.Stop(limit) })
	if !r.queues.Stop(limit) {
		r.log.Warn("notify scripts were still running and have been ended")
	}
	all.Wait()
}
