package director_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/script"
	"github.com/holdfast-ha/holdfast/lvs"
	"github.com/holdfast-ha/holdfast/lvs/lvstest"
)

func TestServicesFollowTheMaster(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.run(settings(1, 2))
		h.wrote()
		agreed := h.Masters([]string{"VI_1"}, nil)
		synctest.Wait()
		if !closed(agreed) {
			t.Error("the kernel agrees, but Masters was not answered")
		}
		h.wrote(service, real1, real2)
		if agreed := h.Masters([]string{"VI_1"}, nil); true {
			synctest.Wait()
			if !closed(agreed) {
				t.Error("Masters without a change was not answered")
			}
		}
		h.wrote()
		h.Masters(nil, nil)
		synctest.Wait()
		h.wrote(remove)
		h.stop()
	})
}

func TestRealServerLeavesAfterItsRetriesAndReturnsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.run(always(settings(1, 2)))
		h.wrote(service, real1, real2)
		pass(1500 * time.Millisecond) // the first check has passed
		h.fail(2)
		pass(6 * time.Second) // the second has failed, a retry is left
		h.wrote()
		pass(3 * time.Second)
		h.wrote(lose2)
		h.heal(2)
		pass(6 * time.Second)
		h.wrote(real2)
		for text, n := range map[string]int{
			"Removing service [10.0.0.2]:tcp:80 from VS [192.0.2.1]:tcp:80":  1,
			"Adding service [10.0.0.2]:tcp:80 to VS [192.0.2.1]:tcp:80":      1,
			"TCP_CHECK on service [10.0.0.2]:tcp:80 failed after 1 retries.": 1,
			"Gained quorum 1+0=1 <= 2 for VS [192.0.2.1]:tcp:80":             1,
			"TCP connection to [10.0.0.2]:tcp:80 success.":                   2,
			"Removing service [10.0.0.1]:tcp:80 from VS [192.0.2.1]:tcp:80":  0,
			"TCP_CHECK on service [10.0.0.1]:tcp:80 failed after 1 retries.": 0,
			"TCP connection to [10.0.0.1]:tcp:80 success.":                   1,
			"IPVS was changed by somebody else":                              0,
		} {
			if got := h.logged(text); got != n {
				t.Errorf("logged %d times, want %d: %s", got, n, text)
			}
		}
		want := []string{"[192.0.2.1]:tcp:80  true", "[192.0.2.1]:tcp:80 [10.0.0.2]:tcp:80 false", "[192.0.2.1]:tcp:80 [10.0.0.2]:tcp:80 true"}
		if diff := cmp.Diff(want, h.changes); diff != "" {
			t.Errorf("reported (-want +got):\n%s", diff)
		}
		h.stop()
		h.has()
	})
}

func TestSuccessorAdoptsTheTableWithoutAWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.fail(2)
		h.run(settings(1, 2, 3))
		h.Masters([]string{"VI_1"}, nil)
		pass(20 * time.Second)
		h.crash()
		h.kernel.Trace()
		before := h.kernel.String()

		h.run(settings(1, 2, 3))
		pass(500 * time.Millisecond)
		h.wrote() // who is MASTER is not known: nothing leaves, nothing comes
		h.Masters([]string{"VI_1"}, nil)
		pass(20 * time.Second)
		h.wrote()
		h.has(before[:len(before)-1])
		h.stop()
		h.has()
	})
}

func TestSuccessorThatIsNotMasterClearsTheTable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.run(settings(1))
		h.Masters([]string{"VI_1"}, nil)
		synctest.Wait()
		h.crash()
		h.kernel.Trace()
		h.run(settings(1))
		pass(30 * time.Second)
		h.wrote()
		h.Masters(nil, nil)
		synctest.Wait()
		h.wrote(remove)
		h.stop()
	})
}

func TestReloadOfTheSameSettingsWritesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.fail(2)
		h.run(always(settings(1, 2, 3)))
		pass(10 * time.Second)
		h.kernel.Trace()
		runs := h.Status().VirtualServers[0].RealServers[0].Checks[0].Runs
		h.Reload(always(settings(1, 2, 3)))
		h.wrote()
		status := h.Status().VirtualServers[0]
		if status.RealServers[1].Up || !status.RealServers[0].Up || status.RealServers[0].Checks[0].Runs != runs {
			t.Errorf("a reload forgot what the checks have found: %+v", status)
		}
		changed := always(settings(1, 2, 4))
		changed.VirtualServers[0].VirtualServer.RealServers[0].Destination.Weight = 5
		h.Reload(changed)
		h.wrote("-a -t 192.0.2.1:80 -r 10.0.0.4:80 -g -w 1", "-e -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 5", "-d -t 192.0.2.1:80 -r 10.0.0.3:80")
		h.fail(4)
		h.fail(1)
		pass(20 * time.Second)
		h.has(service)
		h.Reload(director.Settings{})
		h.wrote("-d -t 192.0.2.1:80 -r 10.0.0.4:80", "-d -t 192.0.2.1:80 -r 10.0.0.1:80", remove)
		pass(time.Minute)
		h.wrote()
		h.stop()
	})
}

func TestReloadBeforeTheFirstReadIsTheConfigurationThatStarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.kernel.FailRead(errors.New("no memory"))
		h.run(settings(1))
		agreed := h.Masters([]string{"VI_1"}, nil)
		pass(time.Second)
		h.Reload(settings(2))
		if h.logged("reading IPVS failed") != 1 {
			t.Error("an error that lasts has to be logged once")
		}
		if closed(agreed) {
			t.Error("Masters was answered though the table could not be read")
		}
		h.kernel.FailRead(nil)
		pass(30 * time.Second)
		h.wrote(service, real2)
		if !closed(agreed) {
			t.Error("Masters was not answered")
		}
		h.stop()
	})
}

func TestDriftIsRepairedCountedAndLoggedAndForeignServicesStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.run(always(settings(1, 2)))
		foreign := lvs.Service{ServiceKey: lvs.ServiceKey{FWMark: 9, Family: 4}, Scheduler: "rr"}
		s := settings().VirtualServers[0].Services[0].Service
		h.kernel.Change(lvs.Operation{Verb: lvs.DeleteService, Service: s}, lvs.Operation{Verb: lvs.AddService, Service: foreign})
		h.kernel.Trace()
		pass(10 * time.Second)
		h.wrote(service, real1, real2)
		if got := h.Status().Drift; got != 3 {
			t.Errorf("drift %d, want 3", got)
		}
		if got := h.logged("IPVS was changed by somebody else, repairing"); got != 3 {
			t.Errorf("logged %d repairs, want 3", got)
		}
		pass(time.Minute)
		h.wrote()
		h.stop()
		h.has("-A -f 9 -s rr")
	})
}

func TestReconcileIntervalZeroReadsOnlyAtTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		s := always(settings(1))
		s.ReconcileInterval = 0
		h.run(s)
		pass(time.Hour)
		if got := h.kernel.Reads(); got != 1 {
			t.Errorf("read %d times", got)
		}
		h.stop()
	})
}

func TestRefusedWriteIsRepeatedAndKeepsNobodyWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.run(settings(1, 2))
		h.kernel.FailOn(func(op lvs.Operation) error {
			if op.Verb == lvs.AddDestination && op.Destination.Addr == target(2).Addr() {
				return errors.New("out of memory")
			}
			return nil
		})
		agreed := h.Masters([]string{"VI_1"}, nil)
		synctest.Wait()
		if !closed(agreed) {
			t.Error("not answered though the kernel has all that it takes")
		}
		h.has(service, real1)
		pass(time.Minute)
		status := h.Status()
		if status.LastError != "out of memory" || status.Drift != 0 {
			t.Errorf("error %q, drift %d", status.LastError, status.Drift)
		}
		if got := h.logged("writing IPVS failed"); got != 1 {
			t.Errorf("logged %d times, want once", got)
		}
		if tries := len(h.kernel.Trace()); tries > 20 {
			t.Errorf("%d operations in a minute: the pauses do not grow", tries)
		}
		// What others change is still found at the usual interval, and is drift.
		h.kernel.Change(lvs.Operation{Verb: lvs.DeleteDestination, Service: settings().VirtualServers[0].Services[0].Service,
			Destination: lvs.Destination{DestinationKey: lvs.DestinationKey{Addr: target(1).Addr(), Port: 80}}})
		pass(10 * time.Second)
		h.has(service, real1)
		if got := h.Status().Drift; got != 1 {
			t.Errorf("drift %d, want 1", got)
		}
		h.kernel.FailOn(nil)
		pass(30 * time.Second)
		if status := h.Status(); status.LastError != "" {
			t.Errorf("error %q after all is well", status.LastError)
		}
		if h.logged("IPVS operation refused before is done") != 1 {
			t.Error("nothing was said when the kernel took it at last")
		}
		h.has(service, real1, real2)
		h.stop()
	})
}

