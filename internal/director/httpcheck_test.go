package director_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/checkers/dial"
	"github.com/holdfast-ha/holdfast/internal/director"
)

// pages is a check of several urls whose results a test decides.
type pages struct {
	mu    sync.Mutex
	wrong map[int]bool
}

func (p *pages) Check(context.Context) checkers.Result { panic("a step is to be done") }

func (p *pages) CheckStep(_ context.Context, step int) checkers.Result {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.wrong[step] {
		return checkers.Result{Detail: "status 503 is not in 200-299"}
	}
	return checkers.Result{OK: true}
}

func (p *pages) set(step int, wrong bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wrong[step] = wrong
}

// httpGet makes the only check one of two urls.
func httpGet(s director.Settings) director.Settings {
	check := &s.VirtualServers[0].RealServers[0].Checks[0]
	check.Name, check.TCP = "HTTP_GET", nil
	check.HTTP = &director.HTTPCheck{
		Endpoint: dial.Endpoint{Target: target(1)}, URLs: []director.URL{{Path: "/a"}, {Path: "/b", Digest: "d"}},
	}
	return s
}

func TestURLsOfARealServerDecideTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		p := &pages{wrong: map[int]bool{}}
		h.deps.NewChecker = func(director.Check) checkers.Checker { return p }
		h.run(httpGet(always(settings(1))))
		pass(8 * time.Second)
		p.set(1, true)
		pass(6 * time.Second) // the first url is right
		h.has(service, real1)
		pass(9 * time.Second) // the second is not, and has no retries left
		h.has(service)
		p.set(1, false)
		pass(12 * time.Second) // its success is not enough
		h.has(service)
		pass(6 * time.Second)
		h.has(service, real1)
		var said []string
		for _, e := range h.logs.All() {
			if strings.Contains(e.Message, "Web server") || strings.Contains(e.Message, "CHECK on") || strings.Contains(e.Message, "url(") {
				said = append(said, e.Message)
			}
		}
		want := []string{
			"Remote Web server [10.0.0.1]:tcp:80 succeed on service.",
			"HTTP_CHECK on service [10.0.0.1]:tcp:80 failed after 1 retries.",
			"MD5 digest success to [10.0.0.1]:tcp:80 url(/b).",
			"HTTP status code success to [10.0.0.1]:tcp:80 url(/a).",
			"MD5 digest success to [10.0.0.1]:tcp:80 url(/b).",
			"Remote Web server [10.0.0.1]:tcp:80 succeed on service.",
		}
		if diff := cmp.Diff(want, said); diff != "" {
			t.Errorf("logged (-want +got):\n%s", diff)
		}
		h.stop()
	})
}

func TestNewPageIsANewCheckAndANewKeyIsNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		made := 0
		p := &pages{wrong: map[int]bool{0: true}}
		h.deps.NewChecker = func(director.Check) checkers.Checker { made++; return p }
		h.deps.Random = func() float64 { return 0.5 }
		start := httpGet(always(settings(1)))
		start.VirtualServers[0].RealServers[0].Checks[0].HTTP.SSL = &director.SSL{Key: "/old"}
		h.run(start)
		pass(5 * time.Second)
		h.has(service)

		key := httpGet(always(settings(1)))
		key.VirtualServers[0].RealServers[0].Checks[0].HTTP.SSL = &director.SSL{Key: "/new"}
		h.Reload(key)
		synctest.Wait()
		h.has(service) // still down
		if made != 2 {
			t.Errorf("%d checkers for two keys", made)
		}

		page := httpGet(always(settings(1)))
		page.VirtualServers[0].RealServers[0].Checks[0].HTTP.URLs[0].Path = "/new"
		h.Reload(page)
		synctest.Wait()
		h.has(service, real1) // nothing is known of it
		pass(time.Second)
		h.has(service) // until it is checked, which is soon
		h.stop()
	})
}
