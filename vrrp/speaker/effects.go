package speaker

import (
	"errors"
	"net/netip"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/firewall"
	"github.com/holdfast-ha/holdfast/internal/rtnl"
	"github.com/holdfast-ha/holdfast/vrrp"
)

// kernel is what effects change on the host; tests have one that prints itself.
type kernel interface {
	// Add and Delete are as those of rtnl.Conn.
	Add([]rtnl.Address) []error
	Delete([]rtnl.Address) []error
	AddRoutes([]rtnl.Route) []error
	DeleteRoutes([]rtnl.Route) []error
	AddRules([]rtnl.Rule) []error
	DeleteRules([]rtnl.Rule) []error
	// Links, MakeLinks, RaiseLinks, DeleteLinks are as those of rtnl.Conn.
	Links() ([]rtnl.Link, error)
	MakeLinks([]rtnl.Device) []error
	RaiseLinks([]int) []error
	DeleteLinks([]int) []error
	// Sysctl reads a value below /proc/sys, SetSysctl writes one.
	Sysctl(path string) (string, error)
	SetSysctl(path, value string) error
	Close() error
}

// orderKind says what an order is.
type orderKind uint8

const (
	orderEnter orderKind = iota + 1
	orderLeave
	orderAnnounce
	orderGreet
	orderGroup
	orderPrepare
	orderConfigure
	orderLinks
	orderResync
	orderExpect
	orderHeard
	orderFinish
)

// order is one thing for the effects to do.
type order struct {
	kind     orderKind
	id       vrrp.ID
	count    int
	group    string
	master   bool
	hold     time.Duration // of a leave: how long to keep what there is, at most
	leaving  []vrrp.ID     // of orderExpect: who hands over
	spot     spot          // of orderHeard: what another host has announced
	link     string        // of a greeting, which announces the source on it
	source   netip.Addr
	settings *Settings
	events   []rtnl.Event
	snapshot rtnl.Snapshot
	done     chan struct{}
	// prepared is called with all links once the devices of the settings are there.
	prepared func([]rtnl.Link)
}

// holder is an instance as the effects see it. The static addresses have one of ID 0.
type holder struct {
	id        vrrp.ID
	name      string
	addresses []Address
	routes    []Route
	rules     []Rule
	vips      []*vip   // those it holds a reference on
	entries   []*entry // routes before rules
	// master: told so and not told otherwise. waiting: until LVS is ready, at most until the time.
	master, waiting bool
	// yielding: another router has won, what is held goes at the time.
	yielding bool
	until    time.Time
	announce int
	// wire is the interface of its adverts; on others it announces one address each extra, next at the time.
	wire     string
	extra    time.Duration
	extraAll bool
	extraAt  time.Time
}

// effects carries out what the core asks for on the kernel, the network and LVS. It is one
// goroutine: what it does for an instance is done in order, and what comes together is done
// together.
type effects struct {
	orders   *queue[order]
	kernel   kernel
	air      air
	director Director
	log      *reporter
	ear      ear // nil: there is none
	// lost is called when an address is gone and cannot be put back; reasserted when it was; announced
	// when the successor of a planned stop or switch has announced all addresses.
	lost, reasserted, announced func(vrrp.ID)

	settings *Settings
	holders  map[vrrp.ID]*holder
	groups   map[string]bool
	retiring map[string]time.Time // groups that are MASTER for LVS until then
	// successors are those that others hand over to.
	successors succession
	vips       map[vipKey]*vip
	placed     map[rtnl.Key]*vip
	entries    map[string]*entry
	wall       wall // nil: there is none
	fencing    bool // some address is to be shut while it is held
	shut       map[firewall.Address]bool
	links      map[string]rtnl.Link
	lanes      map[laneKey]*lane
	next       map[laneKey]time.Time // when the next announcement may go out, by pace
	// ready is closed when LVS has the last set of masters.
	ready  <-chan struct{}
	frames []frame
	// devices are to be there; owned are those that we made, or an earlier process.
	devices      []Device
	tables       firewall.Options // as of the first settings
	owned        map[string]bool
	deviceLosses map[string]*losses
	away         map[string]time.Time // until when a device is not put back
	gates        map[gate]bool        // that are shut
	// wanted are the sysctls that are set, was what they were before.
	wanted  []setting
	was     map[string]string
	memory  memory // nil: there is none
	claim   claim
	refused refusals
	stopped bool
}

