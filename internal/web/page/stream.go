package page

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/holdfast-ha/holdfast/internal/web"
)

// How the stream goes.
const (
	maxStreams = 16
	// tick is how often the state is looked at while nothing happens: counters change.
	tick = time.Second
	// gap is the least time between two states while much happens.
	gap = 200 * time.Millisecond
	// beat is how often a stream says that it is alive; the page calls its data stale after two and a half
	// of them.
	beat = 4 * time.Second
	// askLimit is how long the daemon may take to tell its state.
	askLimit = 5 * time.Second
	// sendLimit is how long who looks may take to take a message.
	sendLimit = 10 * time.Second
	// retry is how long a browser waits before it connects again.
	retry = time.Second
)

// stream serves the server-sent events.
type stream struct {
	feed *feed
	boot string // names this run of the daemon: event numbers begin anew with each
	tick time.Duration
	beat time.Duration
}

// hello is the first message.
type hello struct {
	Schema string    `json:"schema"`
	Boot   string    `json:"boot"`
	Now    time.Time `json:"now"`
	Beat   int64     `json:"beat_ms"`
}

// pulse is the message of a beat.
type pulse struct {
	Now   time.Time `json:"now"`
	Error string    `json:"error,omitempty"` // why there is no state
}

func (s *stream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // nginx in front would keep it to itself
	if r.Method == http.MethodHead {
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	go func() {
		select {
		case <-web.Leaving(r):
			cancel()
		case <-ctx.Done():
		}
	}()
	to := &receiver{w: w, control: http.NewResponseController(w)}
	_ = to.control.SetReadDeadline(time.Time{}) // the listener's would end the stream with the request
	fmt.Fprintf(&to.buffer, "retry: %d\n\n", retry.Milliseconds())
	to.message("hello", "", hello{Schema: Schema, Boot: s.boot, Now: time.Now(), Beat: s.beat.Milliseconds()})
	id := r.Header.Get("Last-Event-ID") // a browser that connects again by itself
	if id == "" {
		id = r.URL.Query().Get("after")
	}
	s.run(ctx, to, s.resume(id))
}

// resume is the number of the last event that the client has, 0 where that was of another run.
func (s *stream) resume(id string) uint64 {
	boot, text, _ := strings.Cut(id, ".")
	number, err := strconv.ParseUint(text, 10, 64)
	if err != nil || boot != s.boot {
		return 0
	}
	return number
}

// run sends until the client or the listener has gone.
func (s *stream) run(ctx context.Context, to *receiver, last uint64) {
	woken, end := s.feed.daemon.Events.Subscribe()
	defer end()
	beats := time.NewTicker(s.beat)
	defer beats.Stop()
	timer := time.NewTimer(0) // when the next state is due
	defer timer.Stop()
	var sent []byte
	var at time.Time       // of the last state
	var took time.Duration // to have it
	for {
		select {
		case <-ctx.Done():
			return
		case <-beats.C:
			to.message("beat", "", pulse{Now: time.Now()})
		case <-woken:
			last = s.events(to, last)
			timer.Reset(max(0, time.Until(at.Add(pause(gap, len(sent), took)))))
		case <-timer.C:
			last = s.events(to, last)
			begun := time.Now()
			sent = s.state(ctx, to, sent)
			at = time.Now()
			took = at.Sub(begun)
			timer.Reset(pause(s.tick, len(sent), took))
		}
		if to.flush() != nil {
			return
		}
	}
}

// events sends those after a number, and returns the number of the last one.
func (s *stream) events(to *receiver, last uint64) uint64 {
	all := s.feed.daemon.Events.After(last)
	if len(all) == 0 {
		return last
	}
	last = all[len(all)-1].Number
	to.message("events", s.boot+"."+strconv.FormatUint(last, 10), all)
	return last
}

// state sends the state unless it is the one that was sent last, and returns it.
func (s *stream) state(ctx context.Context, to *receiver, sent []byte) []byte {
	ask, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	encoded, err := s.feed.latest(ask)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		to.message("beat", "", pulse{Now: time.Now(), Error: "the daemon does not tell its state: " + err.Error()})
	case !bytes.Equal(encoded, sent):
		to.message("state", "", json.RawMessage(encoded))
		return encoded
	}
	return sent
}

// receiver is who looks.
type receiver struct {
	w       http.ResponseWriter
	control *http.ResponseController
	buffer  bytes.Buffer
}

// message adds a message: JSON has no line ends of its own.
func (r *receiver) message(name, id string, data any) {
	encoded, err := json.Marshal(data)
	if err != nil {
		return // nothing in here can fail
	}
	fmt.Fprintf(&r.buffer, "event: %s\n", name)
	if id != "" {
		fmt.Fprintf(&r.buffer, "id: %s\n", id)
	}
	fmt.Fprintf(&r.buffer, "data: %s\n\n", encoded)
}

// flush sends what has been added.
func (r *receiver) flush() error {
	if r.buffer.Len() == 0 {
		return nil
	}
	_ = r.control.SetWriteDeadline(time.Now().Add(sendLimit))
	_, err := r.w.Write(r.buffer.Bytes())
	r.buffer.Reset()
	if err != nil {
		return err
	}
	return r.control.Flush()
}

// state is the view as a document of its own.
func (f *feed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), askLimit)
	defer cancel()
	encoded, err := f.latest(ctx)
	if err != nil {
		http.Error(w, "the daemon does not tell its state: "+err.Error(), http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(encoded) // who has hung up does not want it
}