func TestUnknownSchedulerDoesNotHoldUpTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		s := settings(1)
		bad := settings(2).VirtualServers[0]
		bad.Name = "[192.0.2.0]:tcp:80" // in front of the other
		bad.Services[0].Service.Addr = netip.MustParseAddr("192.0.2.0")
		bad.Services[0].Service.Scheduler = "nosuch"
		s.VirtualServers = append(s.VirtualServers, bad)
		h.kernel.FailOn(func(op lvs.Operation) error {
			if op.Service.Scheduler == "nosuch" && op.Verb == lvs.AddService {
				return errors.New("no such scheduler")
			}
			return nil
		})
		const badService, badReal = "-A -t 192.0.2.0:80 -s nosuch", "-a -t 192.0.2.0:80 -r 10.0.0.2:80 -g -w 1"
		h.run(s)
		for _, want := range [][]string{
			{badService, badReal, service, real1}, // not known yet
			{service, real1, badService, badReal},
		} {
			answered := h.Masters([]string{"VI_1"}, nil)
			synctest.Wait()
			if !closed(answered) {
				t.Error("not answered though the kernel has all that it takes")
			}
			h.wrote(want...)
			h.Masters(nil, nil)
			synctest.Wait()
			h.wrote(remove)
		}
		if got := h.logged("writing IPVS failed"); got != 1 {
			t.Errorf("logged %d times, want once", got)
		}
		h.stop()
	})
}

// lossyKernel does what it is asked, but its answers are lost.
type lossyKernel struct {
	director.Kernel
	lossy atomic.Bool
}

func (k *lossyKernel) Apply(ops []lvs.Operation) []error {
	errs := k.Kernel.Apply(ops)
	if k.lossy.Load() {
		for i := range errs {
			errs[i] = errors.New("the answer was lost")
		}
	}
	return errs
}

func TestLostAnswersAreReadFromTheTable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		kernel := &lossyKernel{Kernel: h.kernel}
		h.deps.Kernel = kernel
		h.run(settings(1))
		kernel.lossy.Store(true)
		answered := h.Masters([]string{"VI_1"}, nil)
		synctest.Wait()
		kernel.lossy.Store(false)
		if !closed(answered) {
			t.Error("not answered")
		}
		h.wrote(service, real1)
		pass(time.Second)
		h.wrote()
		if s := h.Status(); s.LastError != "" || s.Drift != 0 {
			t.Errorf("error %q, drift %d after the table was read", s.LastError, s.Drift)
		}
		h.kernel.Change(lvs.Operation{Verb: lvs.DeleteService, Service: settings().VirtualServers[0].Services[0].Service})
		pass(10 * time.Second)
		h.wrote(service, real1)
		if got := h.Status().Drift; got != 2 {
			t.Errorf("drift %d, want 2", got)
		}
		h.stop()
	})
}

func TestTableOfANewMasterIsReadOnceMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		s := settings(1)
		s.ReconcileInterval = 0
		h.run(s)
		h.Masters([]string{"VI_1"}, nil)
		synctest.Wait()
		if got := h.kernel.Reads(); got != 1 {
			t.Errorf("read %d times before the takeover was over", got)
		}
		h.kernel.Change(lvs.Operation{Verb: lvs.DeleteService, Service: s.VirtualServers[0].Services[0].Service})
		pass(2 * time.Second)
		h.has(service, real1)
		pass(time.Hour)
		if got := h.kernel.Reads(); got != 2 {
			t.Errorf("read %d times", got)
		}
		h.stop()
	})
}

func TestTableStaysWhileTheVRRPProcessIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.run(settings(1, 2))
		h.Masters([]string{"VI_1"}, nil)
		synctest.Wait()
		h.kernel.Trace()
		h.HoldPeerLost()
		h.fail(2)
		pass(30 * time.Second)
		h.wrote(lose2) // checks go on
		if why := h.Status().VirtualServers[0].Why; why != "follows VI_1, which is MASTER (held: the VRRP process is gone)" {
			t.Errorf("status says %q", why)
		}
		h.Masters(nil, nil)
		synctest.Wait()
		h.wrote(remove)
		h.stop()
	})
}

func TestStopLeavesWhatTheSettingsSay(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*director.Settings)
		left   []string
	}{
		{"ours goes, the rest stays", func(*director.Settings) {}, []string{"-A -f 9 -s rr"}},
		{"everything goes", func(s *director.Settings) { s.FlushOnStop = "all" }, nil},
		{"ours goes at once", func(s *director.Settings) { s.FlushOnStop = "VS" }, []string{"-A -f 9 -s rr"}},
		{"everything stays", func(s *director.Settings) { s.KeepTable = true }, []string{service, real1, "-A -f 9 -s rr"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHarness(t)
				foreign := lvs.Service{ServiceKey: lvs.ServiceKey{FWMark: 9, Family: 4}, Scheduler: "rr"}
				h.kernel.Change(lvs.Operation{Verb: lvs.AddService, Service: foreign})
				s := always(settings(1))
				c.change(&s)
				h.run(s)
				h.stop()
				h.has(c.left...)
			})
		})
	}
}

func TestFlushAtStartSparesWhatIsOurs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		foreign := lvs.Service{ServiceKey: lvs.ServiceKey{FWMark: 9, Family: 4}, Scheduler: "rr"}
		h.run(settings(1))
		h.Masters([]string{"VI_1"}, nil)
		synctest.Wait()
		h.crash()
		h.kernel.Change(lvs.Operation{Verb: lvs.AddService, Service: foreign})
		h.kernel.Trace()
		s := settings(1)
		s.Flush = true
		h.run(s)
		h.wrote("-D -f 9")
		h.has(service, real1)
		h.stop()
	})
}

func TestTimeoutsAreSetAndPutBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		kernels := lvs.Timeouts{TCP: 900 * time.Second, TCPFin: 120 * time.Second, UDP: 300 * time.Second}
		if err := h.kernel.SetTimeouts(kernels); err != nil {
			t.Fatal(err)
		}
		demand := func(want lvs.Timeouts) {
			t.Helper()
			if got, err := h.kernel.Timeouts(); err != nil || got != want {
				t.Errorf("timeouts %v, %v; want %v", got, err, want)
			}
		}
		s := settings(1)
		s.TCP = 30 * time.Second
		h.run(s)
		demand(lvs.Timeouts{TCP: 30 * time.Second, TCPFin: 120 * time.Second, UDP: 300 * time.Second})
		s = settings(1)
		s.UDP = 60 * time.Second
		h.Reload(s)
		demand(lvs.Timeouts{TCP: 900 * time.Second, TCPFin: 120 * time.Second, UDP: 60 * time.Second})
		h.stop()
		demand(kernels)
	})
}

func TestKernelThatWasUnloadedIsToldEverythingAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		s := always(settings(1, 2))
		s.TCP = 30 * time.Second
		h.run(s)
		h.kernel.Trace()
		h.kernel.FailRead(errors.New("not loaded"))
		pass(15 * time.Second)
		if got := h.Status().LastError; !strings.Contains(got, "not loaded") {
			t.Errorf("the status says %q", got)
		}
		h.kernel.Renew()
		h.kernel.FailRead(nil)
		pass(time.Minute)
		h.wrote(service, real1, real2)
		if got, err := h.kernel.Timeouts(); err != nil || got.TCP != s.TCP {
			t.Errorf("timeouts %v, %v", got, err)
		}
		if got := h.Status().LastError; got != "" {
			t.Errorf("the status still says %q", got)
		}
		h.stop()
	})
}

func command(args ...string) *script.Command { return &script.Command{Args: args} }

