package daemon

import (
	"fmt"
	"os"
	"os/exec"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"

	bfdspeaker "github.com/holdfast-ha/holdfast/bfd/speaker"
	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/ipc"
	"github.com/holdfast-ha/holdfast/internal/pidfile"
	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// process is a child as its parent sees it.
type process struct {
	role       Role
	cmd        *exec.Cmd // nil while it does not run
	outbox     chan outgoing
	since      time.Time
	restarts   int
	respawn    respawn
	configured uint64 // the number of the configuration it confirmed
}

// outgoing is a message to a child; its files are closed when it is sent.
type outgoing struct {
	kind  ipc.Kind
	body  any
	files []*os.File
}

// processName is what log lines call a role, as keepalived does.
func (r Role) String() string {
	switch r {
	case VRRP:
		return "VRRP"
	case BFD:
		return "BFD"
	}
	return "Healthcheck"
}

func (p *parent) pidFile(role Role) string {
	switch role {
	case VRRP:
		return p.paths.VRRPPID
	case BFD:
		return p.paths.BFDPID
	}
	return p.paths.LVSPID
}

// launch starts a child and sends it the configuration in force.
func (p *parent) launch(c *process) {
	if p.release != nil && c.role == VRRP {
		p.release.Stop()
	}
	child, files, err := p.startChild(c.role)
	if err != nil {
		p.log.Error(fmt.Sprintf("the %s process cannot be started", c.role), zap.Error(err))
		p.died(c, exitOK, 0)
		return
	}
	c.cmd, c.since, c.configured = child.cmd, time.Now(), 0
	c.outbox = make(chan outgoing, 256)
	p.log.Info(fmt.Sprintf("Starting %s child process, pid=%d", c.role, c.cmd.Process.Pid))
	p.happened(control.Event{Kind: control.EventProcess, Name: string(c.role), To: "STARTED"})
	p.configure(c, files...)
	go p.writeTo(c.role, child.conn, c.outbox)
	go p.readFrom(c, child.cmd, child.conn)
}

// startChild starts a child, unless it waits already, and locks its pid file. The files are for the child:
// the lock is its own from then on.
func (p *parent) startChild(role Role) (child *spawned, files []*os.File, err error) {
	lock, err := pidfile.Lock(p.pidFile(role))
	if err != nil {
		return nil, nil, err
	}
	if child = p.waiting[role]; child == nil {
		if child, err = spawn(role, !p.options.DontFork); err != nil {
			lock.Close()
			return nil, nil, err
		}
	}
	delete(p.waiting, role)
	if err := lock.Write(child.cmd.Process.Pid); err != nil {
		child.dismiss()
		lock.Close()
		return nil, nil, err
	}
	files = []*os.File{lock.File()}
	if role == VRRP && p.recording != nil {
		if f, err := duplicate(p.recording); err == nil {
			files = append(files, f)
		}
	}
	return child, files, nil
}

// duplicate makes another descriptor of a file.
func duplicate(f *os.File) (*os.File, error) {
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("duplicate descriptor of %s: %w", f.Name(), err)
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}

// writeTo sends what is put into the outbox until that is closed or the child is gone.
func (p *parent) writeTo(role Role, conn *ipc.Conn, outbox <-chan outgoing) {
	for m := range outbox {
		err := conn.Send(m.kind, m.body, m.files...)
		for _, f := range m.files {
			f.Close()
		}
		if err != nil {
			p.log.Debug(fmt.Sprintf("a message to the %s process is lost", role), zap.Error(err))
		}
	}
	conn.Close()
}

// readFrom passes a child's messages to the loop, and at the end its exit.
func (p *parent) readFrom(c *process, cmd *exec.Cmd, conn *ipc.Conn) {
	for {
		f, err := conn.Receive()
		if err != nil {
			break
		}
		p.post(func() { p.handle(c, f) })
	}
	err := cmd.Wait() // the status is in ProcessState; err only repeats it
	p.post(func() { p.exited(c, cmd, err) })
}

// send puts a message into a child's outbox; a child that does not read loses it.
func (p *parent) send(c *process, m outgoing) {
	if c == nil || c.cmd == nil {
		for _, f := range m.files {
			f.Close()
		}
		return
	}
	select {
	case c.outbox <- m:
	default:
		p.log.Error(fmt.Sprintf("the %s process does not read: a message to it is dropped", c.role), zap.Stringer("message", m.kind))
		for _, f := range m.files {
			f.Close()
		}
	}
}

// configure sends a child the configuration in force, with files if it is the first one.
func (p *parent) configure(c *process, files ...*os.File) {
	g := &p.config.Global
	process := processSettings{
		Name:    nameFor(g, c.role),
		Log:     logSettingsFor(p.options, p.paths, c.role, p.suffix),
		PIDFile: p.pidFile(c.role),
		Orphan:  OrphanTime,
	}
	switch c.role {
	case VRRP:
		process.Sched = schedFor(g, &g.VRRPProcess)
		settings := wiring.Speaker(p.config, &p.ids, p.wiringOptions())
		settings.Tracked = tracked(p.tracker.Sums())
		p.send(c, outgoing{kind: ipc.Configure, files: files, body: vrrpConfiguration{
			Number: p.number, Process: process, Director: p.wants(LVS), Record: p.recording != nil, Settings: settings,
		}})
	case LVS:
		process.Sched = schedFor(g, &g.CheckerProcess)
		p.send(c, outgoing{kind: ipc.Configure, files: files, body: lvsConfiguration{
			Number: p.number, Process: process, StateFile: p.paths.LVSState(),
			Settings: wiring.Director(p.config, p.wiringOptions()),
		}})
		p.tellLVSOfSessions()
	case BFD:
		process.Sched = schedFor(g, &g.BFDProcess)
		settings := wiring.BFD(p.config)
		settings.StateFile = p.paths.BFDState()
		p.send(c, outgoing{kind: ipc.Configure, files: files, body: bfdConfiguration{Number: p.number, Process: process, Settings: settings}})
	}
}

// nameFor is the name that a configuration gives to a process of that role (the empty one is the
// parent's), or none.
func nameFor(g *config.Global, role Role) string {
	name, usual := g.ProcessName, "keepalived"
	switch role {
	case VRRP:
		name, usual = g.VRRPProcess.Name, "keepalived_vrrp"
	case LVS:
		name, usual = g.CheckerProcess.Name, "keepalived_lvs"
	case BFD:
		name, usual = g.BFDProcess.Name, "keepalived_bfd"
	}
	if name == "" && g.ProcessNames {
		return usual
	}
	return name
}

func schedFor(g *config.Global, s *config.ProcessSettings) schedSettings {
	return schedSettings{
		Nice: s.Nice, NoSwap: s.NoSwap, RTPriority: s.RTPriority, RTTime: s.RLimitRTTime, CPUs: s.CPUs,
		MaxAuto: g.MaxAutoPriority, AutoDelay: g.MinAutoPriorityDelay,
	}
}

// connect makes a new socket pair between the VRRP and the LVS process and hands it to both.
func (p *parent) connect() {
	v, l := p.processes[VRRP], p.processes[LVS]
	if v == nil || l == nil || v.cmd == nil || l.cmd == nil {
		return
	}
	a, b, err := ipc.Pair()
	if err != nil {
		p.log.Error("the VRRP and the LVS process cannot be connected", zap.Error(err))
		return
	}
	p.send(l, outgoing{kind: ipc.Peer, files: []*os.File{a}})
	p.send(v, outgoing{kind: ipc.Peer, files: []*os.File{b}})
}

// handle takes a message from a child.
func (p *parent) handle(c *process, f ipc.Frame) {
	var err error
	switch f.Kind {
	case ipc.Configured:
		var o ipc.Outcome
		if err = f.Decode(&o); err == nil {
			p.confirmed(c, o)
		}
	case ipc.StatusReply:
		err = p.replied(c.role, f)
	case ipc.HandoverReply:
		err = p.handedOver(f)
	case ipc.OrderReply:
		err = p.orderDone(f)
	case ipc.Changes:
		err = p.changes(c.role, f)
	}
	if err != nil {
		p.log.Error(fmt.Sprintf("the %s process is not understood", c.role), zap.Error(err))
	}
}

// changes takes what has changed in a child.
func (p *parent) changes(role Role, f ipc.Frame) error {
	switch role {
	case VRRP:
		var change speaker.Change
		if err := f.Decode(&change); err != nil {
			return err
		}
		p.changed(change)
	case LVS:
		var changes []director.Change
		if err := f.Decode(&changes); err != nil {
			return err
		}
		for _, change := range changes {
			p.happened(lvsEvent(change))
			p.notifier.ChangedLVS(change)
			p.snmpChangedLVS(change)
		}
	case BFD:
		var sessions []bfdspeaker.Session
		if err := f.Decode(&sessions); err != nil {
			return err
		}
		p.sessionsChanged(sessions)
	}
	return nil
}

// confirmed: a child has a configuration in force.
func (p *parent) confirmed(c *process, o ipc.Outcome) {
	if o.Error != "" {
		p.log.Error(fmt.Sprintf("the %s process did not take the configuration", c.role), zap.String("error", o.Error))
		p.reload.failure = o.Error
		o.Number = p.number
	}
	c.configured = o.Number
	for _, other := range p.processes {
		if other.configured != p.number {
			return
		}
	}
	switch {
	case !p.ready:
		p.becomeReady()
	case p.reload.running:
		p.endReload()
	}
}

// exited: a child has ended.
func (p *parent) exited(c *process, cmd *exec.Cmd, waitErr error) {
	ran := time.Since(c.since)
	pid := cmd.Process.Pid
	close(c.outbox)
	c.cmd, c.outbox = nil, nil
	status, signal := cmd.ProcessState.ExitCode(), ""
	if ws, ok := cmd.ProcessState.Sys().(interface {
		Signaled() bool
	}); ok && ws.Signaled() {
		signal = cmd.ProcessState.String()
	}
	os.Remove(p.pidFile(c.role))
	if c.role == VRRP {
		p.abandon()
	}
	if p.stop.running {
		p.advanceStop()
		return
	}
	p.happened(control.Event{Kind: control.EventProcess, Name: string(c.role), To: "DIED", Reason: cmd.ProcessState.String()})
	why, forGood := permanent(status)
	switch {
	case signal != "":
		p.log.Error(fmt.Sprintf("pid %d exited due to %s", pid, signal))
	case forGood:
		p.log.Error(fmt.Sprintf("pid %d exited with permanent error %s. Terminating", pid, exitName(why)))
		p.beginStop(why)
		return
	default:
		p.log.Error(fmt.Sprintf("pid %d exited with status %d", pid, status), zap.Error(waitErr))
	}
	p.died(c, pid, ran)
}

// died starts a dead child again, after the delay that its history asks for.
func (p *parent) died(c *process, pid int, ran time.Duration) {
	if p.options.DontRespawn {
		p.log.Error(fmt.Sprintf("%s child process(%d) died: Exiting", c.role, pid))
		p.beginStop(exitOK)
		return
	}
	delay := c.respawn.after(ran)
	p.log.Error(fmt.Sprintf("%s child process(%d) died: Respawning", c.role, pid))
	c.restarts++
	if c.role == VRRP {
		p.releaseUnlessBack()
	}
	if c.role == BFD && delay > 0 {
		p.sessionsLost() // for so long nobody watches
	}
	restart := func() {
		if p.stop.running || c.cmd != nil {
			return
		}
		p.launch(c)
		p.connect()
	}
	if delay == 0 {
		restart()
		return
	}
	p.log.Warn(fmt.Sprintf("Restart of %s process delayed %d seconds to limit respawn rate", c.role, delay/time.Second))
	time.AfterFunc(delay, func() { p.post(restart) })
}

// kill ends a child that did not stop.
func (p *parent) kill(c *process) {
	p.log.Error(fmt.Sprintf("the %s process did not stop in time: killing it", c.role), zap.Duration("limit", p.stopLimit(c.role)))
	if err := c.cmd.Process.Signal(unix.SIGKILL); err != nil {
		p.log.Debug("kill", zap.Error(err))
	}
}
