package daemon

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/internal/agentx"
	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/hostinfo"
	"github.com/holdfast-ha/holdfast/internal/mib"
	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/lvs"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// snmpFresh is how long a picture of the daemon answers requests: a walk asks hundreds of times, and
// each picture asks the processes once.
const snmpFresh = 500 * time.Millisecond

// snmpCloseLimit is how long the end waits for notifications.
const snmpCloseLimit = time.Second

// snmpAgent is the SNMP subagent. It lives in the parent, on a goroutine of its own; the fields below mu
// are shared between that and the loop.
type snmpAgent struct {
	parent  *parent
	session *agentx.Session
	parts   mib.Parts
	socket  string
	started time.Time

	traffic snmpTraffic // the session's own

	mu      sync.Mutex
	view    agentx.View
	taken   time.Time
	changes uint64 // how often the view was forgotten
	pending []mib.Setting
}

// applySNMPOptions does what -x and -A say: everything is answered for, at that socket.
func applySNMPOptions(o *Options, g *config.Global) {
	if o.SNMP {
		s := &g.SNMP
		s.VRRP, s.RFCv2, s.RFCv3, s.Checker = true, true, true, true
	}
	if o.SNMPSocket != "" {
		g.SNMP.Socket = o.SNMPSocket
	}
}

// snmpParts are what the configuration and the processes that it needs can answer for.
func (p *parent) snmpParts() mib.Parts {
	s, vrrp := &p.config.Global.SNMP, p.wants(VRRP)
	return mib.Parts{
		Keepalived: s.VRRP && vrrp, RFC2787: s.RFCv2 && vrrp, RFC6527: s.RFCv3 && vrrp,
		Checker: s.Checker && p.wants(LVS),
	}
}

// useSNMP starts, ends or replaces the subagent as the configuration in force asks for it.
func (p *parent) useSNMP() {
	parts, socket := p.snmpParts(), p.config.Global.SNMP.Socket
	if a := p.snmp; a != nil {
		if a.parts == parts && a.socket == socket {
			a.forget()
			return
		}
		p.snmp = nil
		go a.session.Close(snmpCloseLimit)
	}
	if !parts.Any() {
		return
	}
	a := &snmpAgent{parent: p, parts: parts, socket: socket, started: time.Now()}
	a.session = agentx.New(agentx.Options{
		Address: socket, Description: "Holdfast", Subtrees: parts.Subtrees(), Handler: a, Log: p.log,
	})
	p.snmp = a
	p.log.Info("Starting SNMP subagent")
	go a.session.Run(context.Background())
}

// closeSNMP sends what waits and ends the subagent.
func (p *parent) closeSNMP() {
	if p.snmp != nil {
		p.snmp.session.Close(snmpCloseLimit)
	}
}

// forget has the next request answered from a new picture.
func (a *snmpAgent) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.view = nil
	a.changes++
}

// View implements agentx.Handler. It holds no lock while it asks the loop, which takes that to forget the view.
func (a *snmpAgent) View() agentx.View {
	a.mu.Lock()
	view, taken, changes := a.view, a.taken, a.changes
	a.mu.Unlock()
	if view != nil && time.Since(taken) <= snmpFresh {
		return view
	}
	view = a.snapshot().View(a.parts)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.changes == changes { // else it is of before a change, and the next request has to see that
		a.view, a.taken = view, time.Now()
	}
	return view
}

// snapshot is the daemon as it is. It asks the processes and must not be called from the loop.
func (a *snmpAgent) snapshot() *mib.Snapshot {
	s := a.parent.mibSnapshot()
	s.Now, s.Started = time.Now(), a.started
	snmp := &s.Config.Global.SNMP
	a.traffic.virtualAge, a.traffic.realAge = snmp.VSStatsInterval, snmp.RSStatsUpdateInterval
	due := a.parts.Checker && a.traffic.due(s.Now)
	status := a.parent.gather(statusRequest{Traffic: due})
	s.VRRP, s.LVS, s.Tracking = status.VRRP, status.LVS, &status.Tracking
	if due && s.LVS != nil {
		a.traffic.take(s.Now, s.LVS)
	}
	s.Traffic = a.traffic.counts
	s.Links, s.Groups = mibLinks(s.Config), hostinfo.New().InterfaceGroups()
	return s
}

// mibSnapshot is what only the loop knows. It must not be called from the loop.
func (p *parent) mibSnapshot() *mib.Snapshot {
	got := make(chan *mib.Snapshot, 1)
	p.post(func() {
		got <- &mib.Snapshot{
			Version: fmt.Sprintf("Holdfast v%s, in place of Keepalived v%s", Version, keepalivedVersion),
			Config:  p.config, Left: maps.Clone(p.left),
		}
	})
	return <-got
}

// Test implements agentx.Handler.
func (a *snmpAgent) Test(binds []agentx.VarBind) (agentx.Error, int) {
	s := a.parent.mibSnapshot()
	settings, err, index := s.Settings(a.parts, binds)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.pending = settings
	return err, index
}

