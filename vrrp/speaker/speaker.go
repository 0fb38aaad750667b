package speaker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/internal/firewall"
	"github.com/holdfast-ha/holdfast/internal/poller"
	"github.com/holdfast-ha/holdfast/internal/rtnl"
	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/record"
)

// Deps is what a Speaker needs of its process.
type Deps struct {
	Log *zap.Logger
	// Director is the LVS side; nil: there is none and nothing is waited for.
	Director Director
	// Changed is called for each transition and event, in order, from a goroutine of its own. It
	// may take its time. It may be nil.
	Changed func(Change)
	// Record, if not nil, gets all that goes into the core and what comes out of it.
	Record *Recording
}

// Speaker runs the virtual routers of a host. Its methods may be called from any goroutine.
type Speaker struct {
	loop    *loop
	effects *effects
	monitor *rtnl.Monitor
	command *rtnl.Conn
	place   *namespace
	log     *reporter
	changed func(Change)
	changes *queue[Change]
	// snapshot is the host as New found it.
	snapshot rtnl.Snapshot
	lost     overruns
	running  atomic.Bool
	ended    chan struct{}
}

// New opens what a Speaker needs, in the network namespace of the calling thread, and looks which
// instances an earlier process left as MASTER. It changes nothing on the host. It fails without
// the right to open raw sockets or netlink.
func New(s Settings, d Deps) (*Speaker, error) {
	sp := &Speaker{changed: d.Changed, ended: make(chan struct{}), log: newReporter(d.Log), changes: newQueue[Change]()}
	if err := sp.open(&s, d.Director); err != nil {
		sp.close()
		return nil, err
	}
	if d.Record != nil {
		sp.loop.record = newRecorder(d.Record, sp.loop.epoch, sp.log)
		sp.loop.record.configured(record.Started, 0, configs(&s), s.Groups, nil)
	}
	return sp, nil
}

func (sp *Speaker) open(s *Settings, d Director) error {
	var err error
	if sp.place, err = currentNamespace(); err != nil {
		return err
	}
	if sp.monitor, err = rtnl.Listen(rtnl.Keepalived); err != nil {
		return err
	}
	if sp.snapshot, err = sp.monitor.Read(); err != nil {
		return err
	}
	k, err := openHost()
	if err != nil {
		return err
	}
	sp.command = k.Conn
	sp.setBuffers(s)
	sp.effects = newEffects(k, nil, d, sp.log)
	sp.effects.wall = firewall.New()
	if sp.effects.air, err = openAir(); err != nil {
		return err
	}
	state, err := openState(s.StateFile)
	if err != nil {
		return err
	}
	s.Instances = slices.Clone(s.Instances)
	adopt(s, state, sp.snapshot)
	sp.loop, err = newLoop(s, state, sp.effects.orders, sp.changes, sp.log)
	if err != nil {
		return errors.Join(err, state.Close())
	}
	sp.effects.memory, sp.effects.claim.poller = state, sp.loop.poller
	sp.effects.lost = func(id vrrp.ID) {
		sp.loop.commands.put(func() { sp.loop.tell(vrrp.Event{Kind: vrrp.AddressLost, Instance: id}) })
	}
	sp.effects.ear = packetEar{}
	sp.effects.announced = func(id vrrp.ID) {
		sp.loop.commands.put(func() { sp.loop.tell(vrrp.Event{Kind: vrrp.SuccessorAnnounced, Instance: id}) })
	}
	sp.effects.reasserted = func(id vrrp.ID) {
		sp.loop.commands.put(func() {
			if m := sp.loop.members[id]; m != nil {
				m.reasserted++
			}
		})
	}
	return nil
}

// setBuffers makes the netlink sockets as large as is asked for.
func (sp *Speaker) setBuffers(s *Settings) {
	if err := errors.Join(sp.monitor.SetBuffer(s.Monitor), sp.command.SetBuffer(s.Commands)); err != nil {
		sp.log.warn("netlink sockets keep their size", zap.Error(err))
	}
}

// adopt marks the instances that go on as MASTER: an earlier process advertised so recently that no
// peer has given up on it, and all addresses are in place (design 1.4).
func adopt(s *Settings, state *stateFile, host rtnl.Snapshot) {
	links := map[string]rtnl.Link{}
	for _, l := range host.Links {
		links[l.Name] = l
	}
	stands := map[string]bool{}
	for i := range s.Devices {
		stands[s.Devices[i].Name] = s.Devices[i].Stands(links)
	}
	present := map[rtnl.Key]bool{}
	for _, a := range host.Addresses {
		present[a.Key()] = true
	}
	recent := state.recent(boottime())
	for i := range s.Instances {
		in := &s.Instances[i]
		in.Adopted = false
		seen, ok := recent[keyOf(in)]
		if !ok {
			continue
		}
		in.AdoptedSequence = seen.sequence
		in.Adopted = seen.fresh() && !slices.ContainsFunc(addressesOf(in), func(a Address) bool {
			there, device := stands[a.Interface]
			return device && !there || !present[kernelAddress(a, links[a.Interface].Index).Key()]
		}) && (in.Device == "" || stands[in.Device])
	}
}

