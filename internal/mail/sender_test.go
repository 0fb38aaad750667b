package mail

import (
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"go.uber.org/zap"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what takes milliseconds on an idle machine.
const patience = time.Minute

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}

// relay is a mail server that keeps what it gets. trouble, where given, may refuse a step.
type relay struct {
	mu       sync.Mutex
	got      []string // from, recipients, subject
	sessions int
	trouble  func(r *relay, step, argument string) error
}

func (r *relay) NewSession(*smtp.Conn) (smtp.Session, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sessions++
	return &delivery{relay: r}, nil
}

func (r *relay) mails() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

func (r *relay) step(step, argument string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.trouble == nil {
		return nil
	}
	return r.trouble(r, step, argument)
}

type delivery struct {
	relay *relay
	from  string
	to    []string
}

func (d *delivery) Mail(from string, _ *smtp.MailOptions) error {
	d.from = from
	return d.relay.step("MAIL", from)
}

func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error {
	if err := d.relay.step("RCPT", to); err != nil {
		return err
	}
	d.to = append(d.to, to)
	return nil
}

func (d *delivery) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	_, rest, _ := strings.Cut(string(b), "Subject: ")
	subject, _, _ := strings.Cut(rest, "\r\n")
	if err := d.relay.step("DATA", subject); err != nil {
		return err
	}
	d.relay.mu.Lock()
	defer d.relay.mu.Unlock()
	d.relay.got = append(d.relay.got, fmt.Sprintf("%s -> %s: %s", d.from, strings.Join(d.to, " "), subject))
	return nil
}

func (d *delivery) Reset()        { d.from, d.to = "", nil }
func (d *delivery) Logout() error { return nil }

// serve runs the relay and returns its port.
func (r *relay) serve(t *testing.T) uint16 {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(r)
	server.Domain = "relay.example"
	ended := make(chan struct{})
	go func() { defer close(ended); _ = server.Serve(l) }()
	t.Cleanup(func() { server.Close(); <-ended })
	return uint16(l.Addr().(*net.TCPAddr).Port)
}

func settings(port uint16) Settings {
	return Settings{Server: "localhost", Port: port, Helo: "d1.example", From: "Keepalived <ka@x.example>",
		To: []string{"a@x.example", "b@x.example"}, Timeout: patience}
}

func newTestSender(t *testing.T, s Settings) *Sender {
	t.Helper()
	sender := newSender(zap.NewNop(), []time.Duration{time.Millisecond, 2 * time.Millisecond})
	sender.Use(s)
	t.Cleanup(func() { sender.Stop(0) })
	return sender
}

func mailed(subjects ...string) []string {
	var all []string
	for _, s := range subjects {
		all = append(all, "ka@x.example -> a@x.example b@x.example: "+s)
	}
	return all
}

func TestABurstGoesOverOneConnectionInItsOrder(t *testing.T) {
	r := &relay{}
	// The queue fills before the sender has a server to send to.
	sender := newTestSender(t, Settings{Server: "192.0.2.1", To: []string{"a@x.example"}})
	sender.mu.Lock()
	var subjects []string
	for i := range 20 {
		subjects = append(subjects, fmt.Sprintf("alert %02d", i))
		sender.queue = append(sender.queue, waiting{Alert: Alert{Subject: subjects[i]}})
	}
	sender.settings = settings(r.serve(t))
	sender.signal()
	sender.mu.Unlock()
	eventually(t, "all are sent", func() bool { return sender.Stats().Sent == 20 })
	if diff := cmp.Diff(mailed(subjects...), r.mails()); diff != "" {
		t.Errorf("mails (-want +got):\n%s", diff)
	}
	if r.sessions != 1 {
		t.Errorf("%d connections, want 1", r.sessions)
	}
}

func TestATroubleThatPassesCostsNoMail(t *testing.T) {
	for _, step := range []string{"MAIL", "RCPT", "DATA"} {
		t.Run(step, func(t *testing.T) {
			troubles := 0
			r := &relay{trouble: func(_ *relay, at, _ string) error {
				if at == step && troubles < 2 {
					troubles++
					return &smtp.SMTPError{Code: 451, Message: "try again later"}
				}
				return nil
			}}
			sender := newTestSender(t, settings(r.serve(t)))
			sender.Send(Alert{Subject: "one"})
			sender.Send(Alert{Subject: "two"})
			eventually(t, "both are sent", func() bool { return sender.Stats().Sent == 2 })
			if diff := cmp.Diff(mailed("one", "two"), r.mails()); diff != "" {
				t.Errorf("mails (-want +got):\n%s", diff)
			}
		})
	}
}

func TestARefusedMailIsNotRepeatedAndTheNextIsSent(t *testing.T) {
	r := &relay{trouble: func(_ *relay, step, argument string) error {
		if step == "DATA" && argument == "spam" {
			return &smtp.SMTPError{Code: 554, Message: "no"}
		}
		return nil
	}}
	sender := newTestSender(t, settings(r.serve(t)))
	sender.Send(Alert{Subject: "spam"})
	sender.Send(Alert{Subject: "ham"})
	eventually(t, "one is sent", func() bool { return sender.Stats().Sent == 1 })
	if s := sender.Stats(); s.Failed != 1 || s.Waiting != 0 {
		t.Errorf("stats: %+v", s)
	}
	if diff := cmp.Diff(mailed("ham"), r.mails()); diff != "" {
		t.Errorf("mails (-want +got):\n%s", diff)
	}
}

