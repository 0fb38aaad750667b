package config

import (
	"slices"
	"strings"
)

// dnsTypes are the records that a DNS check can ask for, in any case.
var dnsTypes = []string{"A", "NS", "CNAME", "SOA", "MX", "TXT", "AAAA", "RRSIG", "DNSKEY"}

// registerDNS registers DNS_CHECK.
func registerDNS(g *grammar) {
	context := rsContext + "/DNS_CHECK"
	g.block(rsContext, "DNS_CHECK", func(d *decoder) {
		d.openCheck(true)
		d.lvs.check.DNS = &DNSCheck{Type: "SOA"}
	}, (*decoder).closeCheck)
	g.line(context, "type", func(d *decoder) {
		w, ok := d.word(1)
		if !ok {
			return
		}
		at := slices.IndexFunc(dnsTypes, func(s string) bool { return strings.EqualFold(s, w.Text) })
		if at < 0 {
			d.dropLine("dns-type", w, "one of "+strings.Join(dnsTypes, ", "), "type %s is unknown", quote(w.Text))
			return
		}
		d.lvs.check.DNS.Type = dnsTypes[at]
	})
	g.line(context, "name", (*decoder).dnsName)
}

// dnsName reads the name to ask for; it may be the root, but has no empty label otherwise.
func (d *decoder) dnsName() {
	w, ok := d.word(1)
	if !ok {
		return
	}
	dns := d.lvs.check.DNS
	switch {
	case dns.Name != "":
		d.dropLine("dns-name-twice", w, "", "name %s follows name %s", quote(w.Text), quote(dns.Name))
	case strings.HasPrefix(w.Text, ".") && w.Text != "." || strings.Contains(w.Text, ".."):
		d.dropLine("dns-name", w, "", "name %s has an empty label", quote(w.Text))
	default:
		dns.Name = d.keep(w.Text)
	}
}
