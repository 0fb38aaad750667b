package director

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/holdfast-ha/holdfast/checkers/dial"
	"github.com/holdfast-ha/holdfast/checkers/http"
)

// TCPCheck is a TCP_CHECK.
type TCPCheck = dial.Endpoint

// SMTPCheck is an SMTP_CHECK.
type SMTPCheck struct {
	dial.Endpoint
	Helo string
}

// DNSCheck is a DNS_CHECK.
type DNSCheck struct {
	dial.Endpoint
	Type, Name string
}

// UDPCheck is a UDP_CHECK.
type UDPCheck struct {
	dial.Endpoint
	Payload      []byte // nil: the default
	RequireReply bool
	Reply, Mask  []byte // what a reply begins with, and which bits of it count; nil: any, all
	MinLen       int    // of a reply, with Reply
	MaxLen       int
}

// PingCheck is a PING_CHECK.
type PingCheck struct{ dial.Endpoint }

// FileCheck is a FILE_CHECK: nothing is run for it, Director.Files tells what is in the file.
type FileCheck struct {
	Name, Path string // of the track_file
	Weight     int    // what its number is multiplied by; 0: the number only tells up from down
	Reverse    bool
}

// told tells whether the result of a check is told and nothing is run for it.
func (c *Check) told() bool { return c.Session != "" || c.File != nil }

// Files are the paths of the files that checks go by, sorted, each once.
func (s *Settings) Files() []string {
	var paths []string
	for _, v := range s.VirtualServers {
		for _, r := range v.RealServers {
			for _, c := range r.Checks {
				if c.File != nil {
					paths = append(paths, c.File.Path)
				}
			}
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// endpoint is what a check of the network connects to; nil for other checks.
func (c *Check) endpoint() *dial.Endpoint {
	switch {
	case c.TCP != nil:
		return c.TCP
	case c.SMTP != nil:
		return &c.SMTP.Endpoint
	case c.DNS != nil:
		return &c.DNS.Endpoint
	case c.UDP != nil:
		return &c.UDP.Endpoint
	case c.HTTP != nil:
		return &c.HTTP.Endpoint
	case c.Ping != nil:
		return &c.Ping.Endpoint
	}
	return nil
}

// smtpWaits is how often an SMTP_CHECK waits for the server: for the connection and three replies.
const smtpWaits = 4

// timeout is how long the check says that one run may take; 0: it says nothing.
func (c *Check) timeout() time.Duration {
	switch e := c.endpoint(); {
	case c.SMTP != nil:
		return smtpWaits * e.Limit()
	case c.HTTP != nil:
		return http.Limit(e.Timeout)
	case e != nil:
		return e.Timeout
	case c.Misc != nil:
		return c.Misc.Timeout
	}
	return 0
}

// identity tells what a check does, without when: two checks of equal identity give equal results,
// so that a reload keeps the state of a check whose timing has changed.
func identity(c Check) string {
	e := c.endpoint()
	text := c.Name
	if e != nil {
		text = strings.Join([]string{c.Name, e.Target.String(), e.Bind.String(), e.BindIf, strconv.FormatUint(uint64(e.Mark), 10)}, " ")
	}
	switch {
	case c.SMTP != nil:
		return fmt.Sprintf("%s %q", text, c.SMTP.Helo)
	case c.DNS != nil:
		return fmt.Sprintf("%s %s %q", text, c.DNS.Type, c.DNS.Name)
	case c.UDP != nil:
		u := c.UDP
		return fmt.Sprintf("%s %x %v %x/%x %d-%d", text, u.Payload, u.RequireReply, u.Reply, u.Mask, u.MinLen, u.MaxLen)
	case c.HTTP != nil:
		h := *c.HTTP
		h.Endpoint, h.FastRecovery, h.SSL = dial.Endpoint{}, false, nil
		return fmt.Sprintf("%s %+v", text, h)
	case c.Misc != nil:
		return fmt.Sprintf("%s %q %d:%d %v %v", text, c.Misc.Command.Args, c.Misc.Command.UID, c.Misc.Command.GID,
			c.Misc.Command.Groups, c.Misc.Dynamic)
	case c.Session != "":
		return text + " " + c.Session
	case c.File != nil:
		return fmt.Sprintf("%s %+v", text, *c.File)
	}
	return text
}
