package config

import (
	"strings"
	"time"

	"github.com/holdfast-ha/holdfast/parser"
)

func registerGlobalMail(gr *grammar) {
	g := globals{gr}
	g.named("router_id", func(c *Global) *string { return &c.RouterID })
	g.line("global_defs", "notification_email_from", (*decoder).emailFrom)
	g.list("global_defs", "notification_email", func(d *decoder) {
		d.global.emails, d.global.emailAt = len(d.cfg.Global.EmailTo), d.words[0]
	}, func(d *decoder) {
		for _, w := range d.words {
			d.cfg.Global.EmailTo = append(d.cfg.Global.EmailTo, w.Text)
		}
	}, func(d *decoder) {
		if len(d.cfg.Global.EmailTo) == d.global.emails {
			d.problem("empty", d.global.emailAt, "notification_email names nobody")
		}
	})
	g.line("global_defs", "smtp_server", (*decoder).smtpServer)
	g.line("global_defs", "smtp_helo_name", func(d *decoder) {
		if len(d.words) > 1 {
			d.cfg.Global.SMTPHelo = d.words[1].Text
		}
	})
	g.line("global_defs", "smtp_connect_timeout", func(d *decoder) {
		n, ok := d.uint(1, 0, maxSeconds)
		if ok && n == 0 {
			d.ignored("range", d.words[1], "smtp_connect_timeout must be greater than 0").Instead = "1 is used"
			n = 1
		}
		if ok {
			d.cfg.Global.SMTPTimeout, d.cfg.Global.SMTPTimeoutSet = time.Duration(n)*time.Second, true
		}
	})
	g.tristate("smtp_alert", func(c *Global) *Tristate { return &c.SMTPAlert })
	g.tristate("smtp_alert_vrrp", func(c *Global) *Tristate { return &c.SMTPAlertVRRP })
	g.tristate("smtp_alert_checker", func(c *Global) *Tristate { return &c.SMTPAlertCheck })
	g.flag("no_email_faults", func(c *Global) *bool { return &c.NoEmailFaults })
	g.bool("no_checker_emails", func(c *Global) *bool { return &c.NoCheckerMails })
}

// emailFrom reads the sender: one word, so a display name has to be quoted.
func (d *decoder) emailFrom() {
	s, ok := d.wanted(1)
	if !ok {
		return
	}
	if len(d.words) > 2 {
		d.ignored("extra-words", d.words[2], "notification_email_from takes one word").Cure =
			`put the name and the address in double quotes`
	}
	d.cfg.Global.EmailFrom = s
}

// smtpServer reads the mail host and its port; a name must resolve while the file is read.
func (d *decoder) smtpServer() {
	s, ok := d.text(1)
	if !ok {
		return
	}
	if len(d.words) > 2 {
		if n, ok := d.uint(2, 1, 65535); ok {
			d.cfg.Global.SMTPPort = uint16(n)
		}
	}
	if _, ok := parseIP(s); !ok && !classicAddr(s) {
		if _, ok := d.host.LookupIP(s); !ok {
			p := d.problem("smtp-server", d.words[1], "smtp_server %s: the name does not resolve", s)
			p.Instead, p.Cure = "no mail is sent", "write an IP address, or a name that resolves"
			return
		}
	}
	d.cfg.Global.SMTPServer = s
}

// classicAddr tells whether a word is an IPv4 address in the old way, of one to four numbers.
func classicAddr(s string) bool {
	parts := strings.Split(s, ".")
	if len(parts) > 4 {
		return false
	}
	for i, p := range parts {
		n, ok := parseUint(p)
		limit := uint64(255)
		if i == len(parts)-1 {
			limit = 1<<(8*(5-len(parts))) - 1
		}
		if !ok || n > limit || p[0] == '+' {
			return false
		}
	}
	return true
}

// hint turns a problem into a remark that keepalived only logs, or does not make at all.
func hint(p *parser.Problem) *parser.Problem {
	p.Severity, p.Class = parser.Hint, parser.Logged
	return p
}
