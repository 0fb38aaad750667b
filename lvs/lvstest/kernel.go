// Package lvstest is a kernel's IPVS table without a kernel: it executes operations as the real one
// does, counts them, fails where told to, and prints itself as ipvsadm-save would.
package lvstest

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/holdfast-ha/holdfast/lvs"
)

// ErrNoService answers a destination's operation on a service that is not there.
var ErrNoService = errors.New("no such service")

// ErrRuns answers the start of a second sync daemon of one role.
var ErrRuns = errors.New("a sync daemon of that role runs")

// Kernel is a fake lvs.Kernel. Its zero value is an empty table. It is safe for concurrent use.
type Kernel struct {
	mu       sync.Mutex
	table    lvs.Table
	trace    []lvs.Operation
	reads    int
	flushes  int
	timeouts lvs.Timeouts
	fail     func(lvs.Operation) error
	readErr  error
	daemons  []lvs.SyncDaemon
	failSync func(role lvs.SyncRole) error
	syncs    []string
	counts   map[lvs.ServiceKey]lvs.Counts
	asked    int
	renewed  bool
}

// SetCounts is what Counts tells from now on of services that are in the table.
func (k *Kernel) SetCounts(counts map[lvs.ServiceKey]lvs.Counts) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.counts = counts
}

// Counts returns what SetCounts has set of the services that are wanted and in the table.
func (k *Kernel) Counts(want map[lvs.ServiceKey]struct{}) (map[lvs.ServiceKey]lvs.Counts, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked++
	all := map[lvs.ServiceKey]lvs.Counts{}
	for key := range want {
		if _, there := k.table[key]; there {
			all[key] = k.counts[key]
		}
	}
	return all, nil
}

// CountsAsked is how often Counts was called.
func (k *Kernel) CountsAsked() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.asked
}

// Read implements lvs.Kernel.
func (k *Kernel) Read(want func(lvs.ServiceKey) bool) (lvs.Table, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.reads++
	if k.readErr != nil {
		return nil, k.readErr
	}
	t := lvs.Table{}
	for key, e := range k.table.Clone() {
		if want == nil || want(key) {
			t[key] = e
		}
	}
	return t, nil
}

// Apply implements lvs.Kernel.
func (k *Kernel) Apply(ops []lvs.Operation) []error {
	k.mu.Lock()
	defer k.mu.Unlock()
	errs := make([]error, len(ops))
	for i, op := range ops {
		errs[i] = k.apply(op)
	}
	return errs
}

func (k *Kernel) apply(op lvs.Operation) error {
	k.trace = append(k.trace, op)
	if k.fail != nil {
		if err := k.fail(op); err != nil {
			return err
		}
	}
	if k.table == nil {
		k.table = lvs.Table{}
	}
	if _, ok := k.table[op.Service.ServiceKey]; !ok && op.Verb >= lvs.AddDestination && op.Verb != lvs.DeleteDestination {
		return ErrNoService
	}
	k.table.Apply(op)
	return nil
}

// Flush empties the table.
func (k *Kernel) Flush() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.flushes++
	k.table = nil
	return nil
}

// Timeouts returns what SetTimeouts has set.
func (k *Kernel) Timeouts() (lvs.Timeouts, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.timeouts, nil
}

// SetTimeouts changes those that are not zero.
func (k *Kernel) SetTimeouts(t lvs.Timeouts) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, p := range []struct {
		to   *time.Duration
		from time.Duration
	}{{&k.timeouts.TCP, t.TCP}, {&k.timeouts.TCPFin, t.TCPFin}, {&k.timeouts.UDP, t.UDP}} {
		if p.from != 0 {
			*p.to = p.from
		}
	}
	return nil
}

// Daemons returns the sync daemons that run.
func (k *Kernel) Daemons() ([]lvs.SyncDaemon, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.daemons), nil
}

// StartDaemon starts a sync daemon; ErrRuns answers if one of its role runs.
func (k *Kernel) StartDaemon(d lvs.SyncDaemon) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.syncs = append(k.syncs, "start "+d.Role.String())
	if k.failSync != nil {
		if err := k.failSync(d.Role); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(k.daemons, func(r lvs.SyncDaemon) bool { return r.Role == d.Role }) {
		return ErrRuns
	}
	k.daemons = append(k.daemons, d)
	return nil
}

// StopDaemon stops the sync daemon of a role.
func (k *Kernel) StopDaemon(role lvs.SyncRole) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.syncs = append(k.syncs, "stop "+role.String())
	k.daemons = slices.DeleteFunc(k.daemons, func(r lvs.SyncDaemon) bool { return r.Role == role })
	return nil
}

// SetDaemons lets somebody else decide which sync daemons run: untraced, and never failing.
func (k *Kernel) SetDaemons(daemons ...lvs.SyncDaemon) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.daemons = daemons
}

// FailSync makes StartDaemon fail with what f returns; nil ends that.
func (k *Kernel) FailSync(f func(role lvs.SyncRole) error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.failSync = f
}

// SyncTrace returns what was done to sync daemons since its last call: "stop backup", "start master".
func (k *Kernel) SyncTrace() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	trace := k.syncs
	k.syncs = nil
	return trace
}

// Close implements lvs.Kernel.
func (k *Kernel) Close() error { return nil }

// Change lets somebody else change the table: untraced, and never failing.
func (k *Kernel) Change(ops ...lvs.Operation) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.table == nil {
		k.table = lvs.Table{}
	}
	for _, op := range ops {
		k.table.Apply(op)
	}
}

// Renew takes everything away, as when the kernel's module is unloaded and loaded again.
func (k *Kernel) Renew() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.table, k.daemons, k.renewed = nil, nil, true
	k.timeouts = lvs.Timeouts{TCP: 900 * time.Second, TCPFin: 120 * time.Second, UDP: 300 * time.Second}
}

// Renewed tells once that there was a Renew.
func (k *Kernel) Renewed() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	renewed := k.renewed
	k.renewed = false
	return renewed
}

// FailOn makes Apply fail with what f returns; nil ends that.
func (k *Kernel) FailOn(f func(lvs.Operation) error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.fail = f
}

// FailRead makes Read fail; nil ends that.
func (k *Kernel) FailRead(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.readErr = err
}

// Trace returns the operations since the last call of Trace.
func (k *Kernel) Trace() []lvs.Operation {
	k.mu.Lock()
	defer k.mu.Unlock()
	trace := k.trace
	k.trace = nil
	return trace
}

// Reads is how often the table was read.
func (k *Kernel) Reads() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.reads
}

// Flushes is how often the table was emptied as a whole.
func (k *Kernel) Flushes() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.flushes
}

// String is the table as ipvsadm-save -n prints it.
func (k *Kernel) String() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.table.Save()
}

// Lines joins operations, one a line.
func Lines(ops []lvs.Operation) string {
	var b strings.Builder
	for _, op := range ops {
		b.WriteString(op.String() + "\n")
	}
	return b.String()
}
