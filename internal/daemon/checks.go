package daemon

import (
	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/checkers/dns"
	"github.com/holdfast-ha/holdfast/checkers/http"
	"github.com/holdfast-ha/holdfast/checkers/misc"
	"github.com/holdfast-ha/holdfast/checkers/ping"
	"github.com/holdfast-ha/holdfast/checkers/smtp"
	"github.com/holdfast-ha/holdfast/checkers/tcp"
	"github.com/holdfast-ha/holdfast/checkers/udp"
	"github.com/holdfast-ha/holdfast/internal/director"
)

// workshop makes checkers.
type workshop struct {
	keys        keys
	connections *tcp.Pool
}

// newChecker makes the checker of a check.
func (w workshop) newChecker(c director.Check) checkers.Checker {
	switch {
	case c.Misc != nil:
		return misc.New(misc.Options{Command: c.Misc.Command, Timeout: c.Misc.Timeout, Dynamic: c.Misc.Dynamic})
	case c.SMTP != nil:
		return smtp.New(smtp.Options(*c.SMTP))
	case c.DNS != nil:
		return dns.New(dns.Options(*c.DNS))
	case c.HTTP != nil:
		return http.New(w.keys.httpOptions(c.HTTP))
	case c.UDP != nil:
		u := c.UDP
		return udp.New(udp.Options{Endpoint: u.Endpoint, Payload: u.Payload, RequireReply: u.RequireReply,
			Wanted: udp.Wanted{Octets: u.Reply, Mask: u.Mask, MinLen: u.MinLen, MaxLen: u.MaxLen}})
	case c.Ping != nil:
		return ping.New(c.Ping.Endpoint)
	}
	return w.connections.Checker(*c.TCP)
}