func TestNotifyScriptsRunInOrderAndNeverBlockTheLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		release := make(chan struct{})
		h.deps.Execute = func(ctx context.Context, c script.Command) error {
			if c.Args[0] == "down2" {
				<-release
			}
			return h.execute(ctx, c)
		}
		s := always(settings(1, 2))
		v := &s.VirtualServers[0]
		v.QuorumUp, v.QuorumDown = command("quorum_up"), command("quorum_down")
		for i, n := range []string{"1", "2"} {
			v.RealServers[i].NotifyUp, v.RealServers[i].NotifyDown = command("up"+n), command("down"+n)
		}
		h.run(s)
		if diff := cmp.Diff([]string{"quorum_up"}, h.ran()); diff != "" {
			t.Errorf("at the start: %s", diff)
		}
		h.fail(2)
		pass(6 * time.Second)
		h.heal(2)
		pass(12 * time.Second)
		h.has(service, real1, real2)
		if got := h.ran(); len(got) != 0 {
			t.Errorf("%v ran before the script in front of it had ended", got)
		}
		close(release)
		synctest.Wait()
		if diff := cmp.Diff([]string{"down2", "up2"}, h.ran()); diff != "" {
			t.Error(diff)
		}
		h.fail(1)
		h.fail(2)
		pass(20 * time.Second)
		got := h.ran()
		slices.Sort(got)
		if diff := cmp.Diff([]string{"down1", "down2", "quorum_down"}, got); diff != "" {
			t.Error(diff)
		}
		h.stop()
	})
}

func TestRemovedRealServerRunsTheScriptItHad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		s := always(settings(1, 2))
		s.VirtualServers[0].RealServers[1].NotifyDown = command("down2")
		h.run(s)
		h.Reload(always(settings(1)))
		synctest.Wait()
		if diff := cmp.Diff([]string{"down2"}, h.ran()); diff != "" {
			t.Error(diff)
		}
		h.stop()
	})
}

func TestInitialNotifiesAndOmega(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		s := always(settings(1))
		s.RSInitNotifies = true
		s.VirtualServers[0].Omega = true
		s.VirtualServers[0].QuorumDown = command("quorum_down")
		s.VirtualServers[0].RealServers[0].NotifyUp, s.VirtualServers[0].RealServers[0].NotifyDown = command("up"), command("down")
		h.run(s)
		if diff := cmp.Diff([]string{"up"}, h.ran()); diff != "" {
			t.Error(diff)
		}
		h.stop()
		got := h.ran()
		slices.Sort(got)
		if diff := cmp.Diff([]string{"down", "quorum_down"}, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestDynamicWeightIsFollowedAndGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.decide(1, func(context.Context) checkers.Result { return checkers.Result{OK: true, HasWeight: true, Weight: 7} })
		h.run(always(settings(1)))
		h.kernel.Trace()
		pass(2 * time.Second)
		h.wrote("-e -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 7")
		h.heal(1)
		pass(6 * time.Second)
		h.wrote("-e -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 1")
		h.stop()
	})
}

func TestStuckCheckCountsAsFailedAndDoesNotStopTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		release := make(chan struct{})
		h.decide(2, func(context.Context) checkers.Result { <-release; return checkers.Result{OK: true} })
		h.run(always(settings(1, 2)))
		pass(time.Minute)
		h.has(service, real1)
		if h.logged("check is stuck and was given up") == 0 {
			t.Error("nothing was said of the stuck check")
		}
		if runs := h.Status().VirtualServers[0].RealServers[0].Checks[0].Runs; runs != 10 {
			t.Errorf("the other check ran %d times in a minute, want 10", runs)
		}
		h.heal(2)
		close(release)
		pass(time.Minute)
		h.has(service, real1, real2)
		h.stop()
	})
}

func TestContextOfACheckEndsAfterItsTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		var took time.Duration
		h.decide(1, func(ctx context.Context) checkers.Result {
			begin := time.Now()
			<-ctx.Done()
			took = time.Since(begin)
			return checkers.Result{Detail: "timeout"}
		})
		h.run(always(settings(1)))
		pass(10 * time.Second)
		if took != 6*time.Second {
			t.Errorf("the context of a check of 5 s ended after %v, want 6 s", took)
		}
		h.stop()
	})
}

func TestFaultInACheckerIsAFailureOfThatCheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.decide(1, func(context.Context) checkers.Result { panic("index out of range") })
		h.run(always(settings(1, 2)))
		pass(2 * time.Second)
		h.has(service, real2)
		if got := h.Status().VirtualServers[0].RealServers[0].Checks[0].Detail; got != "fault in the checker: index out of range" {
			t.Errorf("detail %q", got)
		}
		h.stop()
	})
}

func TestNoMoreChecksRunAtOnceThanAllowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.deps.MaxRunning = 3
		var reals []int
		for n := 1; n <= 10; n++ {
			reals = append(reals, n)
			h.decide(n, func(context.Context) checkers.Result { time.Sleep(time.Second); return checkers.Result{OK: true} })
		}
		h.run(always(settings(reals...)))
		pass(6 * time.Second)
		if h.most != 3 {
			t.Errorf("%d checks ran at once, want 3", h.most)
		}
		for _, r := range h.Status().VirtualServers[0].RealServers {
			if r.Checks[0].Runs != 1 {
				t.Errorf("the check of %s ran %d times", r.Name, r.Checks[0].Runs)
			}
		}
		h.stop()
	})
}

func TestChecksOfSuspendedServersRunOnlyWhileActive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		s := settings(1)
		s.VirtualServers[0].HASuspend = true
		h.run(s)
		runs := func() uint64 { return h.Status().VirtualServers[0].RealServers[0].Checks[0].Runs }
		pass(time.Minute)
		if got := runs(); got != 0 {
			t.Errorf("%d runs while suspended", got)
		}
		h.Masters([]string{"VI_1"}, nil)
		pass(30 * time.Second)
		before := runs()
		if before < 4 {
			t.Errorf("%d runs in 30 s of activity", before)
		}
		h.Masters(nil, nil)
		pass(time.Minute)
		if got := runs(); got != before {
			t.Errorf("%d runs after the suspension", got-before)
		}
		h.stop()
	})
}

func TestUnsupportedCheckLeavesTheRealServerUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		s := always(settings(1))
		s.VirtualServers[0].RealServers[0].Checks = []director.Check{{Name: "DNS_CHECK", Unsupported: true, Alpha: true}}
		h.run(s)
		pass(time.Minute)
		h.has(service, real1)
		h.stop()
	})
}

func TestEqualChecksOfOneRealServerAreTwoChecks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		s := always(settings(1))
		list := s.VirtualServers[0].RealServers[0].Checks
		s.VirtualServers[0].RealServers[0].Checks = append(list, list[0])
		h.run(s)
		pass(2 * time.Second)
		if got := len(h.Status().VirtualServers[0].RealServers[0].Checks); got != 2 {
			t.Errorf("%d checks", got)
		}
		h.stop()
	})
}

func TestMethodsAnswerAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.run(settings(1))
		h.crash()
		if got := len(h.Status().VirtualServers); got != 1 {
			t.Errorf("status of %d virtual servers", got)
		}
		h.Masters([]string{"VI_1"}, nil)
		h.HoldPeerLost()
		h.Reload(settings(1))
		h.Stop()
		h.wrote()
	})
}

// What is read while the table is being written must not undo the writing.
func TestReadThatCrossesAWriteIsNotTrusted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		slow := &slowKernel{Kernel: h.kernel, release: make(chan struct{})}
		h.deps.Kernel = slow
		h.run(settings(1))
		slow.slow.Store(true)
		pass(11 * time.Second) // a read is under way: it has seen no service
		h.Masters([]string{"VI_1"}, nil)
		synctest.Wait()
		h.wrote(service, real1)
		close(slow.release)
		pass(5 * time.Second)
		h.wrote()
		if got := h.Status().Drift; got != 0 {
			t.Errorf("our own write was taken for drift: %d", got)
		}
		h.stop()
	})
}

// A result that arrives together with what was read is not written yet: no drift either.
func TestChangeBesideAReadIsNotDrift(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		s := always(settings(1, 2))
		s.ReconcileInterval = time.Second // as often as a check ends
		h.run(s)
		for n := range 100 {
			if n%2 == 0 {
				h.fail(2)
			} else {
				h.heal(2)
			}
			pass(20 * time.Second)
		}
		if got := h.Status().Drift; got != 0 {
			t.Errorf("drift %d", got)
		}
		if got := len(h.kernel.Trace()); got != 3+100 {
			t.Errorf("%d operations, want 103", got)
		}
		h.stop()
	})
}

