package mail

import (
	"bytes"
	"fmt"
	"mime"
	netmail "net/mail"
	"strings"
	"time"
	"unicode/utf8"

	gomail "github.com/emersion/go-message/mail"
	"github.com/emersion/go-message/textproto"
)

// Settings say where alerts go.
type Settings struct {
	// Server is the mail server, an address or a name; empty: no mail is sent.
	Server string
	Port   uint16
	Helo   string
	// From is an address, or a name and an address in angle brackets.
	From string
	// To are the recipients; none: no mail is sent.
	To []string
	// Timeout bounds the connection's set-up, the look-up of the name included, and each answer.
	Timeout time.Duration
}

// enabled tells whether any mail is sent.
func (s *Settings) enabled() bool { return s.Server != "" && len(s.To) > 0 }

// Alert is one mail.
type Alert struct {
	At            time.Time
	Subject, Body string // one line each
}

// Message is the mail in full: the headers that keepalived sends, in its order, and the body. What
// stands in a header stays there: control characters become blanks.
func Message(s *Settings, a *Alert) ([]byte, error) {
	var h gomail.Header
	body := clean(a.Body)
	// The library puts each header before those that are there.
	if strings.ContainsFunc(body, func(r rune) bool { return r >= utf8.RuneSelf }) {
		h.Set("Content-Transfer-Encoding", "8bit")
		h.Set("Content-Type", "text/plain; charset=utf-8")
		h.Set("Mime-Version", "1.0")
	}
	var to []string
	for _, r := range s.To {
		to = append(to, headerAddress(r))
	}
	h.Set("To", strings.Join(to, ", "))
	h.Set("X-Mailer", "Keepalived")
	// keepalived folds no line; nor do we this one, which people and scripts look for.
	h.AddRaw([]byte("Subject: " + mime.QEncoding.Encode("utf-8", clean(a.Subject)) + "\r\n"))
	h.Set("From", headerAddress(s.From))
	h.SetDate(a.At)
	var b bytes.Buffer
	if err := textproto.WriteHeader(&b, h.Header.Header); err != nil {
		return nil, fmt.Errorf("write mail header: %w", err)
	}
	b.WriteString(body)
	b.WriteString("\r\n\r\n") // keepalived ends with an empty line
	return b.Bytes(), nil
}

// headerAddress is an address as a header has it: as it was written, with a name that is not ASCII
// encoded.
func headerAddress(s string) string {
	s = clean(s)
	if a, err := netmail.ParseAddress(s); err == nil && strings.ContainsFunc(a.Name, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return a.String()
	}
	return s
}

// envelopeAddress is the bare address, for MAIL and RCPT. One that is no address by the rules, such
// as "root", is left to the server to judge.
func envelopeAddress(s string) string {
	s = clean(s)
	if a, err := netmail.ParseAddress(s); err == nil {
		return a.Address
	}
	if open, end := strings.LastIndexByte(s, '<'), strings.LastIndexByte(s, '>'); open >= 0 && open < end {
		s = s[open+1 : end]
	}
	return strings.Map(func(r rune) rune {
		if r == '<' || r == '>' || r == ' ' {
			return -1
		}
		return r
	}, s)
}

// clean makes a text one line without control characters.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}
