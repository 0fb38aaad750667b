package metrics

import (
	"net/http"
	"sync"
	"time"
)

const (
	// answerAge is how long an answer serves for others who ask the same: a state of 255 instances and 1000
	// real servers takes a tenth of a second to write down.
	answerAge = time.Second
	// mostForms is how many forms of an answer are kept: text or another, compressed or not.
	mostForms = 4
)

// shared has the handler behind it make one answer at a time, and keeps it for a while. However many ask,
// however slowly they read: that is all that they cost the processor on which advertisements are sent.
type shared struct {
	next http.Handler
	now  func() time.Time

	mu     sync.Mutex
	at     time.Time // when those were made
	answer map[string]*answer
}

func newShared(next http.Handler) *shared { return &shared{next: next, now: time.Now} }

func (s *shared) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.get(r).send(w) }

func (s *shared) get(r *http.Request) *answer {
	form := r.Header.Get("Accept") + "\n" + r.Header.Get("Accept-Encoding")
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if now.Sub(s.at) >= answerAge || len(s.answer) >= mostForms {
		s.at, s.answer = now, map[string]*answer{}
	}
	a := s.answer[form]
	if a == nil {
		a = &answer{code: http.StatusOK, header: http.Header{}}
		s.next.ServeHTTP(a, r)
		s.answer[form] = a
	}
	return a
}
