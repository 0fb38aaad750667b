package director_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/director"
)

// TestChecksAreReportedForMail has two checks of one real server: each is told of with the state that
// the real server is in then, unless nobody wants it.
func TestChecksAreReportedForMail(t *testing.T) {
	for _, tt := range []struct {
		name           string
		alert, changes bool // smtp_alert, no_checker_emails
		want           string
	}{
		{"every check", true, false, `
			first: real server down up=false TCP_CHECK alert=true initial=false
			first: quorum lost up=false  alert=false initial=false
			first: check down up=false TCP_CHECK alert=true initial=false
			second: check down up=false TCP_CHECK alert=true initial=false
			back: check up up=false TCP_CHECK alert=true initial=false
			both: real server up up=true TCP_CHECK alert=true initial=false
			both: quorum gained up=true  alert=false initial=false
			both: check up up=true TCP_CHECK alert=true initial=false`},
		{"no_checker_emails: only those that move the real server", true, true, `
			first: real server down up=false TCP_CHECK alert=true initial=false
			first: quorum lost up=false  alert=false initial=false
			first: check down up=false TCP_CHECK alert=true initial=false
			both: real server up up=true TCP_CHECK alert=true initial=false
			both: quorum gained up=true  alert=false initial=false
			both: check up up=true TCP_CHECK alert=true initial=false`},
		{"no smtp_alert: changes for FIFOs alone", false, false, `
			first: real server down up=false TCP_CHECK alert=false initial=false
			first: quorum lost up=false  alert=false initial=false
			both: real server up up=true TCP_CHECK alert=false initial=false
			both: quorum gained up=true  alert=false initial=false`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHarness(t)
				var got strings.Builder
				phase := "start"
				h.deps.Changed = func(c director.Change) {
					fmt.Fprintf(&got, "\n\t\t\t%s: %v up=%v %s alert=%v initial=%v", phase, c.Kind, c.Up, c.Check, c.Alert, c.Initial)
				}
				s := always(settings(1))
				r := &s.VirtualServers[0].RealServers[0]
				r.Alert = tt.alert
				s.NoCheckAlerts = tt.changes
				other := r.Checks[0]
				other.TCP = &director.TCPCheck{Target: target(9), Timeout: time.Second}
				r.Checks = append(r.Checks, other)
				h.run(s)
				pass(20 * time.Second)
				got.Reset()
				for _, p := range []struct {
					name string
					do   func()
				}{{"first", func() { h.fail(1) }}, {"second", func() { h.fail(9) }}, {"back", func() { h.heal(1) }}, {"both", func() { h.heal(9) }}} {
					phase = p.name
					p.do()
					pass(30 * time.Second)
				}
				if diff := cmp.Diff(tt.want, got.String()); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				h.stop()
			})
		})
	}
}

// TestEveryFailureIsLoggedWhereAsked: of a real server that is up, as in keepalived; otherwise the one
// that takes it out is.
func TestEveryFailureIsLoggedWhereAsked(t *testing.T) {
	for _, all := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			h := newHarness(t)
			s := always(settings(1))
			s.VirtualServers[0].RealServers[0].Checks[0].LogAllFailures = all
			h.run(s)
			pass(10 * time.Second)
			h.fail(1)
			pass(25 * time.Second)
			last, each := h.logged("TCP_CHECK on service [10.0.0.1]:tcp:80 failed after 1 retries."), h.logged("TCP_CHECK on service [10.0.0.1]:tcp:80 failed.")
			if last != 1 || each != map[bool]int{true: 1}[all] {
				t.Errorf("log_all_failures %v: %d failures beside %d that took it out", all, each, last)
			}
			h.stop()
		})
	}
}

func TestStartAndStopAreReportedAsSuch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		var got []string
		h.deps.Changed = func(c director.Change) {
			got = append(got, fmt.Sprintf("%v initial=%v removed=%v stopping=%v %d+%d %d", c.Kind, c.Initial, c.Removed, c.Stopping, c.Quorum, c.Hysteresis, c.Weight))
		}
		s := always(settings(1))
		s.RSInitNotifies = true
		s.VirtualServers[0].Omega = true
		h.run(s)
		h.stop()
		want := []string{
			"real server up initial=true removed=false stopping=false 0+0 0",
			"quorum gained initial=true removed=false stopping=false 1+0 1",
			"real server down initial=false removed=true stopping=true 0+0 0",
			"quorum lost initial=false removed=true stopping=true 1+0 0",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