// Commit implements agentx.Handler.
func (a *snmpAgent) Commit() agentx.Error {
	a.mu.Lock()
	settings := a.pending
	a.pending, a.view = nil, nil
	a.mu.Unlock()
	defer a.forget()
	for _, s := range settings {
		if err := a.parent.set(s); err != nil {
			a.parent.log.Warn("what SNMP asks for cannot be set", zap.Error(err))
			return agentx.CommitFailed
		}
	}
	return agentx.NoError
}

// set does what SNMP has asked for. It must not be called from the loop.
func (p *parent) set(s mib.Setting) error {
	if s.Weight != nil {
		r := p.order(control.Request{Order: &director.Order{
			Kind: director.SetWeight, Weight: *s.Weight, VirtualServer: wiring.VirtualServerName(s.VirtualServer),
			RealServer: wiring.RealServerName(s.RealServer.Addr, s.VirtualServer.Protocol, s.RealServer.Port),
		}})
		if r.Error != "" {
			return fmt.Errorf("set weight: %s", r.Error)
		}
		return nil
	}
	done := make(chan error, 1)
	p.post(func() { done <- p.setInstance(s) })
	return <-done
}

// setInstance changes an instance of the configuration in force. The file stays as it is, and the next
// reload brings back what it says.
func (p *parent) setInstance(s mib.Setting) error {
	i := slices.IndexFunc(p.config.Instances, func(in config.Instance) bool { return in.Name == s.Instance })
	switch {
	case i < 0:
		return fmt.Errorf("set: there is no instance %s any more", s.Instance)
	case p.reload.running || p.stop.running:
		return fmt.Errorf("set: the configuration is just changing")
	}
	c := *p.config
	c.Instances = slices.Clone(c.Instances)
	in := &c.Instances[i]
	if s.Priority != nil {
		p.log.Info(fmt.Sprintf("(%s) base priority changed from %d to %d via SNMP.", in.Name, in.Priority, *s.Priority))
		in.Priority = *s.Priority
	}
	if s.Preempt != nil {
		word := "disabled"
		if *s.Preempt {
			word = "enabled"
		}
		p.log.Info(fmt.Sprintf("(%s) preemption %s with SNMP", in.Name, word))
		in.NoPreempt = !*s.Preempt
	}
	p.config, p.inputs = &c, nil // the next reload has to read the file
	if v := p.processes[VRRP]; v != nil {
		p.configure(v)
	}
	return nil
}

// leftInit notes since when an instance takes part in the election.
func (p *parent) leftInit(c speaker.Change) {
	if c.Event != "" || c.Instance == "" || c.Group != "" {
		return
	}
	switch c.To {
	case vrrp.Init.String(), vrrp.Fault.String():
		delete(p.left, c.Instance)
	default:
		if _, known := p.left[c.Instance]; !known {
			p.left[c.Instance] = c.At
		}
	}
}

// snmpChanged tells the subagent's master of a change of VRRP, where somebody wants to know; told is the
// state that is told of it.
func (p *parent) snmpChanged(c speaker.Change, told string) {
	if p.snmp == nil {
		return
	}
	p.snmp.forget()
	if !p.config.Global.SNMP.Traps || told == "" && c.Event != speaker.BadPacket {
		return
	}
	s := mib.Snapshot{Config: p.config}
	if told == vrrp.Master.String() || c.Event == speaker.BadPacket {
		s.Links = mibLinks(p.config)
	}
	for _, binds := range s.Traps(p.snmp.parts, c, told) {
		p.snmp.session.Notify(binds)
	}
}

// snmpChangedLVS is snmpChanged for virtual and real servers.
func (p *parent) snmpChangedLVS(c director.Change) {
	p.realUp.note(c)
	if p.snmp == nil {
		return
	}
	p.snmp.forget()
	if !p.config.Global.SNMP.Traps {
		return
	}
	s := mib.Snapshot{Config: p.config}
	if binds := s.LVSTrap(p.snmp.parts, c, p.realUp.count(p.config, c.VirtualServer)); binds != nil {
		p.snmp.session.Notify(binds)
	}
}

// realServersUp is which real servers are up, by the names of virtual and real server: those of which
// something was heard.
type realServersUp map[[2]string]bool

func (u realServersUp) note(c director.Change) {
	if c.Kind == lvs.RealServerUp || c.Kind == lvs.RealServerDown {
		u[[2]string{c.VirtualServer, c.RealServer}] = c.Up
	}
}

// count is how many of a virtual server are up. One of which nothing was heard is as it began.
func (u realServersUp) count(c *config.Config, server string) int {
	n := 0
	for i := range c.VirtualServers {
		v := &c.VirtualServers[i]
		if wiring.VirtualServerName(v) != server {
			continue
		}
		for j := range v.RealServers {
			r := &v.RealServers[j]
			up, known := u[[2]string{server, wiring.RealServerName(r.Addr, v.Protocol, r.Port)}]
			if !known {
				up = !slices.ContainsFunc(r.Checkers, func(k config.Checker) bool { return k.Alpha })
			}
			if up {
				n++
			}
		}
	}
	return n
}
