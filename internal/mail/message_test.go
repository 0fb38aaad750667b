package mail

import (
	"bytes"
	"io"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func at() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600)) }

func TestMessageIsKeepaliveds(t *testing.T) {
	s := Settings{From: "Keepalived <ka@x.example>", To: []string{"a@x.example", "b@x.example"}}
	got, err := Message(&s, &Alert{At: at(), Subject: "[LAB] VRRP Instance VI_1 - Entering MASTER state", Body: "=> VRRP Instance is now owning VRRP VIPs <="})
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		"Date: Fri, 02 Jan 2026 03:04:05 +0100",
		"From: Keepalived <ka@x.example>",
		"Subject: [LAB] VRRP Instance VI_1 - Entering MASTER state",
		"X-Mailer: Keepalived",
		"To: a@x.example, b@x.example",
		"",
		"=> VRRP Instance is now owning VRRP VIPs <=",
		"",
		"",
	}, "\r\n")
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
}

func TestALongSubjectStaysOnItsLine(t *testing.T) {
	subject := "[LAB] Realserver [2001:db8:1:2:3:4:5:6]:tcp:80 of virtual server [2001:db8:1:2:3:4:5:7]:tcp:80 - DOWN"
	got, err := Message(&Settings{From: "a@x.example", To: []string{"b@x.example"}}, &Alert{At: at(), Subject: subject, Body: "=> x <="})
	if err != nil || !bytes.Contains(got, []byte("\r\nSubject: "+subject+"\r\n")) {
		t.Errorf("%v, %s", err, got)
	}
}

func TestNothingGetsOutOfItsHeader(t *testing.T) {
	evil := "x\r\nBcc: victim@x.example\r\n\r\nbody\x00\x7f"
	s := Settings{From: "a@x.example" + evil, To: []string{"b@x.example" + evil}}
	got, err := Message(&s, &Alert{At: at(), Subject: "[" + evil + "] é \xff", Body: "=> " + evil})
	if err != nil {
		t.Fatal(err)
	}
	m, err := netmail.ReadMessage(bytes.NewReader(got))
	if err != nil {
		t.Fatalf("%v in:\n%s", err, got)
	}
	if bcc := m.Header.Get("Bcc"); bcc != "" || len(m.Header) != 5 {
		t.Errorf("headers: %v", m.Header)
	}
	if body, _ := io.ReadAll(m.Body); strings.Count(string(body), "\r\n") != 2 {
		t.Errorf("body: %q", body)
	}
	for _, a := range []string{evil, "Name <a@x.example>\r\nDATA", "a>\r\nDATA<"} {
		if e := envelopeAddress(a); strings.ContainsAny(e, "\r\n<> ") {
			t.Errorf("envelope of %q: %q", a, e)
		}
	}
}

func TestEnvelopeHasTheBareAddress(t *testing.T) {
	for in, want := range map[string]string{
		"a@x.example": "a@x.example", "<a@x.example>": "a@x.example", "Name <a@x.example>": "a@x.example",
		`"Long, Name" <a@x.example>`: "a@x.example", "root": "root", "Name of Root <root>": "root",
	} {
		if got := envelopeAddress(in); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

func TestTextThatIsNotASCIIIsReadable(t *testing.T) {
	s := Settings{From: "Wächter <w@x.example>", To: []string{"a@x.example"}}
	got, err := Message(&s, &Alert{At: at(), Subject: "[Büro] VRRP", Body: "=> Büro <="})
	if err != nil {
		t.Fatal(err)
	}
	m, err := netmail.ReadMessage(bytes.NewReader(got))
	if err != nil {
		t.Fatal(err)
	}
	from, err := m.Header.AddressList("From")
	if err != nil || from[0].Name != "Wächter" || from[0].Address != "w@x.example" {
		t.Errorf("From: %v, %v", from, err)
	}
	if h := m.Header.Get("Content-Type"); h != "text/plain; charset=utf-8" || m.Header.Get("Mime-Version") != "1.0" {
		t.Errorf("headers: %v", m.Header)
	}
	if strings.ContainsFunc(m.Header.Get("Subject"), func(r rune) bool { return r > 0x7f }) {
		t.Errorf("Subject: %q", m.Header.Get("Subject"))
	}
}

func FuzzMessageKeepsItsHeaders(f *testing.F) {
	f.Add("[LAB] x", "Name <a@x.example>", "b@x.example", "=> y <=")
	f.Add("\r\nBcc: x", "\n", " ", ".\r\n.")
	f.Fuzz(func(t *testing.T, subject, from, to, body string) {
		got, err := Message(&Settings{From: from, To: []string{to}}, &Alert{At: at(), Subject: subject, Body: body})
		if err != nil {
			return
		}
		m, err := netmail.ReadMessage(bytes.NewReader(got))
		if err != nil {
			t.Fatalf("%v: %q", err, got)
		}
		for name := range m.Header {
			switch name {
			case "Date", "From", "Subject", "X-Mailer", "To", "Mime-Version", "Content-Type", "Content-Transfer-Encoding":
			default:
				t.Fatalf("header %q: %q", name, got)
			}
		}
	})
}