func newEffects(k kernel, a air, d Director, log *reporter) *effects {
	return &effects{
		orders: newQueue[order](), kernel: k, air: a, director: d, log: log,
		lost: func(vrrp.ID) {}, reasserted: func(vrrp.ID) {}, announced: func(vrrp.ID) {},
		successors: succession{missing: map[vrrp.ID]map[spot]bool{}}, settings: &Settings{},
		holders: map[vrrp.ID]*holder{}, groups: map[string]bool{}, retiring: map[string]time.Time{}, vips: map[vipKey]*vip{},
		placed: map[rtnl.Key]*vip{}, entries: map[string]*entry{}, links: map[string]rtnl.Link{}, lanes: map[laneKey]*lane{}, next: map[laneKey]time.Time{},
		owned: map[string]bool{}, deviceLosses: map[string]*losses{}, away: map[string]time.Time{}, was: map[string]string{},
	}
}

// run works until orderFinish has been carried out.
func (e *effects) run() {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		now := time.Now()
		orders := e.orders.take()
		e.claim.set(e.claim.busy || len(orders) > 0)
		e.carryOut(now, orders)
		if e.stopped {
			e.claim.set(false)
			return
		}
		e.settle(now)
		wait, busy := e.transmit(now)
		e.claim.set(busy)
		if busy {
			continue // more to send, but first see what else there is
		}
		timer.Reset(e.sleep(now, wait))
		select {
		case <-e.orders.C:
		case <-e.ready:
			e.ready = nil
		case <-timer.C:
		}
	}
}

// sleep is how long nothing can be due.
func (e *effects) sleep(now time.Time, lanes time.Duration) time.Duration {
	wait := min(lanes, time.Hour)
	for _, h := range e.holders {
		if h.waiting {
			wait = min(wait, h.until.Sub(now))
		}
		if !h.extraAt.IsZero() {
			wait = min(wait, h.extraAt.Sub(now))
		}
	}
	if !e.refused.at.IsZero() {
		wait = min(wait, e.refused.at.Sub(now))
	}
	if next := e.nextYield(); !next.IsZero() {
		wait = min(wait, next.Sub(now))
	}
	return max(wait, 0)
}

// released is what nobody holds any more.
type released struct {
	vips    []*vip
	entries []*entry
}

func (r *released) add(o released) {
	r.vips = append(r.vips, o.vips...)
	r.entries = append(r.entries, o.entries...)
}

// carryOut takes orders in turn. Addresses go first, then LVS is told of all changes at once, then
// new masters wait for its answer.
func (e *effects) carryOut(now time.Time, orders []order) {
	var out released
	publish := false
	var finished []chan struct{}
	for i := range orders {
		o := &orders[i]
		switch o.kind {
		case orderEnter:
			publish = e.enter(now, o) || publish
		case orderLeave:
			if h := e.holders[o.id]; h != nil && !e.yield(now, h, o.hold) {
				out.add(e.leave(h))
				publish = true
			}
		case orderGroup:
			publish = e.groupChanged(now, o) || publish
		case orderAnnounce:
			if h := e.holders[o.id]; h != nil && h.master && !h.waiting && !h.yielding {
				e.announce(h.id, h.vips, o.count)
			}
		case orderGreet:
			e.greet(o.link, o.source)
		case orderPrepare:
			o.prepared(e.prepare(o.settings))
		case orderConfigure:
			out.add(e.configure(o.settings))
			publish = true
		case orderLinks:
			e.linksChanged(now, o.events)
		case orderResync:
			e.resync(now, o.snapshot)
		case orderExpect:
			e.expect(o.leaving)
		case orderHeard:
			e.heard(now, o.spot)
		case orderFinish:
			out.add(e.finish())
			publish = true
			finished = append(finished, o.done)
		}
	}
	e.remove(out)
	if finished == nil || !e.settings.KeepAddresses {
		e.regate()
	}
	e.retire()
	if publish {
		e.publish()
	}
	e.listen()
	for _, done := range finished {
		e.stopped = true
		close(done)
	}
}

