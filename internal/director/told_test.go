package director_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/holdfast-ha/holdfast/internal/director"
)

// following are settings with one real server that follows a session, and nothing else.
func following(alpha bool) director.Settings {
	s := always(settings(1))
	s.VirtualServers[0].RealServers[0].Checks = []director.Check{{Name: "BFD_CHECK", Session: "peer", Alpha: alpha}}
	return s
}

func sessionIs(up bool) []director.Session {
	return []director.Session{{Name: "another", Up: true}, {Name: "peer", Up: up}}
}

func TestChecksFollowTheirSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.run(following(false))
		h.has(service, real1) // as with any check, until it is known
		h.Sessions(sessionIs(false))
		synctest.Wait() // no time passes
		h.has(service)
		check := h.Status().VirtualServers[0].RealServers[0].Checks[0]
		if check.Up || check.Name != "BFD_CHECK" || check.Detail != "BFD session peer is down" || check.Runs != 1 {
			t.Errorf("%+v", check)
		}
		h.Sessions(sessionIs(false)) // no news
		h.Sessions(sessionIs(true))
		synctest.Wait()
		h.has(service, real1)
		if runs := h.Status().VirtualServers[0].RealServers[0].Checks[0].Runs; runs != 2 {
			t.Errorf("%d results", runs)
		}
		pass(time.Hour)
		h.has(service, real1)
		h.stop()
	})
}

func TestCheckThatFollowsAStateToldBeforeHasItAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.run(always(settings(1)))
		h.Sessions(sessionIs(false))
		synctest.Wait()
		h.has(service, real1)
		h.Reload(following(true))
		synctest.Wait()
		h.has(service)
		h.Sessions(sessionIs(true))
		synctest.Wait()
		h.has(service, real1)
		h.Reload(following(false)) // the same check goes on
		synctest.Wait()
		h.has(service, real1)
		h.stop()
	})
}

func TestAlphaCheckOfASessionNobodyKnowsIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.run(following(true))
		h.has(service)
		h.Sessions(sessionIs(true))
		synctest.Wait()
		h.has(service, real1)
		h.stop()
	})
}

func TestSuspendedCheckTakesUpTheStateOfItsSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		s := settings(1)
		s.VirtualServers[0].HASuspend = true
		s.VirtualServers[0].RealServers[0].Checks = following(false).VirtualServers[0].RealServers[0].Checks
		h.run(s)
		h.Sessions(sessionIs(false))
		synctest.Wait()
		if runs := h.Status().VirtualServers[0].RealServers[0].Checks[0].Runs; runs != 0 {
			t.Errorf("%d results while suspended", runs)
		}
		h.Masters([]string{"VI_1"}, nil)
		synctest.Wait()
		h.has(service)
		h.stop()
	})
}

func TestFollowedSessionsAreLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.run(following(false))
		h.Sessions(sessionIs(false))
		h.Sessions(sessionIs(true))
		synctest.Wait()
		var said []string
		for _, e := range h.logs.All() {
			said = append(said, e.Message)
		}
		for _, want := range []string{"BFD check of [peer] RS([10.0.0.1]:tcp:80) is DOWN", "BFD check of [peer] RS([10.0.0.1]:tcp:80) is UP"} {
			if !slices.Contains(said, want) {
				t.Errorf("the log has no %q: %q", want, said)
			}
		}
		h.stop()
	})
}

// weighed are settings with one real server of weight 5 whose weight a file changes.
func weighed(weight int) director.Settings {
	s := always(settings(1))
	v := &s.VirtualServers[0]
	v.VirtualServer.RealServers[0].Destination.Weight = 5
	v.RealServers[0].Checks = []director.Check{{Name: "FILE_CHECK", File: &director.FileCheck{Name: "load", Path: "/f", Weight: weight}}}
	return s
}

func TestWeightFollowsATrackedFile(t *testing.T) {
	const of = "-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w "
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		told := func(content string) {
			h.Files(map[string]string{"/f": content, "/another": "9"})
			synctest.Wait()
		}
		s := weighed(-2)
		if files := s.Files(); !slices.Equal(files, []string{"/f"}) {
			t.Errorf("files %q", files)
		}
		h.run(s)
		h.has(service, of+"5")
		told("2\n")
		h.has(service, of+"1")
		told("2\n") // no news
		told("100\n")
		h.has(service, of+"0")
		told("-3\n")
		h.has(service, of+"11")
		told("1073741824\n")
		h.has(service)
		check := h.Status().VirtualServers[0].RealServers[0].Checks[0]
		if check.Up || check.Detail != "track_file load holds 1073741824, times -2" || check.Runs != 4 {
			t.Errorf("%+v", check)
		}
		told("")
		h.has(service, of+"5")
		h.Reload(weighed(3)) // it is read anew
		told("1\n")
		h.has(service, of+"8")
		h.Reload(weighed(0))
		synctest.Wait()
		h.has(service)
		pass(time.Hour)
		h.stop()
	})
}

func TestTrackedFileThatWasReadBeforeTheStartDecidesIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		s := weighed(1)
		s.VirtualServers[0].RealServers[0].Checks[0].Alpha = true
		h.Director = director.New(s, h.deps)
		h.Director.Files(map[string]string{"/f": "2\n"})
		h.resume()
		h.wrote(service, "-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 7")
		h.stop()
	})
}
