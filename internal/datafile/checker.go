package datafile

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/holdfast-ha/holdfast/parser/config"
)

// checkers is the section of the health checkers.
func (d *checkDump) checkers() {
	list := d.checks()
	if len(list) == 0 {
		return
	}
	d.regexes = countRegexes(list)
	d.Section("Health checkers")
	for i := range list {
		c := &list[i]
		d.Line(0, "%s", c.title())
		d.Line(1, "Enabled = %s", yesNo(!c.state.suspended))
		d.Line(1, "Up = %s", yesNo(c.state.up))
		d.Line(1, "Has run = %s", yesNo(c.state.ran))
		d.Line(1, "Current weight = %d", c.state.weight)
		if c.TrackFile == "" {
			d.timing(c)
		}
		d.Line(1, "Log all failures = %s", yesNo(c.LogAllSet))
		d.connection(c.Checker)
		d.method(c)
	}
}

// What keepalived shows of times and counts that a BFD_CHECK has not.
const (
	noTime  = "18446744073709551615"
	noCount = "4294967295"
)

// timing says when a check runs.
func (d *checkDump) timing(c *listedCheck) {
	d.Line(1, "Alpha = %s", yesNo(c.Alpha))
	switch {
	case c.BFD != "":
		d.Line(1, "Delay loop = %s us", noTime)
		d.Line(1, "Warmup = %s us", noTime)
		d.Line(1, "Retries = %s", noCount)
		d.Line(1, "Delay before retry = %s us", noTime)
		d.Line(1, "Retries iterations = %s", noCount)
	default:
		d.Line(1, "Delay loop = %d us", c.DelayLoop.Microseconds())
		d.Line(1, "Warmup = %d us", c.Warmup.Microseconds())
		d.Line(1, "Retries = %d", c.Retry)
		d.LineIf(c.Retry > 0, 1, "Delay before retry = %d us", c.DelayBeforeRetry.Microseconds())
		d.LineIf(c.Retry > 0, 1, "Retries iterations = %d", c.state.failures)
	}
	d.Line(1, "Default delay before retry = %d us", config.DefaultRetryDelay(c.Type).Microseconds())
}

// connection says what a check connects to.
func (d *checkDump) connection(c *config.Checker) {
	if !c.ConnectAddr.IsValid() {
		return
	}
	d.Line(1, "Connection")
	d.Line(2, "Dest = %s", socket(c.ConnectAddr, c.ConnectPort))
	d.LineIf(c.BindAddr.IsValid(), 2, "Bind to = %s", socket(c.BindAddr, c.BindPort))
	d.LineIf(c.BindIf != "", 2, "Bind i/f = %s", c.BindIf)
	d.LineIf(c.FWMark != 0, 2, "Mark = %d", c.FWMark)
	d.Line(2, "Timeout = %s", seconds(c.ConnectTimeout))
}

// socket is "[192.0.2.10]:80".
func socket(a netip.Addr, port uint16) string { return fmt.Sprintf("[%s]:%d", a, port) }

// method is the part that each kind of check has of its own.
func (d *checkDump) method(c *listedCheck) {
	if h := c.HTTP; h != nil {
		d.Line(1, "Keepalive method = %s, http protocol %s", c.Type, h.Protocol)
		d.http(h)
		return
	}
	d.Line(1, "Keepalive method = %s", c.Type)
	switch {
	case c.MiscScript != nil:
		d.misc(c)
	case c.Helo != "":
		d.Line(1, "helo = %s", c.Helo)
	case c.DNS != nil:
		d.Line(1, "Type = %s", c.DNS.Type)
		d.Line(1, "Name = %s", c.DNS.Name)
	case c.UDP != nil:
		d.udp(c.UDP)
	case c.TrackFile != "":
		d.Line(2, "Tracked file = %s", c.TrackFile)
		d.Line(2, "Reloaded = No")
	case c.BFD != "":
		d.Line(1, "Name = %s", c.BFD)
		d.Line(1, "Alpha is %s", onOff(c.Alpha))
	}
}

func (d *checkDump) misc(c *listedCheck) {
	timeout := time.Duration(0)
	if c.MiscTimeoutSet {
		timeout = c.MiscTimeout
	}
	d.Line(1, "script = %s", command(c.MiscScript))
	d.Line(1, "timeout = %d", whole(timeout))
	d.Line(1, "dynamic = %s", strings.ToUpper(yesNo(c.MiscDynamic)))
	d.Line(1, "uid:gid = %d:%d", c.MiscScript.UID, c.MiscScript.GID)
	d.Line(1, "Last ran = %s", ranAt(c.state.last))
	d.Line(1, "Last status = %d", c.state.status)
}

// ranAt is a time as seconds since 1970, and as a date with the microseconds behind it.
func ranAt(t time.Time) string {
	if t.IsZero() {
		t = time.Unix(0, 0).UTC()
	}
	micro := t.Nanosecond() / 1000
	return fmt.Sprintf("%d.%06d (%s.%06d)", t.Unix(), micro, t.Format("Mon Jan _2 15:04:05 2006"), micro)
}

func (d *checkDump) udp(u *config.UDPCheck) {
	if len(u.Payload) > 0 {
		d.Line(1, "Payload len = %d", len(u.Payload))
	} else {
		d.Line(1, "Payload specified = no")
	}
	d.Line(1, "Require reply = %s", yesNo(u.RequireReply))
	if !u.RequireReply {
		return
	}
	d.Line(2, "Min reply length = %d", u.MinLen)
	d.Line(2, "Max reply length = %d", u.MaxLen)
	d.Line(2, "Reply data len = %d", len(u.Reply))
	d.LineIf(len(u.Reply) > 0, 2, "Reply data mask = %s", yesNo(len(u.ReplyMask) > 0))
}
