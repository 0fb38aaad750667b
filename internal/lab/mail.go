package lab

import (
	"io"
	"log"
	"net"
	"slices"
	"strings"
	"sync"

	"github.com/emersion/go-smtp"
)

// MailServer takes every mail and keeps its subject and body.
type MailServer struct {
	server *smtp.Server
	mu     sync.Mutex
	mails  []Mail
}

// Mail is one mail as it arrived.
type Mail struct {
	From    string
	To      []string
	Subject string
	Body    string // without the empty line at its end
}

// Mail runs a mail server on the host, at an address such as "10.0.0.1:25".
func (h *Host) Mail(address string) (*MailServer, error) {
	var l net.Listener
	err := h.Do(func() (err error) {
		l, err = net.Listen("tcp", address)
		return err
	})
	if err != nil {
		return nil, err
	}
	m := &MailServer{}
	m.server = smtp.NewServer(m)
	m.server.Domain = h.Name
	m.server.ErrorLog = log.New(io.Discard, "", 0) // clients that go without a word
	go func() { _ = m.server.Serve(l) }()
	h.onClose(func() { m.server.Close() })
	return m, nil
}

// Mails returns what has arrived so far.
func (m *MailServer) Mails() []Mail {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.mails)
}

// NewSession implements smtp.Backend.
func (m *MailServer) NewSession(*smtp.Conn) (smtp.Session, error) { return &mailSession{to: m}, nil }

type mailSession struct {
	to   *MailServer
	mail Mail
}

func (s *mailSession) Mail(from string, _ *smtp.MailOptions) error { s.mail.From = from; return nil }
func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.mail.To = append(s.mail.To, to)
	return nil
}
func (s *mailSession) Reset()        { s.mail = Mail{} }
func (s *mailSession) Logout() error { return nil }

func (s *mailSession) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	head, body, _ := strings.Cut(string(b), "\r\n\r\n")
	for line := range strings.SplitSeq(head, "\r\n") {
		if subject, ok := strings.CutPrefix(line, "Subject: "); ok {
			s.mail.Subject = subject
		}
	}
	s.mail.Body = strings.TrimRight(body, "\r\n")
	s.to.mu.Lock()
	defer s.to.mu.Unlock()
	s.to.mails = append(s.to.mails, s.mail)
	return nil
}
