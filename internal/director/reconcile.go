package director

import (
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/lvs"
)

// After an error the table is read and compared again: soon, then less and less often.
const (
	firstRetry = 100 * time.Millisecond
	lastRetry  = 30 * time.Second
)

// verifyAfter is how long after the write for a new MASTER the table is read to see whether it is as
// written: not before, when every processor cycle is for the takeover.
const verifyAfter = time.Second

// reconciler is the loop's picture of the kernel's table and what it knows about the two agreeing.
type reconciler struct {
	// have is what the kernel has of ours, as far as we know.
	have lvs.Table
	// due is when the table is to be read again; zero: never.
	due     time.Time
	retry   time.Duration // the next pause after an error; 0 when all is well
	failed  bool          // an operation failed since the last comparison
	reading bool
	// verify is when to look whether the kernel has what was written for a new MASTER.
	verify time.Time
	// refused is what the kernel has refused, and what it said.
	refused map[entry]string
	// touched are the services written since the read that is under way began: what it saw of
	// them is not to be trusted.
	touched map[lvs.ServiceKey]struct{}
	// timed: lvs_timeouts were written since then.
	timed bool

	operations map[string]uint64
	drift      drift
	unlogged   []lvs.Operation // written since the last logWritten
	lastError  string
	lastRead   time.Time
	reads      uint64
	readErrors uint64
	readTook   time.Duration // of all reads
}

func newReconciler() reconciler {
	return reconciler{have: lvs.Table{}, refused: map[entry]string{}, operations: map[string]uint64{}, due: time.Now()}
}

// plan sets when the table is read next.
func (r *reconciler) plan(now time.Time, interval time.Duration) {
	if interval <= 0 || 0 < r.retry && r.retry < interval {
		interval = r.retry
	}
	r.due = time.Time{}
	if interval > 0 {
		r.due = now.Add(interval)
	}
	if r.verify.After(now) && (r.due.IsZero() || r.verify.Before(r.due)) {
		r.due = r.verify
	}
}

// problem remembers an error and lengthens the pause. It reports whether the error is a new one.
func (r *reconciler) problem(err error) bool {
	r.retry = min(max(2*r.retry, firstRetry), lastRetry)
	fresh := r.lastError != err.Error()
	r.lastError = err.Error()
	return fresh
}

// read counts a reading of the table.
func (r *reconciler) read(took time.Duration, err error) {
	r.reads++
	r.readTook += took
	if err != nil {
		r.readErrors++
	}
}

func (r *reconciler) well() { r.retry, r.lastError = 0, "" }

// reconcileDue reads the table when it is time: in the loop before the start, which needs it, and
// beside it later.
func (d *Director) reconcileDue(now time.Time) {
	switch {
	case d.table.due.IsZero() || now.Before(d.table.due) || d.table.reading:
	case !d.started:
		d.start(now)
	default:
		d.readBeside()
	}
}

// start reads and adopts the kernel's table and brings everything to work.
func (d *Director) start(now time.Time) {
	d.recall()
	want := d.core.Configured
	if d.settings.Flush {
		want = nil
	}
	begin := time.Now()
	table, err := d.deps.Kernel.Read(want)
	d.table.read(time.Since(begin), err)
	if err != nil {
		if d.table.problem(err) {
			d.log.Error("reading IPVS failed", zap.Error(err))
		}
		d.table.plan(now, 0)
		return
	}
	d.table.well()
	d.table.have, d.table.lastRead = table, now
	if d.settings.Flush {
		d.removeForeign()
	}
	d.remember()
	d.setTimeouts()
	d.core.Step(lvs.Event{Kind: lvs.Adopted, Table: table})
	d.started = true
	d.hold()
	d.step(lvs.Event{Kind: lvs.Started})
	d.checks.reload(d.settings)
	planned := time.Now()
	d.write(now)
	d.release()
	d.checks.postpone(time.Since(planned)) // a large table takes a while: their time begins now
	d.prepare()
	d.sync.stale, d.marks.stale = true, true
	d.table.plan(now, d.settings.ReconcileInterval)
}

// removeForeign is lvs_flush: what is not ours leaves; what is ours may still be at work and is
// only brought up to date.
func (d *Director) removeForeign() {
	var ops []lvs.Operation
	for key, e := range d.table.have {
		if !d.core.Configured(key) {
			ops = append(ops, lvs.Operation{Verb: lvs.DeleteService, Service: e.Service})
		}
	}
	d.apply(ops)
}

// write brings the kernel to what the core wants wherever that may have changed.
func (d *Director) write(now time.Time) {
	keys := d.core.Dirty()
	if len(keys) > 0 {
		sound, doubtful := d.table.split(d.difference(keys))
		d.apply(sound)
		if len(d.waiters) > 0 && len(sound) > 0 {
			d.table.verify = now.Add(verifyAfter)
			d.table.plan(now, d.settings.ReconcileInterval)
		}
		d.mark()
		d.answer()
		d.apply(doubtful)
		d.forget(keys)
	}
	d.mark()
	if d.table.failed {
		d.table.failed = false
		d.table.plan(now, d.settings.ReconcileInterval)
	}
	d.answer()
	d.logWritten()
}

// logWritten logs what apply has written: nothing and nobody that waits for the kernel waits for the log.
func (d *Director) logWritten() {
	for _, op := range d.table.unlogged {
		d.log.Debug("ipvs", zap.Stringer("operation", op))
	}
	d.table.unlogged = nil
}

// answer tells those who wait that the kernel has all that it takes.
func (d *Director) answer() {
	if len(d.waiters) == 0 {
		return
	}
	for _, w := range d.waiters {
		close(w)
	}
	d.waiters = nil
	// With one processor they would run when the loop has nothing to do any more: let them go first.
	runtime.Gosched()
}