// enter makes an instance MASTER once LVS is ready; it reports whether LVS has to be told.
func (e *effects) enter(now time.Time, o *order) bool {
	h := e.holders[o.id]
	e.forget(o.id)
	if h != nil {
		h.yielding = false
	}
	if h == nil || h.master && h.vips != nil && o.count == 0 {
		return h != nil // adopted: all is in place
	}
	h.master, h.waiting = true, true
	h.announce = o.count
	h.until = now.Add(e.settings.LVSWait)
	return true
}

// leave drops the references of h and returns what nobody wants any more.
func (e *effects) leave(h *holder) released {
	e.forget(h.id)
	h.master, h.waiting, h.yielding = false, false, false
	vips, entries := h.vips, h.entries
	h.vips, h.entries = nil, nil
	return e.release(vips, entries)
}

func (e *effects) release(vips []*vip, entries []*entry) released {
	var out released
	for _, v := range vips {
		if v.refs--; v.refs == 0 {
			out.vips = append(out.vips, v)
		}
	}
	for _, n := range entries {
		if n.refs--; n.refs == 0 {
			out.entries = append(out.entries, n)
		}
	}
	return out
}

// publish tells LVS who is MASTER.
func (e *effects) publish() {
	if e.director == nil {
		return
	}
	var instances, groups []string
	for _, h := range e.holders {
		if h.master && h.id != 0 {
			instances = append(instances, h.name)
		}
	}
	for g, master := range e.groups {
		if master {
			groups = append(groups, g)
		}
	}
	slices.Sort(instances)
	slices.Sort(groups)
	e.ready = e.director.Masters(instances, groups)
}

// settle takes away what was held long enough and places the addresses of those whose wait is over.
func (e *effects) settle(now time.Time) {
	e.yielded(now)
	defer e.putRefused(now)
	defer e.extras(now)
	ready := e.ready == nil
	if !ready {
		select {
		case <-e.ready:
			ready, e.ready = true, nil
		default:
		}
	}
	var in []*holder
	for _, h := range e.holders {
		if h.waiting && (ready || !now.Before(h.until)) {
			if !ready && e.settings.LVSWait > 0 {
				e.log.warn("IPVS services are not in the kernel in time, addresses go on without",
					zap.String("instance", h.name), zap.Duration("waited", e.settings.LVSWait))
			}
			h.waiting = false
			in = append(in, h)
		}
	}
	if in == nil {
		return
	}
	slices.SortFunc(in, func(a, b *holder) int { return int(a.id) - int(b.id) })
	for _, h := range in {
		e.hold(h)
	}
}

// hold puts all addresses of h on their links, then its routes and rules, and announces the
// addresses. Where announcements need not be paced nor wait for routes, those of a part of the
// addresses are sent while the next part is put.
func (e *effects) hold(h *holder) {
	missing, entries := e.acquire(h), e.acquireEntries(h)
	e.fence()
	count := h.announce
	if len(missing) <= holdPart || count == 0 || len(entries) > 0 || e.paced() {
		e.put(missing)
		e.putEntries(entries)
		e.announce(h.id, h.vips, count)
		return
	}
	var sent sync.WaitGroup
	parts := make(chan []frame, len(missing)/holdPart+1)
	sent.Go(func() {
		for frames := range parts {
			if err := e.air.transmit(frames); err != nil {
				e.log.warn("cannot send announcements", zap.Error(err))
			}
		}
	})
	for part := range slices.Chunk(missing, holdPart) {
		e.put(part)
		parts <- e.framesOf(part)
	}
	close(parts)
	sent.Wait()
	e.announce(h.id, h.vips, count-1)
}

// holdPart is how many addresses are put at a time.
const holdPart = 64

// paced reports whether any interface has a gap between announcements.
func (e *effects) paced() bool {
	for _, gaps := range []map[string]time.Duration{e.settings.GARPGap, e.settings.GNAGap} {
		for _, gap := range gaps {
			if gap > 0 {
				return true
			}
		}
	}
	return false
}