// startWait is how long the first election may wait for the LVS side to come up.
const startWait = 5 * time.Second

// start lets the instances stand for election once the LVS side has answered: who became MASTER before
// that would take the addresses from a router that serves them. What an earlier process left as MASTER
// waits for nothing.
func (sp *Speaker) start(s *Settings) {
	adopted := slices.ContainsFunc(s.Instances, func(in Instance) bool { return in.Adopted })
	if sp.effects.director == nil || adopted {
		sp.loop.begin()
		return
	}
	ready := sp.effects.director.Masters(nil, nil)
	select {
	case <-ready:
		sp.loop.begin()
		return
	default:
	}
	go func() {
		limit := time.NewTimer(startWait)
		defer limit.Stop()
		select {
		case <-ready:
		case <-sp.ended:
		case <-limit.C:
			sp.log.warn("the LVS process is not ready: standing for election without it", zap.Duration("waited", startWait))
		}
		sp.loop.commands.put(sp.loop.begin)
	}()
}

// Run works until Stop, or until ctx is done, which is an unplanned stop. It can be
// called once.
func (sp *Speaker) Run(ctx context.Context) error {
	if !sp.running.CompareAndSwap(false, true) {
		return errors.New("run speaker: it runs already, or did")
	}
	defer close(sp.ended)
	var workers, outputs sync.WaitGroup
	outputs.Go(sp.log.run)
	notified := make(chan struct{})
	outputs.Go(func() { sp.notify(notified) })
	if sp.loop.record != nil {
		go sp.loop.record.run()
	}

	var failure error
	settings := sp.loop.settings
	found := make(chan struct{}) // closed when sp.snapshot has the devices
	workers.Go(func() {
		if err := sp.place.enter(); err != nil {
			sp.log.warn("cannot enter network namespace", zap.Error(err))
		}
		sp.snapshot.Links = sp.effects.found(settings, sp.snapshot.Links)
		close(found)
		sp.effects.begin(settings, sp.snapshot)
		sp.effects.run()
	})
	workers.Go(func() {
		if err := sp.monitor.Run(netHandler{sp}); err != nil {
			failure = err
			sp.stop(false)
		}
	})
	release := context.AfterFunc(ctx, func() { sp.stop(false) })
	defer release()

	entered := make(chan error, 1)
	workers.Go(func() {
		err := sp.place.enter()
		if err != nil {
			sp.log.warn("cannot enter network namespace", zap.Error(err))
		}
		<-found
		sp.loop.place = sp.place
		sp.loop.followLinkbeat(settings.Linkbeat)
		sp.loop.resync(&sp.snapshot)
		// What was told before counts from the start: trackers that have no result yet. What came by
		// Track is newer than what came with the settings.
		sp.loop.track(settings.Tracked)
		for _, f := range sp.loop.commands.take() {
			f()
		}
		sp.start(settings)
		sp.loop.run()
		entered <- sp.monitor.Close()
	})
	err := <-entered
	workers.Wait()
	sp.loop.record.close()
	close(notified)
	sp.log.stop()
	outputs.Wait()
	sp.close()
	if failure != nil {
		return failure
	}
	if err != nil {
		return fmt.Errorf("close rtnetlink: %w", err)
	}
	return nil
}

// notify calls Changed.
func (sp *Speaker) notify(end <-chan struct{}) {
	for over := false; !over; {
		select {
		case <-sp.changes.C:
		case <-end:
			over = true
		}
		for _, c := range sp.changes.take() {
			if sp.changed != nil {
				sp.changed(c)
			}
		}
	}
}

// netHandler passes on what the monitor sees: the loop wants links and sources, the effects links
// and what became of our addresses. Our own additions, a thousand at a time, concern nobody.
type netHandler struct{ sp *Speaker }

