package director_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/lvs"
)

// copies is so many virtual servers with the same real servers, whose probes are shared.
func copies(n int, reals ...int) director.Settings {
	s := director.Settings{ReconcileInterval: 10 * time.Second, ShareProbes: true}
	for i := range n {
		v := always(settings(reals...)).VirtualServers[0]
		v.Name = fmt.Sprintf("[192.0.2.1]:tcp:%d", 80+i)
		v.Services[0].Service.Port = uint16(80 + i)
		s.VirtualServers = append(s.VirtualServers, v)
	}
	return s
}

// counted has every check counted; ok is the result.
func (h *harness) counted(ok *atomic.Bool) *atomic.Int64 {
	n := &atomic.Int64{}
	h.deps.NewChecker = func(director.Check) checkers.Checker {
		return checkOf(func(context.Context) checkers.Result {
			n.Add(1)
			return checkers.Result{OK: ok.Load()}
		})
	}
	return n
}

type checkOf func(context.Context) checkers.Result

func (f checkOf) Check(ctx context.Context) checkers.Result { return f(ctx) }

// up are the virtual servers whose first real server is up.
func (h *harness) up() (names []string) {
	for _, v := range h.Status().VirtualServers {
		if v.RealServers[0].Up {
			names = append(names, v.Name)
		}
	}
	return names
}

func TestEqualChecksShareAProbeWhereAsked(t *testing.T) {
	for _, share := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			h := newHarness(t)
			ok := &atomic.Bool{}
			ok.Store(true)
			n := h.counted(ok)
			at := 0.0
			h.deps.Random = func() float64 { at += 0.3; return at } // each at a time of its own
			s := copies(3, 1)
			s.ShareProbes = share
			h.run(s)
			pass(60500 * time.Millisecond) // a check every 6 s
			want := int64(10)
			if !share {
				want = 30
			}
			if n := n.Load(); n < want-3 || n > want {
				t.Errorf("shared %v: %d probes of 3 checks in a minute, want %d or a little less", share, n, want)
			}
			ok.Store(false)
			pass(15 * time.Second)
			if up := h.up(); len(up) > 0 {
				t.Errorf("shared %v: after the retry %v are still up", share, up)
			}
			ok.Store(true)
			pass(6 * time.Second)
			if up := h.up(); len(up) != 3 {
				t.Errorf("shared %v: of three %v are back", share, up)
			}
			h.stop()
		})
	}
}

// TestDifferentChecksDoNotShare: one that differs in any setting has probes of its own.
func TestDifferentChecksDoNotShare(t *testing.T) {
	for name, change := range map[string]func(c *director.Check){
		"target":             func(c *director.Check) { c.TCP.Target = target(9) },
		"bindto":             func(c *director.Check) { c.TCP.Bind = target(9) },
		"bind_if":            func(c *director.Check) { c.TCP.BindIf = "eth9" },
		"fwmark":             func(c *director.Check) { c.TCP.Mark = 9 },
		"connect_timeout":    func(c *director.Check) { c.TCP.Timeout = time.Second },
		"retry":              func(c *director.Check) { c.Retry = 9 },
		"delay_before_retry": func(c *director.Check) { c.DelayBeforeRetry = time.Second },
		"delay_loop":         func(c *director.Check) { c.DelayLoop = 7 * time.Second },
		"warmup":             func(c *director.Check) { c.Warmup = time.Second },
		"kind": func(c *director.Check) {
			c.Name, c.SMTP, c.TCP = "SMTP_CHECK", &director.SMTPCheck{Endpoint: *c.TCP}, nil
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			h := newHarness(t)
			n := h.counted(&atomic.Bool{})
			s := copies(2, 1)
			c := &s.VirtualServers[1].RealServers[0].Checks[0]
			endpoint := *c.TCP
			c.TCP = &endpoint
			change(c)
			h.run(s)
			pass(1500 * time.Millisecond)
			if n := n.Load(); n != 2 {
				t.Errorf("another %s: %d probes, want 2", name, n)
			}
			h.stop()
		})
	}
}