// difference is what turns our picture of some services into what is wanted.
func (d *Director) difference(keys []lvs.ServiceKey) []lvs.Operation {
	have, want := make(lvs.Table, len(keys)), make(lvs.Table, len(keys))
	for _, key := range keys {
		if e, ok := d.table.have[key]; ok {
			have[key] = e
		}
		if e, ok := d.core.Want(key); ok {
			want[key] = e
		}
	}
	return lvs.Diff(have, want, d.core.Owned)
}

// forget ends the ownership of services that a reload removed and that the kernel has lost.
func (d *Director) forget(keys []lvs.ServiceKey) {
	forgotten := false
	for _, key := range keys {
		if _, there := d.table.have[key]; !there && d.core.Forget(key) {
			forgotten = true
		}
	}
	if forgotten {
		d.remember()
	}
}

// apply writes operations and takes those that succeeded into our picture.
func (d *Director) apply(ops []lvs.Operation) {
	if len(ops) == 0 {
		return
	}
	errs := d.deps.Kernel.Apply(ops)
	d.noteRefusals(ops, errs)
	var failures []error
	detail := d.log.Core().Enabled(zap.DebugLevel)
	for i, err := range errs {
		op := ops[i]
		if d.table.touched != nil {
			d.table.touched[op.Service.ServiceKey] = struct{}{}
		}
		d.table.operations[op.Verb.String()]++
		if err != nil {
			failures = append(failures, err)
			continue
		}
		d.table.have.Apply(op)
		if detail {
			d.table.unlogged = append(d.table.unlogged, op)
		}
	}
	if len(failures) > 0 {
		d.table.failed = true
		d.table.problem(summary(failures))
	}
}

// summary is the first of several errors and how many there were.
func summary(errs []error) error {
	if len(errs) == 1 {
		return errs[0]
	}
	return fmt.Errorf("%w (and %d more)", errs[0], len(errs)-1)
}

// reading is what was read of the kernel.
type reading struct {
	table    lvs.Table
	timeouts lvs.Timeouts // zero where none are configured
	marked   bool         // packets are marked as we left it
}

// readBeside reads our services without keeping the loop waiting: a large table takes a while.
func (d *Director) readBeside() {
	ours := d.core.Services()
	d.table.reading, d.table.touched, d.table.timed = true, map[lvs.ServiceKey]struct{}{}, false
	d.marks.written = false
	timed := timeouts(d.settings) != lvs.Timeouts{}
	marked := d.marks.done.Table != ""
	go func() {
		begin := time.Now()
		table, err := d.deps.Kernel.Read(func(key lvs.ServiceKey) bool {
			_, ok := ours[key]
			return ok
		})
		var found lvs.Timeouts
		if timed && err == nil {
			found, err = d.deps.Kernel.Timeouts()
		}
		took := time.Since(begin)
		intact := true
		if marked && err == nil && d.deps.Marker != nil {
			intact, err = d.deps.Marker.Marked()
		}
		d.mail.post(func() {
			d.table.read(took, err)
			d.compare(reading{table, found, intact}, err, ours)
		})
	}()
}

// compare takes in what was read of the services in ours, except those written meanwhile, and puts
// right what others have changed.
func (d *Director) compare(r reading, err error, ours map[lvs.ServiceKey]struct{}) {
	now := time.Now()
	if !d.stopping {
		d.write(now) // what is wanted by now is our own doing and no drift
	}
	touched := d.table.touched
	d.table.reading, d.table.touched = false, nil
	if d.stopping {
		return
	}
	if err != nil {
		if d.table.problem(err) {
			d.log.Error("reading IPVS failed", zap.Error(err))
		}
		d.table.plan(now, d.settings.ReconcileInterval)
		return
	}
	d.table.lastRead = now
	d.noteRenewal()
	d.repair(d.takeIn(r.table, ours, touched))
	d.repairTimeouts(r.timeouts)
	d.compareMarks(r.marked)
	if !d.table.failed {
		d.table.well()
	}
	d.table.failed = false
	d.table.plan(now, d.settings.ReconcileInterval)
	d.sync.stale = true
}

// noteRenewal tells that everything that follows is no drift of single entries.
func (d *Director) noteRenewal() {
	if r, ok := d.deps.Kernel.(Renewer); ok && r.Renewed() {
		d.log.Warn("IPVS had been unloaded and is back: it is told everything anew")
		d.prepare()
	}
}

// takeIn makes what was read our picture of the services in ours, and returns those. Those written
// meanwhile are left out.
func (d *Director) takeIn(table lvs.Table, ours, touched map[lvs.ServiceKey]struct{}) []lvs.ServiceKey {
	keys := make([]lvs.ServiceKey, 0, len(ours))
	for key := range ours {
		if _, written := touched[key]; written {
			continue
		}
		keys = append(keys, key)
		if e, ok := table[key]; ok {
			d.table.have[key] = e
		} else {
			delete(d.table.have, key)
		}
	}
	return keys
}

// repair writes what is missing of some services, and what is too much.
func (d *Director) repair(keys []lvs.ServiceKey) {
	ops := d.difference(keys)
	d.table.accepted(ops, d.core)
	d.noteDrift(ops)
	d.apply(ops)
	d.forget(keys)
}

// removeAll takes what is ours out of the kernel at the end.
func (d *Director) removeAll() error {
	ops := d.difference(slices.Collect(maps.Keys(d.core.Services())))
	return errors.Join(d.deps.Kernel.Apply(ops)...)
}
