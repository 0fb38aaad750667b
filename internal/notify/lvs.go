package notify

import (
	"fmt"
	"strings"

	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/mail"
	"github.com/holdfast-ha/holdfast/lvs"
)

// TellLVS returns what to tell of a change of virtual or real servers. Its scripts have been run where
// it happened.
func TellLVS(routerID string, c director.Change) Notice {
	word := "DOWN"
	if c.Up {
		word = "UP"
	}
	var n Notice
	subject, body := "", ""
	switch c.Kind {
	case lvs.RealServerUp, lvs.RealServerDown:
		n.Line = fmt.Sprintf("RS %s %s %s\n\x00", c.RealServer, c.VirtualServer, word)
		if c.Removed && !c.Up {
			subject, body = realSubject(c, word), removal(c)
		}
	case lvs.QuorumGained, lvs.QuorumLost:
		n.Line = fmt.Sprintf("VS %s %s\n\x00", c.VirtualServer, word)
		subject, body = fmt.Sprintf("Virtualserver %s - %s", c.VirtualServer, word), quorum(c)
	case lvs.CheckUp, lvs.CheckDown:
		subject, body = realSubject(c, word), verdict(c)
	}
	if c.Alert && body != "" {
		n.Mail = &mail.Alert{At: c.At, Subject: "[" + routerID + "] " + subject, Body: body}
	}
	return n
}

func realSubject(c director.Change, word string) string {
	return fmt.Sprintf("Realserver %s of virtual server %s - %s", c.RealServer, c.VirtualServer, word)
}

func removal(c director.Change) string {
	if c.Stopping {
		return "=> Shutting down <="
	}
	return "=> Removing <="
}

// quorum is the sum that decided, as keepalived writes it: with + and <= for a loss, too.
func quorum(c director.Change) string {
	what := "Lost quorum"
	switch {
	case c.Initial && c.Up:
		what = "Starting with quorum up"
	case c.Initial:
		what = "Starting with quorum down"
	case c.Up:
		what = "Gained quorum"
	}
	threshold := int64(c.Quorum) + int64(c.Hysteresis)
	if !c.Up {
		threshold = int64(c.Quorum) - int64(c.Hysteresis)
	}
	return fmt.Sprintf("=> %s %d+%d=%d <= %d <=", what, c.Quorum, c.Hysteresis, threshold, c.Weight)
}

// verdict is what a check has found, in keepalived's words, which differ from kind to kind.
func verdict(c director.Change) string {
	passed := c.Kind == lvs.CheckUp
	word := func(up, down string) string {
		if passed {
			return up
		}
		return down
	}
	switch c.Check {
	case "TCP_CHECK", "UDP_CHECK", "PING_CHECK":
		name := strings.Replace(strings.Replace(c.Check, "_", " ", 1), "PING", "ICMP", 1)
		return "=> " + name + " " + word("succeed", "failed") + " on service <="
	case "DNS_CHECK":
		return "=> DNS_CHECK: " + word("succeed", "failed") + " on service <="
	case "MISC_CHECK":
		return "=> MISC CHECK " + word("succeeded", "failed") + " on service <="
	case "HTTP_GET", "SSL_GET":
		return word("=> CHECK succeed on service <=", "=> CHECK failed on service : HTTP request failed <=")
	}
	return word("=> CHECK succeed on service <=", "=> CHECK failed on service : "+c.Detail+" <=")
}