// acquire takes a reference on each address of h and returns those to be put on their links.
func (e *effects) acquire(h *holder) []*vip {
	if h.vips != nil {
		return nil
	}
	var in []*vip
	h.vips = make([]*vip, 0, len(h.addresses))
	for _, a := range h.addresses {
		v := e.vip(a)
		if v.refs++; v.refs == 1 {
			v.refused = ""
		}
		h.vips = append(h.vips, v)
		if !v.there {
			in = append(in, v)
		}
	}
	return in
}

func (e *effects) vip(a Address) *vip {
	k := keyOfAddress(a)
	v := e.vips[k]
	if v == nil {
		v = &vip{vipKey: k}
		e.vips[k] = v
	}
	v.config = a
	return v
}

// put adds addresses in one go; those that are there already stay as they are. It returns how many
// were written; failed are those that could not be.
func (e *effects) put(vips []*vip) (written int, failed []*vip) {
	if len(vips) == 0 {
		return 0, nil
	}
	known := make([]*vip, 0, len(vips))
	addresses := make([]rtnl.Address, 0, len(vips))
	for _, v := range vips {
		link, ok := e.links[v.link]
		if !ok {
			e.log.warn("interface of address does not exist", zap.String("address", v.config.String()))
			failed = append(failed, v)
			continue
		}
		v.index = link.Index
		known = append(known, v)
		addresses = append(addresses, kernelAddress(v.config, link.Index))
	}
	errs := e.kernel.Add(addresses)
	for i, v := range known {
		switch {
		case errs == nil || errs[i] == nil:
			written++
		case !errors.Is(errs[i], unix.EEXIST):
			e.refuse("address", v.config.String(), &v.refused, errs[i])
			failed = append(failed, v)
			continue
		}
		v.there, v.refused = true, ""
		e.placed[addresses[i].Key()] = v
	}
	return written, failed
}

// remove takes rules, routes and addresses away, in one go each, and opens what was shut.
func (e *effects) remove(r released) {
	e.removeEntries(r.entries)
	e.removeAddresses(r.vips)
	e.fence()
}

// removeAddresses takes addresses off, the last first: that way the primary address of a subnet
// goes after its secondaries.
func (e *effects) removeAddresses(vips []*vip) {
	var addresses []rtnl.Address
	var gone []*vip
	for _, v := range slices.Backward(vips) {
		if v.refs > 0 || !v.there {
			continue // wanted again by a later order of the same batch, or not there
		}
		v.there = false
		a := kernelAddress(v.config, v.index)
		delete(e.placed, a.Key())
		addresses = append(addresses, a)
		gone = append(gone, v)
	}
	if len(addresses) == 0 {
		return
	}
	defer e.guardSecondaries(gone)()
	errs := e.kernel.Delete(addresses)
	for i, err := range errs {
		if err != nil && !errors.Is(err, unix.EADDRNOTAVAIL) && !errors.Is(err, unix.ENODEV) {
			e.log.warn("cannot remove address", zap.String("address", gone[i].config.String()), zap.Error(err))
		}
	}
	for _, v := range gone {
		if v.refs == 0 {
			delete(e.vips, v.vipKey)
		}
	}
}

// guardSecondaries keeps the kernel from removing the secondary addresses of a subnet together
// with its primary one, which may be ours: other people's addresses would vanish with it. The
// result puts the setting back.
func (e *effects) guardSecondaries(vips []*vip) func() {
	changed := map[string]string{}
	for _, v := range vips {
		if !v.prefix.Addr().Is4() || v.prefix.IsSingleIP() {
			continue
		}
		path := "net/ipv4/conf/" + v.link + "/promote_secondaries"
		if _, seen := changed[path]; seen {
			continue
		}
		if was, err := e.kernel.Sysctl(path); err == nil && was == "0" && e.kernel.SetSysctl(path, "1") == nil {
			changed[path] = was
		}
	}
	return func() {
		for path, was := range changed {
			_ = e.kernel.SetSysctl(path, was)
		}
	}
}