func (h netHandler) Changed(events []rtnl.Event) {
	var loop, effects []rtnl.Event
	for _, e := range events {
		link := e.Kind == rtnl.LinkChanged || e.Kind == rtnl.LinkGone
		address := e.Kind == rtnl.AddressChanged || e.Kind == rtnl.AddressGone
		if link || address && e.Address.Protocol != rtnl.Keepalived {
			loop = append(loop, e)
		}
		if e.Kind != rtnl.AddressChanged {
			effects = append(effects, e)
		}
	}
	if effects != nil {
		h.sp.effects.orders.put(order{kind: orderLinks, events: effects})
	}
	if loop != nil {
		h.sp.loop.commands.put(func() { h.sp.loop.netEvents(loop) })
	}
}

func (h netHandler) Resync(s rtnl.Snapshot) {
	h.sp.lost.note(h.sp.log)
	h.sp.effects.orders.put(order{kind: orderResync, snapshot: s})
	h.sp.loop.commands.put(func() { h.sp.loop.resync(&s) })
}

// Reload replaces the settings. What is in both goes on undisturbed.
func (sp *Speaker) Reload(s Settings) {
	s.Instances = slices.Clone(s.Instances)
	for i := range s.Instances {
		s.Instances[i].Adopted = false
	}
	sp.setBuffers(&s)
	sp.loop.commands.put(func() { sp.loop.prepareReload(&s) })
}

// Stop ends Run and waits until it has returned. Planned, and with Settings.Handover, a MASTER goes
// on forwarding until its successor advertises. A later unplanned Stop cuts that short.
func (sp *Speaker) Stop(planned bool) {
	sp.stop(planned)
	if sp.running.Load() {
		<-sp.ended
	}
}

func (sp *Speaker) stop(planned bool) { sp.loop.commands.put(func() { sp.loop.stop(planned) }) }

// Track tells what the trackers of instances amount to now. What is told before Run counts from the
// start.
func (sp *Speaker) Track(all []Tracked) {
	sp.loop.commands.put(func() { sp.loop.track(all) })
}

// Status is a snapshot. It is empty when Run does not run.
func (sp *Speaker) Status() Status {
	if !sp.running.Load() {
		return Status{}
	}
	answer := make(chan Status, 1)
	sp.loop.commands.put(func() { answer <- sp.loop.status() })
	select {
	case s := <-answer:
		s.EventsLost = sp.lost.count.Load()
		return s
	case <-sp.ended:
		return Status{}
	}
}

// ClearStats sets all counters to zero.
func (sp *Speaker) ClearStats() {
	sp.lost.count.Store(0)
	sp.loop.commands.put(sp.loop.clearStats)
}

// close closes what was opened and is not closed yet.
func (sp *Speaker) close() {
	if sp.monitor != nil && !sp.running.Load() {
		_ = sp.monitor.Close()
	}
	if sp.effects != nil {
		_ = sp.effects.kernel.Close()
		if sp.effects.air != nil {
			sp.effects.air.close()
		}
	}
	if sp.loop != nil {
		sp.loop.poller.Close()
		_ = sp.loop.state.Close()
	}
	if sp.place != nil {
		sp.place.close()
	}
}

func newLoop(s *Settings, state *stateFile, orders *queue[order], changes *queue[Change], log *reporter) (*loop, error) {
	p, err := poller.New()
	if err != nil {
		return nil, err
	}
	l := &loop{
		epoch: time.Now(), poller: p, commands: newQueue[func()](), orders: orders, changes: changes,
		log: log, state: state, dial: openSocket, watch: p.Add, members: map[vrrp.ID]*member{},
		stations: map[socketKey]*station{}, switches: map[vrrp.ID]chan error{}, links: map[string]*link{}, indexes: map[int]string{},
		batch: newBatch(), actions: make([]vrrp.Action, 0, 64),
	}
	l.commands.wake = p.Notify
	l.router = vrrp.New(configs(s), s.Groups)
	l.configure(s)
	return l, nil
}

// track tells the core what trackers amount to.
func (l *loop) track(all []Tracked) {
	if l.pending != nil {
		l.pending.Tracked = merge(l.pending.Tracked, all)
	}
	for i := range all {
		t := &all[i]
		if m := l.members[t.ID]; m != nil {
			m.why = t.Why
		}
		l.tell(vrrp.Event{Kind: vrrp.Tracked, Instance: t.ID, Weight: t.Weight, Down: t.Down, Pending: t.Pending})
	}
}

// merge replaces in old what newer tells.
func merge(old, newer []Tracked) []Tracked {
	all := slices.Clone(newer)
	for _, t := range old {
		if !slices.ContainsFunc(newer, func(n Tracked) bool { return n.ID == t.ID }) {
			all = append(all, t)
		}
	}
	return all
}

// tell gives an event to the core.
func (l *loop) tell(e vrrp.Event) {
	l.event = e
	l.step()
}
