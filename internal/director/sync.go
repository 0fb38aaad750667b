package director

import (
	"errors"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/lvs"
)

// synchroniser is what the loop knows of the kernel's connection sync daemons.
type synchroniser struct {
	// owned are the roles of daemons that run, or may run, because of us.
	owned []lvs.SyncRole
	// stale: what runs is to be compared with what is wanted.
	stale bool
	// left are the daemons that ran when we looked last, and had done what we could; known: we have.
	left  []lvs.SyncDaemon
	known bool
	// due is when to look again, after an error or for the end of lingering; zero: never.
	due time.Time
	// A new MASTER's backup daemon runs on while connections are bound to the services that have
	// just come, and a little longer for what the old MASTER had not sent yet.
	rebinding bool
	linger    time.Time
	retry     time.Duration
	lastError string
}

// lingering is how long a backup daemon runs on. The kernel sends what it has collected every 2 s.
const lingering = 2 * time.Second

// rebound is how long the kernel has for what it was told last.
const rebound = 500 * time.Millisecond

// syncDue starts and stops sync daemons where that has to be. It comes after Masters has been
// answered: the addresses do not wait for it.
func (d *Director) syncDue(now time.Time) {
	s := &d.sync
	if !s.stale && (s.due.IsZero() || now.Before(s.due)) {
		return
	}
	s.stale, s.due = false, time.Time{}
	if d.settings.Sync == nil && len(s.owned) == 0 {
		s.retry, s.lastError = 0, ""
		return
	}
	if d.settings.Sync != nil && len(s.owned) == 0 {
		s.owned = []lvs.SyncRole{lvs.SyncMaster, lvs.SyncBackup}
		d.remember() // before any of them runs
	}
	if err := d.synchronise(now); err != nil {
		s.retry = min(max(2*s.retry, firstRetry), lastRetry)
		s.due = now.Add(s.retry)
		if s.lastError != err.Error() {
			s.lastError = err.Error()
			d.log.Error("synchronising connections failed", zap.Error(err))
		}
		return
	}
	s.retry, s.lastError = 0, ""
	if d.settings.Sync == nil {
		s.owned, s.known = nil, false
		d.remember()
	}
}

// synchronise makes the kernel's sync daemons those that are wanted now. It reads which ones run
// rather than remembering it, so that a successor takes them over as they are.
func (d *Director) synchronise(now time.Time) error {
	running, err := d.deps.Kernel.Daemons()
	if err != nil {
		return err
	}
	d.noteSyncDrift(running)
	changes := d.core.SyncChanges(d.settings.Sync, running, d.sync.owned)
	if starts(changes, lvs.SyncMaster) && d.rebind(running) {
		d.sync.linger = now.Add(lingering)
	}
	var errs []error
	d.sync.left, d.sync.known = slices.Clone(running), true
	for _, c := range changes {
		word := "stopped"
		switch {
		case c.Start:
			word = "started"
			err = d.deps.Kernel.StartDaemon(c.Daemon)
		case d.lingers(now, c, changes):
			if !d.sync.rebinding { // its end brings us back here
				d.sync.due = d.sync.linger
			}
			continue
		default:
			err = d.deps.Kernel.StopDaemon(c.Daemon.Role)
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		d.sync.done(c)
		d.log.Info("IPVS sync daemon "+word, zap.Stringer("role", c.Daemon.Role),
			zap.String("interface", c.Daemon.Interface), zap.Uint32("id", c.Daemon.SyncID))
	}
	return errors.Join(errs...)
}

// done notes a change that the kernel has made.
func (s *synchroniser) done(c lvs.SyncChange) {
	s.left = slices.DeleteFunc(s.left, func(r lvs.SyncDaemon) bool { return r.Role == c.Daemon.Role })
	if c.Start {
		s.left = append(s.left, c.Daemon)
	}
}

// noteSyncDrift counts and logs the daemons that others have started, stopped or replaced since we looked.
func (d *Director) noteSyncDrift(running []lvs.SyncDaemon) {
	if !d.sync.known {
		return
	}
	of := func(list []lvs.SyncDaemon, role lvs.SyncRole) *lvs.SyncDaemon {
		if i := slices.IndexFunc(list, func(r lvs.SyncDaemon) bool { return r.Role == role }); i >= 0 {
			return &list[i]
		}
		return nil
	}
	for _, role := range []lvs.SyncRole{lvs.SyncMaster, lvs.SyncBackup} {
		left, now := of(d.sync.left, role), of(running, role)
		switch {
		case left == nil && now != nil:
			d.drifted("stop sync daemon " + role.String())
		case left != nil && (now == nil || !left.Matches(*now)):
			d.drifted("start sync daemon " + role.String())
		}
	}
}

func starts(changes []lvs.SyncChange, role lvs.SyncRole) bool {
	return slices.ContainsFunc(changes, func(c lvs.SyncChange) bool { return c.Start && c.Daemon.Role == role })
}

// lingers reports whether a daemon that is to be stopped may go on for a while: a backup that no
// other one waits to replace, while this is MASTER.
func (d *Director) lingers(now time.Time, c lvs.SyncChange, changes []lvs.SyncChange) bool {
	return !d.stopping && d.settings.Sync != nil && c.Daemon.Role == lvs.SyncBackup && !starts(changes, lvs.SyncBackup) &&
		(d.sync.rebinding || now.Before(d.sync.linger))
}

// rebind binds, beside the loop, the connections of the old MASTER to the services that the new one
// has now. It reports whether it does.
func (d *Director) rebind(running []lvs.SyncDaemon) bool {
	i := slices.IndexFunc(running, func(r lvs.SyncDaemon) bool { return r.Role == lvs.SyncBackup })
	k, able := d.deps.Kernel.(Rebinder)
	if i < 0 || !able || d.sync.rebinding || d.stopping {
		return false
	}
	d.sync.rebinding = true
	table := d.table.have.Clone()
	go func() {
		n, err := k.Rebind(running[i], table)
		d.mail.post(func() {
			d.sync.rebinding, d.sync.stale = false, true
			if least := time.Now().Add(rebound); d.sync.linger.Before(least) {
				d.sync.linger = least
			}
			if err != nil {
				d.log.Warn("connections of the old MASTER may be lost", zap.Error(err))
				return
			}
			d.log.Info("connections of the old MASTER taken over", zap.Int("connections", n))
		})
	}()
	return true
}

// stopSync takes our sync daemons away at the end.
func (d *Director) stopSync() error {
	if len(d.sync.owned) == 0 {
		return nil
	}
	return d.synchronise(time.Time{})
}

// recallSync takes back the roles that an earlier process owned.
func (d *Director) recallSync(roles []lvs.SyncRole) {
	for _, role := range roles {
		if !slices.Contains(d.sync.owned, role) {
			d.sync.owned = append(d.sync.owned, role)
		}
	}
}
