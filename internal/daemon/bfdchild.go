package daemon

import (
	bfdspeaker "github.com/holdfast-ha/holdfast/bfd/speaker"
	"github.com/holdfast-ha/holdfast/internal/ipc"
)

// runBFD is the BFD process.
func runBFD() int {
	var configuration bfdConfiguration
	c, ok := newChild("BFD", &configuration)
	if !ok {
		return exitFatal
	}
	c.begin(configuration.Process)
	defer c.sink.Close()
	speaker, err := bfdspeaker.New(configuration.Settings, bfdspeaker.Deps{
		Log: c.log, Changed: func(sessions []bfdspeaker.Session) { c.tell(ipc.Changes, sessions) },
	})
	if err != nil {
		return c.refuse("BFD cannot be started", err)
	}
	return c.ended(c.run(&bfdChild{c, speaker}, speaker.Run, configuration.Number))
}

type bfdChild struct {
	*child
	speaker *bfdspeaker.Speaker
}

func (b *bfdChild) halt(bool) { b.speaker.Stop() }

func (b *bfdChild) handle(f ipc.Frame) {
	switch f.Kind {
	case ipc.Configure:
		var configuration bfdConfiguration
		outcome := ipc.Outcome{}
		if err := f.Decode(&configuration); err != nil {
			outcome.Error = err.Error()
		} else {
			outcome.Number = configuration.Number
			b.adapt(configuration.Process)
			b.speaker.Reload(configuration.Settings)
		}
		b.tell(ipc.Configured, outcome)
	case ipc.Stop:
		b.stop(true)
	case ipc.StatusRequest:
		report(b.child, f, func(statusRequest) bfdspeaker.Status { return b.speaker.Status() })
	}
}
