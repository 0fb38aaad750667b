package daemon

import (
	"fmt"
	"strings"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/ipc"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp"
)

// handover answers CommandHandover: it may take as long as the longest advertisement interval. It runs
// on a goroutine of the connection.
func (p *parent) handover(r control.Request) control.Reply {
	answer := make(chan handoverReply, 1)
	p.post(func() {
		id, err := p.named(r.Name)
		c := p.processes[VRRP]
		switch {
		case err != nil:
			answer <- handoverReply{Error: err.Error()}
		case r.For < 0:
			answer <- handoverReply{Error: "the time to stand aside is negative"}
		case c == nil || c.cmd == nil || p.stop.running:
			answer <- handoverReply{Error: "the VRRP process does not run"}
		default:
			p.asked++
			p.handovers[p.asked] = answer
			p.send(c, outgoing{kind: ipc.Handover, body: handoverOrder{Number: p.asked, Instance: id, For: r.For, Undo: r.Undo}})
		}
	})
	return control.Reply{Error: (<-answer).Error}
}

// handedOver passes the end of a handover to whoever waits for it.
func (p *parent) handedOver(f ipc.Frame) error {
	var r handoverReply
	if err := f.Decode(&r); err != nil {
		return err
	}
	if answer := p.handovers[r.Number]; answer != nil {
		delete(p.handovers, r.Number)
		answer <- r
	}
	return nil
}

// abandon answers those who wait for a handover of a VRRP process that has ended.
func (p *parent) abandon() {
	for number, answer := range p.handovers {
		delete(p.handovers, number)
		answer <- handoverReply{Error: "the VRRP process ended meanwhile"}
	}
}

// named finds the instance of that name, or the first one of the sync group of that name: a group moves
// as a whole.
func (p *parent) named(name string) (vrrp.ID, error) {
	var names []string
	instances := map[string]*config.Instance{}
	for i := range p.config.Instances {
		in := &p.config.Instances[i]
		instances[in.Name] = in
		names = append(names, in.Name)
	}
	if in := instances[name]; in != nil {
		return p.ids.Of(in), nil
	}
	for i := range p.config.SyncGroups {
		g := &p.config.SyncGroups[i]
		for _, member := range g.Members {
			if in := instances[member]; in != nil && g.Name == name {
				return p.ids.Of(in), nil
			}
		}
		names = append(names, g.Name)
	}
	if near := config.Nearest(name, names); near != "" {
		return 0, fmt.Errorf("there is no instance or sync group %q: did you mean %s?", name, near)
	}
	return 0, fmt.Errorf("there is no instance or sync group %q; there are: %s", name, strings.Join(names, ", "))
}

// handover does in the VRRP process what the parent asks for.
func (v *vrrpChild) handover(f ipc.Frame) {
	var o handoverOrder
	if err := f.Decode(&o); err != nil {
		v.log.Warn("the parent's request is not readable", zap.Error(err))
		return
	}
	go func() {
		reply := handoverReply{Number: o.Number}
		var err error
		switch {
		case o.Announce:
			err = v.speaker.Announce(o.Instance)
		case o.Undo:
			err = v.speaker.SwitchBack(o.Instance)
		default:
			err = v.speaker.Switch(o.Instance, o.For)
		}
		if err != nil {
			reply.Error = err.Error()
		}
		v.tell(ipc.HandoverReply, reply)
	}()
}