func TestServicesThatLeftTheConfigurationWhileNobodyRanAreRemoved(t *testing.T) {
	file := filepath.Join(t.TempDir(), "services")
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.deps.StateFile = file
		foreign := lvs.Service{ServiceKey: lvs.ServiceKey{FWMark: 9, Family: 4}, Scheduler: "rr"}
		h.kernel.Change(lvs.Operation{Verb: lvs.AddService, Service: foreign})
		s := always(settings(1))
		other := always(settings(1)).VirtualServers[0]
		other.Name = "FWM 4"
		other.Services = []lvs.GatedService{{Service: lvs.Service{ServiceKey: lvs.ServiceKey{FWMark: 4, Family: 4}, Scheduler: "rr"}}}
		both := s
		both.VirtualServers = append(both.VirtualServers, other)
		h.run(both)
		h.crash()
		h.kernel.Trace()
		h.run(s)
		h.wrote("-D -f 4")
		h.has(service, real1, "-A -f 9 -s rr")
		h.stop()
		h.has("-A -f 9 -s rr")
		if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the state file after a stop that left nothing: %v", err)
		}
	})
}

func TestUnreadableStateFileIsSaidAndHarmless(t *testing.T) {
	file := filepath.Join(t.TempDir(), "services")
	if err := os.WriteFile(file, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.deps.StateFile = file
		h.run(always(settings(1)))
		h.has(service, real1)
		if h.logged("the state file is not readable") != 1 {
			t.Error("nothing was said")
		}
		h.stop()
	})
}

// slowKernel delivers what it read late.
type slowKernel struct {
	director.Kernel
	slow    atomic.Bool
	release chan struct{}
}

func (k *slowKernel) Read(want func(lvs.ServiceKey) bool) (lvs.Table, error) {
	table, err := k.Kernel.Read(want)
	if k.slow.Load() {
		<-k.release
	}
	return table, err
}

func TestIdentityOfACheckIsWhatItDoesAndNotWhen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.fail(2)
		h.run(always(settings(1, 2)))
		pass(5 * time.Second)
		h.has(service, real1)
		later := always(settings(1, 2))
		later.VirtualServers[0].RealServers[1].Checks[0].DelayLoop = time.Hour
		h.Reload(later)
		h.has(service, real1) // still known to be down
		moved := always(settings(1, 2))
		moved.VirtualServers[0].RealServers[1].Checks[0].TCP.Target = netip.MustParseAddrPort("10.0.0.9:80")
		h.Reload(moved)
		h.has(service, real1, real2) // another check: up until it has failed
		h.stop()
	})
}

// 1000 virtual servers with 4 real servers each, over a kernel that costs nothing. No check is due while it runs:
// a check is not what is measured. In a long run one or two are, and find their server up.
func BenchmarkReloadUnchanged(b *testing.B) {
	var s director.Settings
	for n := range 1000 {
		v := always(settings(1, 2, 3, 4)).VirtualServers[0]
		for r := range v.RealServers {
			v.RealServers[r].Checks[0].Warmup = 24 * time.Hour
		}
		v.Name = fmt.Sprint(n)
		v.Services[0].Service.Addr = netip.AddrFrom4([4]byte{10, 9, byte(n >> 8), byte(n)})
		s.VirtualServers = append(s.VirtualServers, v)
	}
	kernel := &lvstest.Kernel{}
	up := checkOf(func(context.Context) checkers.Result { return checkers.Result{OK: true} })
	d := director.New(s, director.Deps{Log: zap.NewNop(), Kernel: kernel, NewChecker: func(director.Check) checkers.Checker { return up }})
	go d.Run(context.Background())
	<-d.Masters(nil, nil)
	kernel.Trace()
	b.ReportAllocs()
	for b.Loop() {
		d.Reload(s)
	}
	b.StopTimer()
	if n := len(kernel.Trace()); n != 0 {
		b.Fatalf("%d writes", n)
	}
	d.Stop()
}
