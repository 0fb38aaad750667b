package lint

import (
	"net/netip"
	"strings"

	"github.com/holdfast-ha/holdfast/parser"
)

// mailRules are about notifications by mail.
var mailRules = []Rule{
	{ID: "smtp-dns", Severity: parser.Hint, text: smtpDNS},
	{ID: "sample-mail", Severity: parser.Hint, text: sampleMail},
	{ID: "alert-nobody", Severity: parser.Hint, model: alertNobody},
}

// smtpDNS: a name is looked up while the file is read.
func smtpDNS(s *sight, st *parser.Statement) {
	if head(st) != "global_defs" {
		return
	}
	k := keyword(st, "smtp_server")
	if k == nil || len(k.Words) < 2 {
		return
	}
	w := k.Words[1]
	if _, err := netip.ParseAddr(w.Text); err == nil || w.Text == "localhost" {
		return
	}
	f := s.add(parser.Pos{File: k.Pos.File, Line: w.Line, Col: w.Col}, "", "smtp_server %s is a name: keepalived looks it up while it reads the file, at each start and reload", w.Text)
	f.End = w.Col + int32(len(w.Text))
	f.Instead = "where no name server answers, a start of keepalived takes minutes; Holdfast looks it up when there is a mail to send"
	f.Cure = "write the address, or put the name into /etc/hosts"
}

// sampleMail: the addresses of keepalived's sample file, which lead nowhere.
func sampleMail(s *sight, st *parser.Statement) {
	if head(st) != "global_defs" {
		return
	}
	found := false // once in a file is enough
	walk(st, func(b *parser.Statement) {
		for _, w := range b.Words {
			if found || !strings.HasSuffix(w.Text, "@firewall.loc") {
				continue
			}
			found = true
			f := s.add(parser.Pos{File: b.Pos.File, Line: w.Line, Col: w.Col}, "", "%s comes from keepalived's sample file: nobody reads it", w.Text)
			f.End = w.Col + int32(len(w.Text))
			f.Cure = "write an address of yours and your smtp_server, or take the lines out"
		}
	})
}

func alertNobody(s *sight) {
	if len(s.cfg.Global.EmailTo) > 0 {
		return
	}
	add := func(pos parser.Pos, what string) {
		f := s.add(pos, "smtp_alert", "%s: smtp_alert, but notification_email names nobody", what)
		f.Instead = "no mail is sent"
		f.Cure = "add notification_email to global_defs, or take smtp_alert out"
	}
	for i := range s.cfg.Instances {
		if in := &s.cfg.Instances[i]; in.SMTPAlert {
			add(in.Pos, in.Name)
			return
		}
	}
	for i := range s.cfg.SyncGroups {
		if g := &s.cfg.SyncGroups[i]; g.SMTPAlert {
			add(g.Pos, g.Name)
			return
		}
	}
	for i := range s.cfg.VirtualServers {
		if v := &s.cfg.VirtualServers[i]; v.SMTPAlert {
			add(v.Pos, "virtual server "+v.String())
			return
		}
	}
}
