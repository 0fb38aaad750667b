package director

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/internal/script"
	"github.com/holdfast-ha/holdfast/lvs"
)

// Kernel is what the director needs of the kernel's IPVS. Read may be called while Apply runs.
type Kernel interface {
	lvs.Kernel
	Flush() error
	Timeouts() (lvs.Timeouts, error)
	SetTimeouts(lvs.Timeouts) error
	// Daemons returns the connection sync daemons that run. Starting one that runs already and
	// stopping one that does not are no errors.
	Daemons() ([]lvs.SyncDaemon, error)
	StartDaemon(lvs.SyncDaemon) error
	StopDaemon(lvs.SyncRole) error
}

// Preparer is a Kernel that can load in advance what services will need.
type Preparer interface {
	Prepare(services []lvs.Service)
}

// Renewer is a Kernel that may lose everything, as when a module is unloaded. Renewed tells once that it
// has and is back.
type Renewer interface {
	Renewed() bool
}

// Rebinder is a Kernel that can bind connections, which came from another director before their
// destinations were here, to these. The backup daemon d runs meanwhile.
type Rebinder interface {
	Rebind(d lvs.SyncDaemon, table lvs.Table) (connections int, err error)
}

// Deps is what a Director works with. Log, Kernel and NewChecker are required.
type Deps struct {
	Log    *zap.Logger
	Kernel Kernel
	// Changed is told of every change of a real server's or a quorum's state, from the loop: it
	// must not block.
	Changed func(Change)
	// NewChecker makes the checker of one check. It is not called for unsupported checks.
	NewChecker func(Check) checkers.Checker
	// Execute runs a notify script and returns when it has ended. It is called beside the loop, one
	// script at a time for each real server and each virtual server. nil: package script does.
	Execute func(ctx context.Context, command script.Command) error
	// Random returns a number in [0, 1), for the first run of a check. nil: a random one.
	Random func() float64
	// StateFile remembers, until the next boot at most, which services are ours, so that what the
	// configuration lost while no director ran is removed. It belongs on a tmpfs such as /run.
	// Empty: none is kept, and such services are left alone.
	StateFile string
	// Marker marks packets for services by mark; nil: nobody does.
	Marker Marker
	// MaxRunning bounds how many checks run at once; 0: DefaultMaxRunning.
	MaxRunning int
}

// DefaultMaxRunning is how many checks run at once at most: each may hold a descriptor or a process.
const DefaultMaxRunning = 2048

// Director is the LVS process: one goroutine, Run, owns the core, the picture of the kernel's table
// and the schedule of the checks. All methods may be called from any goroutine, before Run as well.
type Director struct {
	deps     Deps
	log      *zap.Logger
	mail     *mailbox
	done     chan struct{}
	settings Settings
	names    directory // of settings

	core    *lvs.Director
	table   reconciler
	sync    synchroniser
	traffic traffic
	marks   marking
	checks  *schedule
	scripts *scripts

	now      time.Time // when this turn of the loop began
	started  bool      // the first read has been adopted
	stopping bool
	alone    bool       // the VRRP process is gone: who is MASTER stays as it was
	masters  *lvs.Event // the last one
	waiters  []chan struct{}
	restore  lvs.Timeouts // what to put back at the end
	holding  bool         // see hold
	held     []announcement
}

// randomOf is the source of random numbers. Only the loop draws.
func randomOf(seed *uint64) func() float64 {
	if seed == nil {
		return rand.Float64
	}
	return rand.New(rand.NewPCG(*seed, 0)).Float64
}

// New returns a director for the settings. It does nothing before Run.
func New(settings Settings, deps Deps) *Director {
	if deps.Random == nil {
		deps.Random = randomOf(settings.Seed)
	}
	if deps.MaxRunning <= 0 {
		deps.MaxRunning = DefaultMaxRunning
	}
	if deps.Execute == nil {
		deps.Execute = execute
	}
	if deps.Changed == nil {
		deps.Changed = func(Change) {}
	}
	d := &Director{
		deps:     deps,
		log:      deps.Log,
		mail:     newMailbox(),
		done:     make(chan struct{}),
		settings: settings,
		names:    directoryOf(settings),
		core:     lvs.NewDirector(coreServers(settings)),
	}
	d.table = newReconciler()
	d.checks = newSchedule(d)
	d.scripts = newScripts(deps.Execute, deps.Log)
	return d
}

// Run does the work until Stop or the end of ctx. At the end of ctx the kernel's table stays as it
// is, as after a crash, so that a successor can adopt it; Stop is what takes it away.
func (d *Director) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer func() {
		cancel()
		d.checks.stop()
		d.scripts.wait(scriptGrace)
		close(d.done)
		for _, f := range d.mail.close() {
			f()
		}
	}()
	d.checks.ctx = ctx
	timer := time.NewTimer(0)
	defer timer.Stop()
	for !d.stopping {
		select {
		case <-ctx.Done():
			return nil
		case <-d.mail.wake:
		case <-timer.C:
		}
		d.turn(time.Now())
		timer.Reset(time.Until(d.deadline()))
	}
	return d.finish()
}

