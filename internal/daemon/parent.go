package daemon

import (
	"fmt"
	"os"
	"syscall"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/bus"
	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/hostinfo"
	"github.com/holdfast-ha/holdfast/internal/notify"
	"github.com/holdfast-ha/holdfast/internal/pidfile"
	"github.com/holdfast-ha/holdfast/internal/takeover"
	"github.com/holdfast-ha/holdfast/internal/tracking"
	"github.com/holdfast-ha/holdfast/internal/web"
	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// OrphanTime is how long the VRRP process goes on without a parent.
const OrphanTime = 3 * time.Second

// parent is the parent process. All fields belong to the goroutine of run; others post functions.
type parent struct {
	options   *Options
	paths     Paths
	program   string // the name that the daemon was called by
	suffix    string // of log identities: namespace and instance
	log       *zap.Logger
	lock      *pidfile.File
	former    *takeover.Keepalived // whose place we are about to take (--take-over)
	readyPipe *os.File
	control   *control.Server
	web       *web.Server
	source    *control.Source // of the state, for web
	events    control.Events
	known     known // problems, for web
	notifier  *notify.Runner
	tracker   *tracking.Tracker
	since     time.Time
	recording *os.File // of --record; nil: nothing is recorded

	ids      wiring.IDs
	marks    wiring.FirewallMarks
	config   *config.Config
	problems []parser.Problem
	inputs   *inputs // what the reading of it has asked for
	number   uint64  // of the configuration in force

	processes map[Role]*process
	waiting   map[Role]*spawned // children without a configuration, at the start
	posts     chan func()
	signals   chan os.Signal

	ready   bool // the first configuration is in force everywhere
	reload  reloading
	clock   reloadClock
	stop    stopping
	pending map[uint64]chan any // status requests by number
	// handovers are those that are waited for, by number.
	handovers map[uint64]chan handoverReply
	asked     uint64
	states    map[string]string // of instances, for the status line
	release   *time.Timer       // runs while the VRRP process is dead
	made      map[string]bool   // files of FILE_CHECKs, by path
	sessions  map[string]bool   // whether BFD sessions are up, where that is known

	snmp   *snmpAgent           // nil: nobody wants it
	dbus   *bus.Service         // as snmp
	left   map[string]time.Time // when instances left INIT or FAULT
	realUp realServersUp
}

// run is the parent's life. It returns the exit status.
func (p *parent) run() int {
	p.since = time.Now()
	p.reload.inForce = p.since
	setName(or(nameFor(&p.config.Global, ""), p.program))
	p.waitForSignals()
	p.runScript("startup", p.config.Global.StartupScript, p.config.Global.StartupScriptTimeout)
	var err error
	if p.control, err = control.Listen(p.paths.Control(), p.answer); err != nil {
		p.log.Warn("holdfastctl will not reach this daemon", zap.Error(err))
	}
	p.tracker = tracking.New(tracking.Deps{Log: p.log})
	p.track()
	p.number = 1
	p.prepare()
	if err := p.takeOver(); err != nil {
		p.log.Error("keepalived cannot be taken over from: it goes on", zap.Error(err))
		return exitFatal
	}
	// The last thing before our own processes start: until here the orphans hold the addresses.
	if err := p.endOrphans(); err != nil {
		p.log.Error("processes of an earlier daemon are in the way", zap.Error(err))
		return exitFatal
	}
	p.startRecording()
	p.notifier = notify.NewRunner(p.log)
	p.startProcesses()
	p.useNotify()
	p.useSNMP()
	p.useDBus()
	p.startWeb()
	if len(p.processes) == 0 {
		p.log.Warn("nothing to do: there is neither a vrrp_instance nor a virtual_server in " + p.options.ConfigFile + "; waiting for a reload")
		p.becomeReady()
	}
	p.watchReloadTime()
	for !p.stop.over {
		select {
		case f := <-p.posts:
			f()
		case s := <-p.signals:
			p.signal(s.(syscall.Signal))
		case <-p.tracker.Changed():
			p.tellTracked()
		}
	}
	p.closeReloadTime()
	p.web.Close(webLimit)
	p.tracker.Close()
	p.notifier.Stop(stopNotifyLimit)
	p.closeSNMP()
	p.closeDBus()
	p.runScript("shutdown", p.config.Global.ShutdownScript, p.config.Global.ShutdownScriptTimeout)
	p.log.Info(fmt.Sprintf("Stopped Holdfast v%s", Version))
	return p.stop.status
}

// post has the loop run f. It may be called from any goroutine but the loop's own.
func (p *parent) post(f func()) { p.posts <- f }

func (p *parent) signal(s syscall.Signal) {
	switch s {
	case unix.SIGHUP:
		p.beginReload(nil)
	case unix.SIGTERM, unix.SIGINT:
		p.beginStop(exitOK)
	case unix.SIGUSR1:
		go p.dumpData()
	case unix.SIGUSR2:
		go p.dumpStats(false)
	case syscall.Signal(signalNumbers["STATS_CLEAR"]):
		go p.dumpStats(true)
	case syscall.Signal(signalNumbers["JSON"]):
		go p.dumpJSON()
	}
}

// wants tells which processes the configuration needs. One that runs already stays.
func (p *parent) wants(role Role) bool {
	if p.processes[role] != nil || p.options.All {
		return !p.excluded(role)
	}
	switch role {
	case VRRP:
		return !p.excluded(role) && (len(p.config.Instances) > 0 || len(p.config.StaticAddresses) > 0)
	case BFD:
		return !p.excluded(role) && len(p.config.BFDs) > 0
	default:
		return !p.excluded(role) && (len(p.config.VirtualServers) > 0 || p.config.Global.LVSSync != nil)
	}
}

func (p *parent) excluded(role Role) bool {
	return role == VRRP && p.options.CheckersOnly || role == LVS && p.options.VRRPOnly || role == BFD && p.options.NoBFD
}

// roles in the order in which they are told of a configuration: services before addresses.
var roles = []Role{LVS, VRRP, BFD}

// startOrder begins with the one that peers wait for, so that a restart on a busy machine is heard
// within the master down interval.
var startOrder = []Role{VRRP, BFD, LVS}

// startProcesses starts what is wanted and does not run yet, and connects the two.
func (p *parent) startProcesses() {
	started := false
	for _, role := range startOrder {
		if p.wants(role) && p.processes[role] == nil {
			p.processes[role] = &process{role: role}
			p.launch(p.processes[role])
			started = true
		}
	}
	if started {
		p.connect()
	}
}

// becomeReady is called when the first configuration is in force everywhere.
func (p *parent) becomeReady() {
	p.ready = true
	p.log.Info("Startup complete")
	if p.readyPipe != nil {
		if err := settleDown(p.readyPipe); err != nil {
			p.log.Warn("the daemon stays tied to where it was started", zap.Error(err))
		}
		p.readyPipe = nil
	}
	p.notifySystemd("READY=1\n" + p.statusLine())
	giveBackMemory()
	if p.reload.again {
		p.reload.again = false
		p.beginReload(nil)
	}
}

// removeFiles takes away what says that a daemon runs.
func (p *parent) removeFiles() {
	if p.control != nil {
		p.control.Close()
		os.Remove(p.paths.Control())
	}
	if p.lock == nil {
		return
	}
	if p.former != nil { // it is keepalived's, which goes on
		p.lock.Close()
		return
	}
	if err := p.lock.Remove(); err != nil {
		p.log.Warn("the pid file stays", zap.Error(err))
	}
}

// wiringOptions are what the settings depend on besides the configuration.
func (p *parent) wiringOptions() wiring.Options {
	o := wiring.Options{
		KeepAddresses: p.options.KeepAddresses,
		KeepTable:     p.options.KeepTable,
		VRRP:          p.wants(VRRP),
		StateFile:     p.paths.State(),
		Groups:        supplementaryGroups,
		Marks:         &p.marks,
		Interface:     hostinfo.New().Interface,
	}
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) == nil {
		o.Uptime = time.Duration(info.Uptime) * time.Second
	}
	return o
}
