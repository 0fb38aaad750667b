package metrics

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

func TestManyScrapesCostOne(t *testing.T) {
	asked := 0
	now := time.Unix(0, 0)
	s := newShared(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++ // one at a time: the race detector sees to it
		w.Header().Set("Content-Type", "x")
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprint(w, asked)
	}))
	s.now = func() time.Time { return now }
	ask := func(encoding, want string) {
		r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		r.Header.Set("Accept-Encoding", encoding)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Body.String() != want || w.Code != http.StatusTeapot || w.Header().Get("Content-Type") != "x" {
			t.Errorf("%q: %d %q, want %q", encoding, w.Code, w.Body.String(), want)
		}
	}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { ask("", "1") })
	}
	all.Wait()
	ask("gzip", "2") // another form
	now = now.Add(answerAge - 1)
	ask("gzip", "2")
	now = now.Add(1)
	ask("gzip", "3")
	for i := range 10 { // who asks for ever other forms fills no memory
		ask(fmt.Sprint(i), fmt.Sprint(4+i))
	}
	if len(s.answer) > mostForms {
		t.Errorf("%d answers are kept", len(s.answer))
	}
}
