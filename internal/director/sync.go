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
	// due is when to try again after an error; zero: never.
	due       time.Time
	retry     time.Duration
	lastError string
}

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
	if err := d.synchronise(); err != nil {
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
		s.owned = nil
		d.remember()
	}
}

// synchronise makes the kernel's sync daemons those that are wanted now. It reads which ones run
// rather than remembering it, so that a successor takes them over as they are.
func (d *Director) synchronise() error {
	running, err := d.deps.Kernel.Daemons()
	if err != nil {
		return err
	}
	var errs []error
	for _, c := range d.core.SyncChanges(d.settings.Sync, running, d.sync.owned) {
		word := "stopped"
		if c.Start {
			word = "started"
			err = d.deps.Kernel.StartDaemon(c.Daemon)
		} else {
			err = d.deps.Kernel.StopDaemon(c.Daemon.Role)
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		d.log.Info("IPVS sync daemon "+word, zap.Stringer("role", c.Daemon.Role),
			zap.String("interface", c.Daemon.Interface), zap.Uint32("id", c.Daemon.SyncID))
	}
	return errors.Join(errs...)
}

// stopSync takes our sync daemons away at the end.
func (d *Director) stopSync() error {
	if len(d.sync.owned) == 0 {
		return nil
	}
	return d.synchronise()
}

// recallSync takes back the roles that an earlier process owned.
func (d *Director) recallSync(roles []lvs.SyncRole) {
	for _, role := range roles {
		if !slices.Contains(d.sync.owned, role) {
			d.sync.owned = append(d.sync.owned, role)
		}
	}
}
