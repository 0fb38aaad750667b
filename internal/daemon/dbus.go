package daemon

import (
	"errors"
	"fmt"
	"time"

	"github.com/holdfast-ha/holdfast/internal/bus"
	"github.com/holdfast-ha/holdfast/internal/ipc"
)

// dbusCloseLimit is how long the end waits for the bus.
const dbusCloseLimit = time.Second

// useDBus starts, ends or changes the D-Bus service as the configuration in force asks for it.
func (p *parent) useDBus() {
	g := &p.config.Global
	wanted := g.DBus && p.wants(VRRP)
	switch {
	case p.dbus != nil && wanted: // reloadedDBus tells it
	case p.dbus != nil:
		go p.dbus.Close(dbusCloseLimit)
		p.dbus = nil
	case wanted:
		p.dbus = bus.New(bus.Options{
			Name: g.DBusService, Handler: busHandler{p}, Log: p.log,
			Place: bus.Place{Namespace: or(p.options.Namespace, g.NetNamespace), Instance: g.Instance},
		}, p.busInstances())
		go p.dbus.Run()
	}
}

// reloadedDBus tells of the end of a reload.
func (p *parent) reloadedDBus() {
	if p.dbus != nil {
		p.dbus.Use(p.busInstances())
	}
}

// closeDBus says that VRRP has stopped and leaves the bus.
func (p *parent) closeDBus() {
	if p.dbus != nil {
		p.dbus.Close(dbusCloseLimit)
	}
}

func (p *parent) busInstances() []bus.Instance {
	var all []bus.Instance
	for i := range p.config.Instances {
		in := &p.config.Instances[i]
		all = append(all, bus.Instance{Name: in.Name, Interface: or(in.Interface, p.config.Global.DBusNoInterface), VRID: in.VRID, Family: in.Family})
	}
	return all
}

// busHandler does what is asked over D-Bus. Its methods run on goroutines of the bus.
type busHandler struct{ *parent }

func (h busHandler) PrintData() {
	h.log.Info("Printing VRRP data on DBus request")
	h.dumpData()
}

func (h busHandler) PrintStats(clear bool) {
	h.log.Info("Printing VRRP stats on DBus request")
	h.dumpStats(clear)
}

func (h busHandler) Reload() { h.post(func() { h.beginReload(nil) }) }

func (h busHandler) State(instance string) string {
	got := make(chan string, 1)
	h.post(func() {
		state := ""
		for i := range h.config.Instances {
			if h.config.Instances[i].Name == instance {
				state = or(h.states[instance], "INIT")
			}
		}
		got <- state
	})
	return <-got
}

func (h busHandler) SendGARP(instance string) error {
	answer := make(chan handoverReply, 1)
	h.post(func() {
		id, err := h.named(instance)
		c := h.processes[VRRP]
		switch {
		case err != nil:
			answer <- handoverReply{Error: err.Error()}
		case c == nil || c.cmd == nil || h.stop.running:
			answer <- handoverReply{Error: "the VRRP process does not run"}
		default:
			h.asked++
			h.handovers[h.asked] = answer
			h.send(c, outgoing{kind: ipc.Handover, body: handoverOrder{Number: h.asked, Instance: id, Announce: true}})
		}
	})
	if r := <-answer; r.Error != "" {
		return fmt.Errorf("send gratuitous ARP: %w", errors.New(r.Error))
	}
	return nil
}
