package director_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/lvs"
	"github.com/holdfast-ha/holdfast/lvs/lvstest"
)

const (
	vs       = "192.0.2.1:80"
	drained2 = "-e -t 192.0.2.1:80 -r 10.0.0.2:80 -g -w 0"
	weighed2 = "-e -t 192.0.2.1:80 -r 10.0.0.2:80 -g -w 7"
	again2   = "-e -t 192.0.2.1:80 -r 10.0.0.2:80 -g -w 1"
)

func (h *harness) order(kind director.OrderKind, weight uint32) director.Ordered {
	h.t.Helper()
	done, err := h.Order(director.Order{Kind: kind, VirtualServer: vs, RealServer: "10.0.0.2", Weight: weight})
	if err != nil {
		h.t.Error(err)
	}
	return done
}

func TestOrdersAreInTheKernelWhenTheyAreAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.run(always(settings(1, 2)))
		h.wrote(service, real1, real2)
		done := h.order(director.Drain, 0)
		h.wrote(drained2)
		if r := done.RealServer; !r.Drained || r.Weight != 0 || !r.Up || !done.Active || !done.Quorum {
			t.Errorf("answer %+v", done)
		}
		h.order(director.Drain, 0)
		h.order(director.SetWeight, 7) // stands behind
		h.wrote()
		h.order(director.Undrain, 0)
		h.wrote(weighed2)
		if r := h.order(director.Look, 0).RealServer; r.Drained || !r.HasOverride || r.Override != 7 || r.Weight != 7 || r.Configured != 1 {
			t.Errorf("answer %+v", r)
		}
		h.order(director.ClearWeight, 0)
		h.wrote(again2)
		for _, o := range []director.Order{
			{Kind: director.Drain, VirtualServer: "192.0.2.9:80", RealServer: "10.0.0.2"},
			{Kind: director.Drain, VirtualServer: vs, RealServer: "10.0.0.9"},
			{Kind: director.SetWeight, VirtualServer: vs, RealServer: "10.0.0.2", Weight: 65536},
		} {
			if _, err := h.Order(o); err == nil {
				t.Errorf("%+v is taken", o)
			}
		}
		h.wrote()
		h.stop()
		if _, err := h.Order(director.Order{VirtualServer: vs, RealServer: "10.0.0.2"}); err == nil {
			t.Error("an order after the end is taken")
		}
	})
}

// TestOrdersAreKeptUntilTheyAreCleared over a reload, a crash and a stop of the daemon, whose successors
// write nothing that has to be taken back.
func TestOrdersAreKeptUntilTheyAreCleared(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lvs.state")
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.deps.StateFile = file
		s := always(settings(1, 2))
		h.run(s)
		h.wrote(service, real1, real2)
		h.order(director.Drain, 0)
		h.order(director.SetWeight, 7)
		h.wrote(drained2)
		other := always(settings(1, 2))
		other.VirtualServers[0].VirtualServer.RealServers[1].Destination.Weight = 5
		h.Reload(other)
		pass(20 * time.Second)
		h.wrote()
		h.crash()
		h.run(s)
		pass(20 * time.Second)
		h.wrote() // adopted
		h.stop()
		h.wrote("-D -t 192.0.2.1:80")
		h.run(s)
		h.wrote(service, "-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 1", "-a -t 192.0.2.1:80 -r 10.0.0.2:80 -g -w 0")
		h.order(director.Undrain, 0)
		h.wrote(weighed2)
		h.order(director.ClearWeight, 0)
		h.wrote(again2)
		h.stop()
		if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the state file with nothing ordered: %v", err)
		}
	})
}

func TestReloadWithoutTheRealServerForgetsItsOrdersAndSaysSo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lvs.state")
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.deps.StateFile = file
		h.run(always(settings(1, 2)))
		h.order(director.Drain, 0)
		h.Reload(always(settings(1)))
		if h.logged("what was ordered of it is forgotten") != 1 {
			t.Error("it is not said")
		}
		if b, err := os.ReadFile(file); err != nil || strings.Contains(string(b), "Drained") {
			t.Errorf("the state file: %s, %v", b, err)
		}
		h.kernel.Trace()
		h.Reload(always(settings(1, 2)))
		h.wrote(real2)
		h.stop()
	})
}

// TestWeightOfAScriptComesBackWithTheOrderCleared: misc_dynamic is heard all the time.
func TestWeightOfAScriptComesBackWithTheOrderCleared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		var asked atomic.Int64
		asked.Store(20)
		h.decide(2, func(context.Context) checkers.Result {
			return checkers.Result{OK: true, HasWeight: true, Weight: asked.Load()}
		})
		h.run(always(settings(1, 2)))
		pass(2 * time.Second)
		h.wrote(service, real1, real2, "-e -t 192.0.2.1:80 -r 10.0.0.2:80 -g -w 20")
		h.order(director.Drain, 0)
		asked.Store(30)
		pass(10 * time.Second)
		h.wrote(drained2)
		h.order(director.Undrain, 0)
		h.wrote("-e -t 192.0.2.1:80 -r 10.0.0.2:80 -g -w 30")
		h.stop()
	})
}

// countingKernel has connections.
type countingKernel struct {
	lvstest.Kernel
	at []lvs.Placement
}

func (k *countingKernel) Connections(at []lvs.Placement) (lvs.Connections, error) {
	k.at = at
	return lvs.Connections{Active: 3, Inactive: 4, Persistent: 1}, nil
}

func TestAnswerCountsTheConnectionsOfAllServices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		kernel := &countingKernel{}
		h.deps.Kernel = kernel
		s := always(settings(1, 2))
		second := s.VirtualServers[0].Services[0]
		second.Service.Port = 8080
		s.VirtualServers[0].Services = append(s.VirtualServers[0].Services, second)
		h.run(s)
		done := h.order(director.Drain, 0)
		if want := (lvs.Connections{Active: 3, Inactive: 4, Persistent: 1}); done.Connections != want {
			t.Errorf("%+v", done.Connections)
		}
		if len(kernel.at) != 2 || kernel.at[0].Destination.String() != "10.0.0.2:80" || kernel.at[1].Destination.String() != "10.0.0.2:8080" {
			t.Errorf("counted at %v", kernel.at)
		}
		h.stop()
	})
}

// TestRecoveredWeightGrows in steps a second apart, and is whole at the start.
func TestRecoveredWeightGrows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		s := always(settings(1, 2))
		r := &s.VirtualServers[0].VirtualServer.RealServers[1]
		r.Destination.Weight, r.SlowStart = 9, 4*time.Second
		h.run(s)
		h.wrote(service, real1, "-a -t 192.0.2.1:80 -r 10.0.0.2:80 -g -w 9")
		h.fail(2)
		pass(30 * time.Second)
		h.wrote(lose2)
		h.heal(2)
		pass(6 * time.Second)
		h.kernel.Trace()
		pass(10 * time.Second)
		h.fail(2)
		pass(30 * time.Second)
		h.kernel.Trace()
		h.heal(2)
		var got []string
		for range 12 {
			pass(time.Second)
			for _, op := range h.kernel.Trace() {
				got = append(got, strings.TrimPrefix(op.String(), "-e -t 192.0.2.1:80 -r 10.0.0.2:80 -g "))
			}
		}
		if want := "-a -t 192.0.2.1:80 -r 10.0.0.2:80 -g -w 1|-w 3|-w 5|-w 7|-w 9"; strings.Join(got, "|") != want {
			t.Errorf("weights %q, want %s", got, want)
		}
		if n := h.logged("Changing weight"); n > 0 {
			t.Errorf("%d steps are logged", n)
		}
		h.stop()
	})
}
