package daemon

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/vlan"
)

// mailbox is a mail server that keeps what it gets.
type mailbox struct {
	mu   sync.Mutex
	text []string // HELO, sender, recipients and subject, body
}

func (m *mailbox) NewSession(c *smtp.Conn) (smtp.Session, error) {
	return &posting{box: m, helo: c.Hostname()}, nil
}

func (m *mailbox) all() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return strings.Join(m.text, "\n")
}

type posting struct {
	box        *mailbox
	helo, from string
	to         []string
}

func (p *posting) Mail(from string, _ *smtp.MailOptions) error { p.from = from; return nil }
func (p *posting) Rcpt(to string, _ *smtp.RcptOptions) error   { p.to = append(p.to, to); return nil }
func (p *posting) Reset()                                      { p.from, p.to = "", nil }
func (p *posting) Logout() error                               { return nil }

func (p *posting) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	head, body, _ := strings.Cut(string(b), "\r\n\r\n")
	_, subject, _ := strings.Cut(head, "Subject: ")
	subject, _, _ = strings.Cut(subject, "\r\n")
	p.box.mu.Lock()
	defer p.box.mu.Unlock()
	p.box.text = append(p.box.text, fmt.Sprintf("%s %s %v: %s | %s", p.helo, p.from, p.to, subject, strings.TrimSpace(body)))
	return nil
}

// listen runs the mail server on a host.
func (m *mailbox) listen(t *testing.T, h *vlan.Host) (port int) {
	t.Helper()
	var l net.Listener
	var err error
	h.Do(func() { l, err = net.Listen("tcp", "192.0.2.1:0") })
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(m)
	server.Domain = "relay.example"
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { server.Close() })
	return l.Addr().(*net.TCPAddr).Port
}

// TestNSFIFOAndMailTellTheLifeOfAnInstance reads FIFO and mail from start to stop, with a cut, a reload
// that removes an instance, and the states that a reload asks for.
func TestNSFIFOAndMailTellTheLifeOfAnInstance(t *testing.T) {
	t.Parallel()
	host := vlan.New(t).Host("192.0.2.1/24")
	box := &mailbox{}
	port := box.listen(t, host)
	d := newNode(t, host, "")
	fifo, out, reader := d.file("fifo"), d.file("out"), d.file("reader.sh")
	script := "#!/bin/sh\nfor path; do :; done\necho \"$*\" > " + out + "\nexec cat \"$path\" >> " + out + "\n"
	if err := os.WriteFile(reader, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	global := fmt.Sprintf(`global_defs {
  router_id LAB
  notification_email {
    a@x.example
    b@x.example
  }
  notification_email_from "Director <d@x.example>"
  smtp_server 192.0.2.1 %d
  smtp_helo_name d.example
  smtp_alert
  script_user root
  notify_fifo %s
  notify_fifo_script "%s word"
  fifo_write_vrrp_states_on_reload
}
`, port, fifo, reader)
	extra := strings.NewReplacer("VI_1", "VI_2", "51", "52", virtual, "192.0.2.101").Replace(pairConfig(100, ""))
	extra = extra[strings.Index(extra, "vrrp_instance"):]
	extra = strings.Replace(extra, "  interface", "  notify_deleted\n  state BACKUP\n  advert_int 20\n  interface", 1)
	extra = strings.Replace(extra, "  advert_int 0.5\n", "", 1)
	d.configure(pairConfig(100, global) + extra)
	d.start()
	text := func() string { b, _ := os.ReadFile(out); return string(b) }
	want := "word " + fifo + "\n"
	expect := func(what string, lines ...string) {
		t.Helper()
		for _, l := range lines {
			want += l + "\n"
		}
		wait(t, what+": the reader has all lines", func() bool { return len(text()) >= len(want) })
		if diff := cmp.Diff(want, text()); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", what, diff)
		}
	}
	expect("start", `INSTANCE "VI_1" BACKUP 100`, `INSTANCE "VI_2" BACKUP 100`, `INSTANCE "VI_1" MASTER 100`)
	d.configure(pairConfig(100, global))
	d.kill("keepalived", syscall.SIGHUP)
	expect("reload without VI_2", `INSTANCE "VI_2" DELETED 100`, `INSTANCE "VI_1" MASTER 100`)
	subject := func(s, body string) string {
		return "d.example d@x.example [a@x.example b@x.example]: [LAB] VRRP Instance " + s + " | " + body
	}
	const no, yes = "=> VRRP Instance is no longer owning VRRP VIPs <=", "=> VRRP Instance is now owning VRRP VIPs <="
	mails := strings.Join([]string{
		subject("VI_1 - Entering BACKUP state", no), subject("VI_2 - Entering BACKUP state", no),
		subject("VI_1 - Entering MASTER state", yes), subject("VI_2 - Deleted", "=> VRRP Deleted at reload <="),
	}, "\n")
	wait(t, "all mails", func() bool { return len(box.all()) >= len(mails) })
	d.kill("keepalived", syscall.SIGTERM)
	if status := d.status(); status != 0 {
		t.Errorf("exit status %d", status)
	}
	expect("stop", `INSTANCE "VI_1" STOP 100`)
	if diff := cmp.Diff(mails, box.all()); diff != "" {
		t.Errorf("mails (-want +got):\n%s", diff)
	}
	if _, err := os.Lstat(fifo); err == nil {
		t.Error("the FIFO is still there")
	}
}

// TestNSAMailServerThatDoesNotAnswerHoldsNothingUp starts with a name that cannot be looked up and a
// server that hangs, and must be MASTER, and gone, as if there were no mail.
func TestNSAMailServerThatDoesNotAnswerHoldsNothingUp(t *testing.T) {
	t.Parallel()
	for name, server := range map[string]string{"a name without a name server": "mail.example.invalid", "a server that is not there": "192.0.2.77"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newNode(t, vlan.New(t).Host("192.0.2.1/24"), pairConfig(100, "global_defs {\n  smtp_alert\n  smtp_server "+server+"\n  notification_email {\n    a@x.example\n  }\n}"))
			d.start()
			wait(t, "the address", d.holds(virtual))
			d.kill("keepalived", syscall.SIGTERM)
			began := time.Now()
			d.status()
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("the stop took %v: it waited for the mail server", took)
			}
		})
	}
}
