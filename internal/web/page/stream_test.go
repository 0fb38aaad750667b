package page

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/control"
)

// message is one of the stream, by the rules of the format: fields a line, and an empty line at the end.
type message struct{ event, id, data, retry string }

// listener is who reads a stream.
type listener struct {
	t    *testing.T
	resp *http.Response
	in   *bufio.Reader
}

// listen opens the stream.
func (s *stage) listen(t *testing.T, query, lastID string) *listener {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	r, err := http.NewRequestWithContext(ctx, "GET", s.url(streamPath+query), nil)
	if err != nil {
		t.Fatal(err)
	}
	if lastID != "" {
		r.Header.Set("Last-Event-ID", lastID)
	}
	tr := &http.Transport{}
	resp, err := (&http.Client{Transport: tr}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); resp.Body.Close(); tr.CloseIdleConnections() })
	return &listener{t: t, resp: resp, in: bufio.NewReader(resp.Body)}
}

// next reads one message.
func (l *listener) next() message {
	l.t.Helper()
	var m message
	for {
		line, err := l.in.ReadString('\n')
		if err != nil {
			l.t.Fatalf("read stream: %v", err)
		}
		line = strings.TrimSuffix(line, "\n")
		if line == "" {
			return m
		}
		field, value, ok := strings.Cut(line, ": ")
		if !ok {
			l.t.Fatalf("%q is no field", line)
		}
		switch field {
		case "event":
			m.event = value
		case "id":
			m.id = value
		case "data":
			m.data += value
		case "retry":
			m.retry = value
		default:
			l.t.Fatalf("field %q", field)
		}
	}
}

// await reads until a message of that kind that is right.
func (l *listener) await(event string, right func(message) bool) message {
	l.t.Helper()
	for {
		if m := l.next(); m.event == event && (right == nil || right(m)) {
			return m
		}
	}
}

func decode[T any](t *testing.T, m message) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(m.data), &v); err != nil {
		t.Fatalf("%s: %v", m.event, err)
	}
	return v
}

func TestStreamBeginsWithAllThereIsAndGoesOnWithWhatChanges(t *testing.T) {
	s := open(t, play(time.Now()), false)
	l := s.listen(t, "", "")
	if got := l.resp.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("Content-Type %q", got)
	}
	if m := l.next(); m.retry != "1000" {
		t.Errorf("begins with %+v, want the time after which to come again", m)
	}
	first := l.next()
	if h := decode[hello](t, first); first.event != "hello" || h.Schema != Schema || h.Boot == "" || h.Now.IsZero() {
		t.Errorf("greets with %+v", first)
	}
	if all := decode[[]control.Event](t, l.await("events", nil)); len(all) != 8 || all[7].To != "DOWN" {
		t.Errorf("%d events, the last %+v", len(all), all[len(all)-1])
	}
	if v := decode[View](t, l.await("state", nil)); v.Host != "director-1" || v.Actions || len(v.Instances) != 3 {
		t.Errorf("the state has host %q, actions %v, %d instances", v.Host, v.Actions, len(v.Instances))
	}
	s.change(func(c *control.Status) { c.VRRP.Instances[2].State = "MASTER" },
		control.Event{Kind: control.EventInstance, Name: "VI_STORAGE", From: "BACKUP", To: "MASTER"})
	if more := decode[[]control.Event](t, l.await("events", nil)); len(more) != 1 || more[0].Number != 9 {
		t.Errorf("after one event: %+v", more)
	}
	if v := decode[View](t, l.await("state", nil)); v.Instances[2].State != "MASTER" {
		t.Errorf("after the event it is %s", v.Instances[2].State)
	}
	// What changes without an event is seen as well, and nothing is sent twice.
	s.change(func(c *control.Status) { c.VRRP.Instances[2].Priority = 91 }, control.Event{})
	if v := decode[View](t, l.await("state", nil)); v.Instances[2].Priority != 91 {
		t.Errorf("priority %d", v.Instances[2].Priority)
	}
	for range 2 {
		if m := l.next(); m.event != "beat" {
			t.Errorf("nothing has changed, and there is %+v", m)
		}
	}
}

func TestStreamGoesOnWhereItWasLost(t *testing.T) {
	s := open(t, play(time.Now()), false)
	id := s.listen(t, "", "").await("events", nil).id
	for name, again := range map[string]func() *listener{
		"by a browser":  func() *listener { return s.listen(t, "", id) },
		"by the script": func() *listener { return s.listen(t, "?after="+id, "") },
	} {
		l := again()
		l.await("state", nil)
		s.change(func(*control.Status) {}, control.Event{Kind: control.EventBFD, Name: name, To: "DOWN"})
		m := l.await("events", nil)
		if more := decode[[]control.Event](t, m); len(more) != 1 || more[0].Name != name {
			t.Errorf("%s: after %s there is %+v", name, id, more)
		}
		id = m.id
	}
	for _, other := range []string{"x.3", "nonsense", "." + strings.SplitN(id, ".", 2)[1]} {
		if all := decode[[]control.Event](t, s.listen(t, "", other).await("events", nil)); len(all) != 10 {
			t.Errorf("Last-Event-ID %q, of another run: %d events, want all 10", other, len(all))
		}
	}
}

func TestStreamsAreBounded(t *testing.T) {
	s := open(t, play(time.Now()), false)
	var all []*listener
	for range maxStreams {
		l := s.listen(t, "", "")
		l.await("hello", nil)
		all = append(all, l)
	}
	if l := s.listen(t, "", ""); l.resp.StatusCode != http.StatusServiceUnavailable || l.resp.Header.Get("Retry-After") == "" {
		t.Errorf("one too many: %s", l.resp.Status)
	}
	all[0].resp.Body.Close()
	for end := time.Now().Add(patience); s.listen(t, "", "").resp.StatusCode != http.StatusOK; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("one has left, and nobody gets its place")
		}
	}
}

func TestStreamTellsThatThereIsNoState(t *testing.T) {
	s := play(time.Now())
	gate := make(chan struct{})
	f := &feed{daemon: Daemon{Events: &s.events, Snapshot: func(ctx context.Context) (*control.Status, error) {
		select {
		case <-gate:
		case <-ctx.Done():
		}
		return nil, context.DeadlineExceeded
	}}}
	close(gate)
	st := &stream{feed: f, boot: "b", tick: time.Hour, beat: time.Hour}
	to := &receiver{}
	if sent := st.state(t.Context(), to, []byte("old")); string(sent) != "old" || !strings.Contains(to.buffer.String(), `"error":"the daemon does not tell its state`) {
		t.Errorf("%q", to.buffer.String())
	}
}

func TestStreamEndsWithItsListener(t *testing.T) {
	s := open(t, play(time.Now()), false)
	l := s.listen(t, "", "")
	l.await("state", nil)
	s.server.Close(patience)
	if _, err := io.Copy(io.Discard, l.in); err != nil {
		t.Errorf("the listener went, and the stream ended by %v", err)
	}
}

func TestLargeStatesAreSentLessOften(t *testing.T) {
	for size, want := range map[int]time.Duration{0: time.Second, 10 << 10: time.Second, 256 << 10: time.Second, 1 << 20: 4 * time.Second} {
		if got := pause(time.Second, size, 0); got != want {
			t.Errorf("%d octets: every %v, want %v", size, got, want)
		}
	}
	if got := pause(time.Second, 100, 2*time.Second); got != 6*time.Second {
		t.Errorf("after two seconds of asking: %v", got)
	}
}