// TestSharedProbeGoesToEachByItsOwnRules: of two with equal checks one is down already and the other has a
// failure to confirm; and alpha is each one's own.
func TestSharedProbeGoesToEachByItsOwnRules(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		ok := &atomic.Bool{}
		h.counted(ok)
		s := copies(2, 1)
		s.VirtualServers[1].RealServers[0].Checks[0].Alpha = true
		h.run(s)
		if up := h.up(); !slices.Equal(up, []string{"[192.0.2.1]:tcp:80"}) {
			t.Errorf("at the start %v are up", up)
		}
		pass(2 * time.Second) // the very first failure counts
		if up := h.up(); len(up) > 0 {
			t.Errorf("after a failure %v are up", up)
		}
		ok.Store(true)
		pass(6 * time.Second)
		if up := h.up(); len(up) != 2 {
			t.Errorf("after a success %v are up", up)
		}
		h.stop()
	})
}

// TestHangingSharedProbeIsGivenUpOnce: its place is free again, and each of its checks has failed.
func TestHangingSharedProbeIsGivenUpOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		release := make(chan struct{})
		h.deps.MaxRunning = 1
		h.deps.NewChecker = func(director.Check) checkers.Checker {
			return checkOf(func(context.Context) checkers.Result { <-release; return checkers.Result{OK: true} })
		}
		h.run(copies(3, 1))
		pass(20 * time.Second)
		if up := h.up(); len(up) > 0 {
			t.Errorf("%v are up", up)
		}
		if load := h.Status().Checks; load.Running > 1 || load.Scheduled != 3 {
			t.Errorf("load %+v", load)
		}
		close(release)
		pass(20 * time.Second)
		if up := h.up(); len(up) != 3 {
			t.Errorf("when it does not hang any more %v are up", up)
		}
		if load := h.Status().Checks; load.Running != 0 || load.Waiting != 0 {
			t.Errorf("load %+v", load)
		}
		h.stop()
	})
}

// TestSharedProbeOutlivesThoseThatLeave: removed by a reload or suspended, one after the other.
func TestSharedProbeOutlivesThoseThatLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		var ended atomic.Int64
		h.deps.NewChecker = func(director.Check) checkers.Checker {
			return checkOf(func(ctx context.Context) checkers.Result {
				select {
				case <-ctx.Done():
					ended.Add(1)
					return checkers.Result{}
				case <-time.After(3 * time.Second):
					return checkers.Result{OK: true}
				}
			})
		}
		h.run(copies(3, 1))
		pass(2 * time.Second) // it runs
		h.Reload(copies(2, 1))
		h.Reload(copies(1, 1))
		synctest.Wait()
		if ended.Load() > 0 {
			t.Error("the probe was ended with one check left")
		}
		pass(3 * time.Second)
		if s := h.Status(); s.Checks.Running != 0 || s.VirtualServers[0].RealServers[0].Checks[0].Runs != 1 {
			t.Errorf("after it %+v", s)
		}
		pass(6 * time.Second) // the next one runs
		h.Reload(director.Settings{ShareProbes: true})
		synctest.Wait()
		if n := ended.Load(); n != 1 {
			t.Errorf("with no check left %d probes were ended", n)
		}
		if load := h.Status().Checks; load.Running != 0 {
			t.Errorf("load %+v", load)
		}
		h.stop()
	})
}

// TestReloadChecksWhatItChangedAtOnce, not with the next delay_loop; what it left as it was goes on.
func TestReloadChecksWhatItChangedAtOnce(t *testing.T) {
	long := func(change func(v *director.VirtualServer)) director.Settings {
		s := always(settings(1, 2))
		for i := range s.VirtualServers[0].RealServers {
			s.VirtualServers[0].RealServers[i].Checks[0].DelayLoop = time.Hour
		}
		change(&s.VirtualServers[0])
		return s
	}
	for name, change := range map[string]func(v *director.VirtualServer){
		"what is checked": func(v *director.VirtualServer) {
			v.RealServers[1].Checks[0].TCP = &director.TCPCheck{Target: target(2), Mark: 7, Timeout: 5 * time.Second}
		},
		"how often":  func(v *director.VirtualServer) { v.RealServers[1].Checks[0].DelayLoop = time.Minute },
		"weight":     func(v *director.VirtualServer) { v.VirtualServer.RealServers[1].Destination.Weight = 9 },
		"lvs_method": func(v *director.VirtualServer) { v.VirtualServer.RealServers[1].Destination.Forward = lvs.Tunnel },
		"another check": func(v *director.VirtualServer) {
			v.RealServers[1].Checks = append(v.RealServers[1].Checks, v.RealServers[1].Checks[0])
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			h := newHarness(t)
			h.run(long(func(*director.VirtualServer) {}))
			pass(10 * time.Second)
			runs := func(i int) (n uint64) {
				for _, c := range h.Status().VirtualServers[0].RealServers[i].Checks {
					n += c.Runs
				}
				return n
			}
			first, second := runs(0), runs(1)
			h.fail(2)
			h.Reload(long(change))
			pass(1500 * time.Millisecond)
			if runs(0) != first {
				t.Errorf("%s of another: the real server that was left alone is checked again", name)
			}
			if runs(1) == second && name != "what is checked" || runs(1) == 0 {
				t.Errorf("%s: not checked again", name)
			}
			h.stop()
		})
	}
}

