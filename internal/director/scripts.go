package director

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/internal/script"
)

// scriptGrace is how long the end of the process waits for scripts that still run.
const scriptGrace = time.Second

// scripts runs notify scripts beside the loop: those of one real or virtual server one after the
// other, in the order of their events; those of different ones at the same time.
type scripts struct{ queues *script.Queues }

func newScripts(execute func(context.Context, script.Command) error, log *zap.Logger) *scripts {
	return &scripts{script.NewQueues(func(_ context.Context, owner string, command script.Command) {
		// A notify script outlives a stop of the loop, as it does in keepalived.
		if err := execute(context.Background(), command); err != nil {
			log.Warn("notify script failed", zap.String("owner", owner),
				zap.String("command", command.String()), zap.Error(err))
		}
	}, func(owner string) {
		log.Warn("a notify script hangs: of those that wait for it only the last ones are run", zap.String("owner", owner))
	})}
}

// execute runs a script without a limit, as keepalived does with its notify scripts.
func execute(ctx context.Context, command script.Command) error {
	if o := script.Run(ctx, command, script.Options{}); !o.OK() {
		return errors.New(o.String())
	}
	return nil
}

// run queues a script behind the others of its owner.
func (s *scripts) run(owner string, command *script.Command) {
	if command != nil && len(command.Args) > 0 {
		s.queues.Add(owner, *command)
	}
}

// wait waits for the scripts to end, but not for longer than limit.
func (s *scripts) wait(limit time.Duration) { s.queues.Wait(limit) }
