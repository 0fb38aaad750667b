package director_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/holdfast-ha/holdfast/lvs"
)

// drifted demands how much drift there has been, in counter and log.
func (h *harness) drifted(want uint64) {
	h.t.Helper()
	status := h.Status()
	if status.Drift != want || uint64(h.logged("IPVS was changed by somebody else, repairing")) != want {
		h.t.Errorf("drift %d, logged %d, want %d", status.Drift, h.logged("IPVS was changed by somebody else, repairing"), want)
	}
	if (want > 0) != (status.LastRepair != "" && !status.LastDrift.IsZero()) {
		h.t.Errorf("the last repair is %q at %v", status.LastRepair, status.LastDrift)
	}
}

func TestTimeoutsChangedByOthersAreDrift(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		set := func(tcp, fin, udp time.Duration) {
			t.Helper()
			if err := h.kernel.SetTimeouts(lvs.Timeouts{TCP: tcp, TCPFin: fin, UDP: udp}); err != nil {
				t.Fatal(err)
			}
		}
		demand := func(tcp, fin, udp time.Duration) {
			t.Helper()
			if got, _ := h.kernel.Timeouts(); got != (lvs.Timeouts{TCP: tcp, TCPFin: fin, UDP: udp}) {
				t.Errorf("timeouts %v", got)
			}
		}
		set(900*time.Second, 120*time.Second, 300*time.Second)
		s := settings(1)
		s.TCP, s.UDP = 30*time.Second, 40*time.Second
		h.run(s)
		pass(time.Minute)
		h.drifted(0)
		set(31*time.Second, 121*time.Second, 41*time.Second)
		pass(10 * time.Second)
		demand(30*time.Second, 121*time.Second, 40*time.Second) // what is not configured is nobody's
		h.drifted(2)
		s = settings(1)
		s.TCP = 50 * time.Second
		h.Reload(s)
		pass(time.Minute)
		h.drifted(2) // our own doing
		set(31*time.Second, 0, 0)
		pass(10 * time.Second)
		demand(50*time.Second, 120*time.Second, 300*time.Second) // the reload has put back what was before us
		h.drifted(3)
		h.stop()
		demand(900*time.Second, 120*time.Second, 300*time.Second)
	})
}

func TestSyncDaemonsChangedByOthersAreDrift(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.run(synchronised())
		h.Masters(nil, nil)
		h.Masters([]string{"VI_1"}, nil)
		pass(time.Minute)
		h.drifted(0)
		h.synced("start backup", "stop backup", "start master")
		h.kernel.SetDaemons()
		pass(10 * time.Second)
		h.synced("start master")
		h.drifted(1)
		h.kernel.SetDaemons(lvs.SyncDaemon{Role: lvs.SyncMaster, Interface: "eth7"}, lvs.SyncDaemon{Role: lvs.SyncBackup, Interface: "eth0", SyncID: 51})
		pass(10 * time.Second)
		h.synced("stop master", "stop backup", "start master")
		h.drifted(3)
		h.Masters(nil, nil)
		pass(time.Minute)
		h.drifted(3) // our own doing
		h.Reload(settings(1))
		h.kernel.SetDaemons(lvs.SyncDaemon{Role: lvs.SyncMaster, Interface: "eth7"})
		pass(time.Minute)
		h.drifted(3) // nobody asks for one any more: it is somebody else's
		h.kernel.SetDaemons()
		h.Reload(synchronised())
		pass(time.Minute)
		h.drifted(3)
		h.stop()
	})
}

// Somebody who changes the table again and again is put right again and again, and the log stays
// readable: some lines each time.
func TestDriftThatComesBackIsRepairedEachTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.run(always(settings(1, 2)))
		s := settings().VirtualServers[0].Services[0].Service
		for i := range uint64(50) {
			h.kernel.Change(lvs.Operation{Verb: lvs.DeleteService, Service: s})
			pass(10 * time.Second)
			h.has(service, real1, real2)
			if got := h.Status().Drift; got != 3*(i+1) {
				t.Fatalf("drift %d after %d times", got, i+1)
			}
		}
		h.stop()
	})
}

// A reload that comes between the change and its repair works with what it believes to be there; what
// somebody else has done is found afterwards.
func TestDriftUnderAReloadIsRepaired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.run(always(settings(1, 2)))
		s := settings().VirtualServers[0].Services[0].Service
		h.kernel.Change(lvs.Operation{Verb: lvs.DeleteService, Service: s})
		h.Reload(always(settings(2))) // deletes a destination of a service that is gone
		pass(10 * time.Second)
		h.has(service, real2)
		h.kernel.Change(lvs.Operation{Verb: lvs.DeleteService, Service: s})
		h.Reload(always(settings(1, 2))) // adds one to a service that is gone
		pass(10 * time.Second)
		h.has(service, real1, real2)
		if got := h.Status(); got.Drift == 0 || got.LastError != "" {
			t.Errorf("drift %d, error %q", got.Drift, got.LastError)
		}
		h.stop()
	})
}