// TestFailedRealServerWithAnotherCheckStartsFresh: what failed was the old check. One whose weight alone is
// changed stays down until a check says otherwise, and one with alpha until the new check has succeeded.
func TestFailedRealServerWithAnotherCheckStartsFresh(t *testing.T) {
	for _, tt := range []struct {
		name          string
		change        func(v *director.VirtualServer)
		atOnce, later bool
	}{
		{"check", func(v *director.VirtualServer) { v.RealServers[0].Checks[0].TCP.Target = target(2) }, true, true},
		{"check that fails too", func(v *director.VirtualServer) { v.RealServers[0].Checks[0].TCP.Target = target(3) }, true, false},
		{"check with alpha", func(v *director.VirtualServer) {
			v.RealServers[0].Checks[0].TCP.Target, v.RealServers[0].Checks[0].Alpha = target(2), true
		}, false, true},
		{"weight", func(v *director.VirtualServer) { v.VirtualServer.RealServers[0].Destination.Weight = 5 }, false, false},
		{"nothing", func(*director.VirtualServer) {}, false, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			h := newHarness(t)
			h.deps.Random = func() float64 { return 0.5 }
			h.fail(1)
			h.fail(3)
			h.run(always(settings(1)))
			pass(20 * time.Second)
			if len(h.up()) != 0 {
				t.Fatal("it is up")
			}
			s := always(settings(1))
			tt.change(&s.VirtualServers[0])
			h.Reload(s)
			if up := len(h.up()) == 1; up != tt.atOnce {
				t.Errorf("another %s: up %v", tt.name, up)
			}
			pass(time.Second)
			if up := len(h.up()) == 1; up != tt.later {
				t.Errorf("another %s, a second later: up %v", tt.name, up)
			}
			h.stop()
		})
	}
}

// TestStepsOfSharedChecksAreTakenTogether: two HTTP_GET of two pages take the steps of one, and one that a
// reload adds when the others are in the middle of theirs begins at the first page.
func TestStepsOfSharedChecksAreTakenTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		p := &stepper{}
		h.deps.NewChecker = func(director.Check) checkers.Checker { return p }
		some := func(n int) director.Settings {
			s := copies(n, 1)
			for i := range s.VirtualServers {
				one := httpGet(director.Settings{VirtualServers: s.VirtualServers[i : i+1]})
				s.VirtualServers[i] = one.VirtualServers[0]
			}
			return s
		}
		h.run(some(2))
		pass(60500 * time.Millisecond)
		first, second := p.counts()
		if n := first + second; n < 9 || n > 11 {
			t.Errorf("%d and %d pages in a minute, want 10 in all, one every 6 s", first, second)
		}
		h.Reload(some(3))
		pass(60 * time.Second)
		for _, v := range h.Status().VirtualServers {
			if c := v.RealServers[0].Checks[0]; !v.RealServers[0].Up || c.Runs < 9 {
				t.Errorf("%s: %+v", v.Name, v.RealServers[0])
			}
		}
		h.stop()
	})
}

// stepper counts what it is to do.
type stepper struct{ first, second atomic.Int64 }

func (p *stepper) Check(context.Context) checkers.Result { panic("a step is to be done") }

func (p *stepper) CheckStep(_ context.Context, step int) checkers.Result {
	if step == 0 {
		p.first.Add(1)
	} else {
		p.second.Add(1)
	}
	return checkers.Result{OK: true}
}

func (p *stepper) counts() (first, second int64) { return p.first.Load(), p.second.Load() }