// turn is one round of the loop: what was posted, what is due, then one write for all of it.
func (d *Director) turn(now time.Time) {
	d.now = now
	for _, f := range d.mail.take() {
		f()
	}
	if d.stopping {
		return
	}
	if d.started { // before anything else: addresses may be waiting for it
		d.write(now)
	}
	d.reconcileDue(now)
	if d.started {
		d.checks.run(now)
		if next := d.core.Next(); !next.IsZero() && !now.Before(next) {
			d.step(lvs.Event{Kind: lvs.Ticked, At: now})
		}
		d.write(now)
		d.syncDue(now)
	}
}

// deadline is when turn has something to do without being asked.
func (d *Director) deadline() time.Time {
	next := time.Now().Add(time.Hour)
	due := d.table.due
	if d.table.reading { // its result comes by itself
		due = time.Time{}
	}
	for _, t := range []time.Time{due, d.checks.next(), d.core.Next(), d.sync.due} {
		if !t.IsZero() && t.Before(next) {
			next = t
		}
	}
	return next
}

// call runs f in the loop, or after its end, and waits for it.
func (d *Director) call(f func()) {
	ran := make(chan struct{})
	if !d.mail.post(func() { f(); close(ran) }) {
		<-d.done
		f()
		return
	}
	<-ran
}

// Masters tells which instances and sync groups are MASTER now: the whole set each time. The
// channel is closed when the kernel has everything that it takes: what it refuses is logged and
// tried again later, but nobody waits for that. Masters never blocks.
func (d *Director) Masters(instances, groups []string) <-chan struct{} {
	agreed := make(chan struct{})
	d.mail.post(func() {
		d.alone = false
		d.waiters = append(d.waiters, agreed)
		d.masters = &lvs.Event{Kind: lvs.MastersChanged, Instances: instances, Groups: groups}
		d.step(*d.masters)
		d.checks.suspend()
		d.sync.stale, d.marks.stale = true, true
	})
	return agreed
}

// HoldPeerLost says that the VRRP process is gone. The table stays as it is until the next Masters:
// the addresses are still there, and so are the clients.
func (d *Director) HoldPeerLost() {
	d.mail.post(func() {
		if !d.alone {
			d.alone = true
			d.log.Warn("the VRRP process is gone: IPVS stays as it is until it is back")
		}
	})
}

// Reload takes new settings over and returns when the kernel has been told. What is still there
// keeps its state; equal settings write nothing.
func (d *Director) Reload(settings Settings) {
	d.call(func() { d.reload(settings) })
}

func (d *Director) reload(settings Settings) {
	if d.stopping {
		return
	}
	before, names := d.settings, d.names
	d.settings, d.names = settings, directoryOf(settings)
	if !d.started {
		d.core = lvs.NewDirector(coreServers(settings))
		if d.masters != nil {
			d.core.Step(*d.masters)
		}
		return
	}
	orders := d.core.Overrides()
	d.hold()
	d.announce(d.core.Step(lvs.Event{Kind: lvs.Reloaded, Servers: coreServers(settings)}), names)
	d.forgotten(orders)
	d.remember()
	d.checks.reload(settings)
	d.sync.stale, d.marks.stale = true, true
	clear(d.table.refused) // another configuration, another chance
	now := time.Now()
	if settings.ReconcileInterval != before.ReconcileInterval {
		d.table.plan(now, settings.ReconcileInterval)
	}
	if timeouts(settings) != timeouts(before) {
		d.setTimeouts()
	}
	d.write(now)
	d.release()
	d.prepare()
	d.syncDue(now)
}

// Stop ends Run and waits for it. What is ours leaves the kernel, unless the settings say
// KeepTable; FlushOnStop "all" empties the whole table.
func (d *Director) Stop() {
	if d.mail.post(func() { d.stopping = true }) {
		<-d.done
	}
}

// prepare lets the kernel load the modules of services that are not active yet, beside the loop.
func (d *Director) prepare() {
	p, ok := d.deps.Kernel.(Preparer)
	if !ok {
		return
	}
	var services []lvs.Service
	for _, v := range d.settings.VirtualServers {
		if len(v.Services) > 0 { // those of a group have the same options
			services = append(services, v.Services[0].Service)
		}
	}
	go p.Prepare(services)
}

// step passes an event to the core and makes its changes known.
func (d *Director) step(e lvs.Event) {
	d.announce(d.core.Step(e), d.names)
}

// finish takes our services out of the kernel.
func (d *Director) finish() error {
	d.step(lvs.Event{Kind: lvs.Stopped})
	var err error
	switch {
	case d.settings.KeepTable:
	case d.settings.FlushOnStop == "all":
		err = d.deps.Kernel.Flush()
	case d.started:
		err = d.removeAll()
	}
	if !d.settings.KeepTable {
		if err = errors.Join(err, d.unmark(), d.stopSync()); err == nil {
			d.forgetAll()
		}
	}
	if d.restore != (lvs.Timeouts{}) {
		if restoreErr := d.deps.Kernel.SetTimeouts(d.restore); restoreErr != nil {
			d.log.Error("restoring IPVS timeouts failed", zap.Error(restoreErr))
		}
	}
	return err
}
