package daemon

import (
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/ipc"
)

// orderLimit is how long the LVS process may take for an order: it reads the destinations of a virtual
// server.
const orderLimit = 10 * time.Second

// order answers CommandOrder. It runs on a goroutine of the connection.
func (p *parent) order(r control.Request) control.Reply {
	if r.Order == nil {
		return control.Reply{Error: "the order says nothing"}
	}
	answer := make(chan any, 1)
	var number uint64
	asked := make(chan string, 1)
	p.post(func() {
		c := p.processes[LVS]
		if c == nil || c.cmd == nil || p.stop.running {
			asked <- "the LVS process does not run: is there a virtual_server?"
			return
		}
		p.asked++
		number = p.asked
		p.pending[number] = answer
		p.send(c, outgoing{kind: ipc.Order, body: orderRequest{Number: number, Order: *r.Order}})
		asked <- ""
	})
	if refusal := <-asked; refusal != "" {
		return control.Reply{Error: refusal}
	}
	limit := time.NewTimer(orderLimit)
	defer limit.Stop()
	select {
	case a := <-answer:
		if done, ok := a.(orderReply); ok {
			return control.Reply{Error: done.Error, Ordered: &done.Ordered}
		}
		return control.Reply{Error: "the LVS process is not understood"}
	case <-limit.C:
		p.post(func() { delete(p.pending, number) })
		return control.Reply{Error: "the LVS process does not answer"}
	}
}

// orderDone passes the end of an order to whoever waits for it.
func (p *parent) orderDone(f ipc.Frame) error {
	var r orderReply
	if err := f.Decode(&r); err != nil {
		return err
	}
	if waiter := p.pending[r.Number]; waiter != nil {
		delete(p.pending, r.Number)
		waiter <- r
	}
	return nil
}

// order does in the LVS process what the parent asks for.
func (l *lvsChild) order(f ipc.Frame) {
	var o orderRequest
	if err := f.Decode(&o); err != nil {
		l.log.Warn("the parent's request is not readable", zap.Error(err))
		return
	}
	go func() { // it waits for the kernel
		reply := orderReply{Number: o.Number}
		var err error
		if reply.Ordered, err = l.director.Order(o.Order); err != nil {
			reply.Error = err.Error()
		}
		l.tell(ipc.OrderReply, reply)
	}()
}