func TestARecipientThatIsRefusedCostsTheOthersNothing(t *testing.T) {
	r := &relay{trouble: func(_ *relay, step, argument string) error {
		if step == "RCPT" && argument == "a@x.example" {
			return &smtp.SMTPError{Code: 550, Message: "unknown"}
		}
		return nil
	}}
	sender := newTestSender(t, settings(r.serve(t)))
	sender.Send(Alert{Subject: "x"})
	eventually(t, "it is sent", func() bool { return sender.Stats().Sent == 1 })
	if got := r.mails(); len(got) != 1 || got[0] != "ka@x.example -> b@x.example: x" {
		t.Errorf("mails: %q", got)
	}
}

func TestAServerThatStaysAwayIsGivenUpAfterAFewAttempts(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := uint16(l.Addr().(*net.TCPAddr).Port)
	l.Close() // refused from now on
	sender := newTestSender(t, settings(port))
	sender.Send(Alert{Subject: "x"})
	eventually(t, "it is given up", func() bool { return sender.Stats().Failed == 1 })
	if s := sender.Stats(); s.Sent != 0 || s.Waiting != 0 {
		t.Errorf("stats: %+v", s)
	}
}

func TestANameIsLookedUpForEachConnection(t *testing.T) {
	s := settings(25)
	s.Server = "no.such.host.invalid"
	s.Timeout = 5 * time.Second // of an attempt: a name server may not answer at all
	sender := newTestSender(t, s)
	sender.Send(Alert{Subject: "x"})
	eventually(t, "it is given up", func() bool { return sender.Stats().Failed == 1 })
	r := &relay{}
	sender.Use(settings(r.serve(t)))
	sender.Send(Alert{Subject: "y"})
	eventually(t, "the next is sent", func() bool { return sender.Stats().Sent == 1 })
}

// deaf accepts connections and says nothing.
func deaf(t *testing.T) (port uint16, accepted <-chan net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	conns := make(chan net.Conn, 64)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			conns <- c
		}
	}()
	t.Cleanup(func() { l.Close(); <-ended })
	return uint16(l.Addr().(*net.TCPAddr).Port), conns
}

func TestAServerThatHangsDelaysNothingAndTheOldestGiveWay(t *testing.T) {
	port, accepted := deaf(t)
	sender := newTestSender(t, settings(port))
	sender.Send(Alert{Subject: "first"})
	conn := <-accepted // "first" is under way
	const more = queueLimit + 10
	for i := range more {
		sender.Send(Alert{Subject: fmt.Sprint(i)}) // hangs here, or not at all
	}
	if s := sender.Stats(); s.Dropped != 10 || s.Waiting != queueLimit {
		t.Errorf("stats: %+v", s)
	}
	r := &relay{}
	sender.Use(settings(r.serve(t)))
	conn.Close()
	eventually(t, "the rest is sent", func() bool { return sender.Stats().Sent == queueLimit })
	var want []string
	for i := more - queueLimit; i < more; i++ {
		want = append(want, fmt.Sprint(i))
	}
	if diff := cmp.Diff(mailed(want...), r.mails()); diff != "" {
		t.Errorf("mails (-want +got):\n%s", diff)
	}
}

func TestStopSendsWhatWaitsButWaitsForNobody(t *testing.T) {
	r := &relay{}
	sender := newTestSender(t, settings(r.serve(t)))
	for range 5 {
		sender.Send(Alert{Subject: "x"})
	}
	sender.Stop(patience)
	if s := sender.Stats(); s.Sent != 5 {
		t.Errorf("stats: %+v", s)
	}
	port, accepted := deaf(t)
	hanging := newTestSender(t, settings(port))
	hanging.Send(Alert{Subject: "x"})
	defer (<-accepted).Close()
	hanging.Stop(0) // hangs here if the server is waited for
}

func TestNobodyToMailMeansNoQueue(t *testing.T) {
	for name, s := range map[string]Settings{
		"no server": {To: []string{"a@x.example"}}, "nobody": {Server: "127.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			sender := newTestSender(t, s)
			sender.Send(Alert{Subject: "x"})
			if got := sender.Stats(); got != (Stats{}) {
				t.Errorf("stats: %+v", got)
			}
		})
	}
}

func TestAReloadThatWantsNoMailDropsWhatWaits(t *testing.T) {
	port, accepted := deaf(t)
	sender := newTestSender(t, settings(port))
	sender.Send(Alert{Subject: "x"})
	conn := <-accepted
	sender.Use(Settings{})
	conn.Close()
	eventually(t, "nothing waits", func() bool { return sender.Stats().Waiting == 0 })
}

func TestRefusalKeepsItsCause(t *testing.T) {
	cause := &smtp.SMTPError{Code: 550}
	err := failure("DATA", cause)
	var got *smtp.SMTPError
	if !errors.As(err, &got) || got != cause {
		t.Errorf("%v", err)
	}
}
