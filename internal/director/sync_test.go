package director_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/lvs"
)

// synchronised are settings with lvs_sync_daemon eth0 VI_1.
func synchronised() director.Settings {
	s := settings(1)
	s.Sync = &lvs.Sync{Daemon: lvs.SyncDaemon{Interface: "eth0", SyncID: 51}, Follow: []lvs.Follow{{Name: "VI_1"}}}
	return s
}

// synced demands what was done to sync daemons since the last call.
func (h *harness) synced(want ...string) {
	h.t.Helper()
	synctest.Wait()
	if diff := cmp.Diff(want, h.kernel.SyncTrace()); diff != "" {
		h.t.Errorf("sync daemons (-want +got):\n%s", diff)
	}
}

func TestSyncDaemonsFollowTheMaster(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.run(synchronised())
		h.synced("start backup")
		h.Masters(nil, nil)
		h.synced()
		h.Masters([]string{"VI_1"}, nil)
		h.synced("stop backup", "start master")
		h.Reload(synchronised())
		h.Masters([]string{"VI_1"}, nil)
		pass(time.Minute)
		h.synced()
		h.Masters([]string{"VI_2"}, nil)
		h.synced("stop master", "start backup")
		h.stop()
		h.synced("stop backup")
	})
}

func TestSyncDaemonsWithoutAnInstanceAreBoth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		s := always(synchronised())
		s.Sync.Follow = nil
		h.run(s)
		h.synced("start master", "start backup")
		h.stop()
		h.synced("stop master", "stop backup")
	})
}

func TestSuccessorAdoptsTheSyncDaemonWithoutAWrite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "services")
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.deps.StateFile = file
		h.run(synchronised())
		h.Masters([]string{"VI_1"}, nil)
		h.synced("start backup", "stop backup", "start master")
		h.crash()
		h.run(synchronised())
		h.synced() // nothing is known yet, and the one that runs may be right
		h.HoldPeerLost()
		h.synced()
		h.Masters([]string{"VI_1"}, nil)
		h.synced()
		h.crash()
		h.run(settings(1)) // lvs_sync_daemon was taken out meanwhile
		h.synced("stop master")
		h.crash()
		foreign := lvs.SyncDaemon{Role: lvs.SyncMaster, Interface: "eth9"}
		h.kernel.SetDaemons(foreign)
		h.run(settings(1))
		h.Masters([]string{"VI_1"}, nil)
		h.stop()
		h.synced() // somebody else's
		if _, err := os.Stat(file); err == nil {
			t.Error("the state file stays after a stop")
		}
	})
}

func TestSyncDaemonsFollowAReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.run(settings(1))
		h.Masters([]string{"VI_1"}, nil)
		h.synced()
		h.Reload(synchronised())
		h.synced("start master")
		moved := synchronised()
		moved.Sync.Daemon.Port = 9000
		h.Reload(moved)
		h.synced("stop master", "start master")
		h.Reload(settings(1))
		h.synced("stop master")
		h.Reload(settings(1))
		h.stop()
		h.synced()
	})
}

func TestKeptTableKeepsItsSyncDaemon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		s := synchronised()
		s.KeepTable = true
		h.run(s)
		h.synced("start backup")
		h.stop()
		h.synced()
	})
}

func TestSyncDaemonThatFailsIsTriedAgainAndHoldsNothingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.kernel.FailSync(func(lvs.SyncRole) error { return errors.New("no such device") })
		h.run(synchronised())
		answered := h.Masters([]string{"VI_1"}, nil)
		synctest.Wait()
		if !closed(answered) {
			t.Error("Masters was not answered")
		}
		pass(time.Minute)
		if tries := len(h.kernel.SyncTrace()); tries < 5 || tries > 30 {
			t.Errorf("%d tries in a minute", tries)
		}
		if got := h.logged("synchronising connections failed"); got != 1 {
			t.Errorf("logged %d times, want once", got)
		}
		h.kernel.FailSync(nil)
		pass(30 * time.Second)
		h.synced("start master")
		h.kernel.SetDaemons() // somebody stopped it
		pass(10 * time.Second)
		h.synced("start master")
		h.stop()
	})
}

// rebindingKernel takes its time to bind connections.
type rebindingKernel struct {
	director.Kernel
	takes  time.Duration
	tables []string
}

func (k *rebindingKernel) Rebind(d lvs.SyncDaemon, table lvs.Table) (int, error) {
	time.Sleep(k.takes)
	k.tables = append(k.tables, d.Role.String()+" "+table.Save())
	return 7, nil
}

func TestBackupDaemonOfANewMasterRunsOnWhileConnectionsAreBound(t *testing.T) {
	for _, takes := range []time.Duration{0, 10 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			h := newHarness(t)
			k := &rebindingKernel{Kernel: h.kernel, takes: takes}
			h.deps.Kernel = k
			h.run(synchronised())
			h.synced("start backup")
			h.Masters([]string{"VI_1"}, nil)
			h.synced("start master")
			pass(takes)
			if diff := cmp.Diff([]string{"backup " + service + "\n" + real1 + "\n"}, k.tables); diff != "" {
				t.Errorf("bound to (-want +got):\n%s", diff)
			}
			h.Reload(synchronised())
			h.synced()
			pass(3 * time.Second)
			h.synced("stop backup")
			h.Masters(nil, nil)
			h.synced("stop master", "start backup")
			h.Masters([]string{"VI_1"}, nil)
			h.synced("start master")
			h.Masters(nil, nil) // only for a moment: the backup has never ended
			h.synced("stop master")
			pass(time.Minute)
			h.synced()
			h.Masters([]string{"VI_1"}, nil)
			h.synced("start master")
			h.stop() // does not wait for the binding
			h.synced("stop backup", "stop master")
			pass(time.Minute)
		})
	}
}

func TestSuccessorOfANewMasterEndsTheBackupDaemon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.deps.Kernel = &rebindingKernel{Kernel: h.kernel}
		h.run(synchronised())
		h.Masters([]string{"VI_1"}, nil)
		h.synced("start backup", "start master")
		h.crash()
		h.run(synchronised())
		h.synced()
		h.Masters([]string{"VI_1"}, nil)
		h.synced("stop backup")
		h.stop()
	})
}
