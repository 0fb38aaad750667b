package director

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/internal/script"
)

// scriptGrace is how long the end of the process waits for scripts that still run.
const scriptGrace = time.Second

// scripts runs notify scripts beside the loop: those of one real or virtual server one after the
// other, in the order of their events; those of different ones at the same time.
type scripts struct {
	execute func(context.Context, script.Command) error
	log     *zap.Logger

	mu     sync.Mutex
	queues map[string][]script.Command // a key while its goroutine runs
	idle   sync.WaitGroup
}

func newScripts(execute func(context.Context, script.Command) error, log *zap.Logger) *scripts {
	return &scripts{execute: execute, log: log, queues: map[string][]script.Command{}}
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
	if command == nil || len(command.Args) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, busy := s.queues[owner]
	s.queues[owner] = append(s.queues[owner], *command)
	if !busy {
		s.idle.Add(1)
		go s.work(owner)
	}
}

func (s *scripts) work(owner string) {
	defer s.idle.Done()
	for {
		s.mu.Lock()
		queue := s.queues[owner]
		if len(queue) == 0 {
			delete(s.queues, owner)
			s.mu.Unlock()
			return
		}
		command := queue[0]
		s.queues[owner] = queue[1:]
		s.mu.Unlock()
		// A notify script outlives a stop of the loop, as it does in keepalived.
		if err := s.execute(context.Background(), command); err != nil {
			s.log.Warn("notify script failed", zap.String("owner", owner),
				zap.String("command", command.String()), zap.Error(err))
		}
	}
}

// wait waits for the scripts to end, but not for longer than limit.
func (s *scripts) wait(limit time.Duration) {
	ended := make(chan struct{})
	go func() {
		s.idle.Wait()
		close(ended)
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
	}
}
