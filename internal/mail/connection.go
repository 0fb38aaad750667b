package mail

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"

	"github.com/emersion/go-smtp"
)

// refusal is a mail server's word that it will never take a mail.
type refusal struct{ err error }

func (r *refusal) Error() string { return r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

// connection is one dialogue with the mail server.
type connection struct {
	client *smtp.Client
	idle   func() bool // ends the watch on the context
	used   bool
}

// dial looks the server up, connects and says hello. The connection breaks when ctx ends.
func dial(ctx context.Context, s *Settings) (*connection, error) {
	dialer := net.Dialer{Timeout: s.Timeout}
	address := net.JoinHostPort(s.Server, strconv.Itoa(int(s.Port)))
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", address, err)
	}
	c := &connection{client: smtp.NewClient(conn)}
	c.client.CommandTimeout, c.client.SubmissionTimeout = s.Timeout, s.Timeout
	c.idle = context.AfterFunc(ctx, func() { conn.Close() })
	if err := c.client.Hello(clean(s.Helo)); err != nil {
		c.idle()
		conn.Close()
		return nil, fmt.Errorf("greet %s: %w", address, err)
	}
	return c, nil
}

// send sends one mail to all recipients that the server takes. A refusal leaves the connection usable.
func (c *connection) send(s *Settings, a *Alert) error {
	message, err := Message(s, a)
	if err != nil {
		return &refusal{err}
	}
	if c.used {
		if err := c.client.Reset(); err != nil {
			return fmt.Errorf("reset: %w", err)
		}
	}
	c.used = true
	if err := c.client.Mail(envelopeAddress(s.From), nil); err != nil {
		return failure("MAIL FROM", err)
	}
	var refused error
	taken := 0
	for _, to := range s.To {
		switch err := c.client.Rcpt(envelopeAddress(to), nil); {
		case err == nil:
			taken++
		case permanent(err):
			refused = errors.Join(refused, fmt.Errorf("RCPT TO %s: %w", to, err))
		default:
			return failure("RCPT TO "+to, err)
		}
	}
	if taken == 0 {
		return &refusal{refused}
	}
	data, err := c.client.Data()
	if err != nil {
		return failure("DATA", err)
	}
	if _, err := data.Write(message); err != nil {
		return fmt.Errorf("send mail: %w", err)
	}
	if err := data.Close(); err != nil {
		return failure("send mail", err)
	}
	return nil
}

// permanent tells that the server has said no for good.
func permanent(err error) bool {
	var status *smtp.SMTPError
	return errors.As(err, &status) && status.Code >= 500
}

func failure(step string, err error) error {
	err = fmt.Errorf("%s: %w", step, err)
	if permanent(err) {
		return &refusal{err}
	}
	return err
}

// close says goodbye.
func (c *connection) close() {
	if c.client.Quit() != nil {
		c.client.Close()
	}
	c.idle()
}
