package daemon

import (
	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/internal/ipc"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// runVRRP is the VRRP process.
func runVRRP() int {
	var configuration vrrpConfiguration
	c, ok := newChild("VRRP", &configuration)
	if !ok {
		return exitFatal
	}
	c.begin(configuration.Process)
	defer c.sink.Close()
	v := &vrrpChild{child: c, masters: newMasterSender(configuration.Director)}
	deps := speaker.Deps{Log: c.log, Director: v.masters, Changed: func(change speaker.Change) {
		v.urgency.heard(change)
		c.tell(ipc.Changes, change)
	}}
	var err error
	if configuration.Record {
		if deps.Record, err = handedRecording(c.handed); err != nil {
			c.log.Error("nothing is recorded", zap.Error(err))
		}
	}
	v.speaker, err = speaker.New(configuration.Settings, deps)
	if err != nil {
		return c.refuse("VRRP cannot be started", err)
	}
	err = c.run(v, v.speaker.Run, configuration.Number)
	v.masters.close()
	return c.ended(err)
}

type vrrpChild struct {
	*child
	speaker *speaker.Speaker
	masters *masterSender
}

// halt hands over first.
func (v *vrrpChild) halt(planned bool) { v.speaker.Stop(planned) }

func (v *vrrpChild) handle(f ipc.Frame) {
	defer v.speaker.Busy()()
	switch f.Kind {
	case ipc.Configure:
		var configuration vrrpConfiguration
		outcome := ipc.Outcome{}
		if err := f.Decode(&configuration); err != nil {
			outcome.Error = err.Error()
		} else {
			outcome.Number = configuration.Number
			v.adapt(configuration.Process)
			v.masters.expect(configuration.Director)
			v.speaker.Reload(configuration.Settings)
		}
		v.tell(ipc.Configured, outcome)
	case ipc.Tracked:
		var sums []speaker.Tracked
		if err := f.Decode(&sums); err != nil {
			v.log.Error("what trackers amount to is not readable", zap.Error(err))
			break
		}
		v.speaker.Track(sums)
	case ipc.Stop:
		var order ipc.StopOrder
		if err := f.Decode(&order); err != nil {
			v.log.Error("the parent's order to stop is not readable: stopping", zap.Error(err))
		}
		v.stop(order.Planned)
	case ipc.StatusRequest:
		report(v.child, f, func(request statusRequest) speaker.Status {
			status := v.speaker.Status()
			if request.Clear {
				v.speaker.ClearStats()
			}
			return status
		})
	case ipc.Handover:
		v.handover(f)
	case ipc.Peer:
		v.masters.attach(f)
	}
	for _, file := range f.Files {
		file.Close()
	}
}
