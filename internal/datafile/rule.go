package datafile

import (
	"net/netip"
	"strings"

	"github.com/holdfast-ha/holdfast/parser/config"
)

// rule writes a routing rule in the order of keepalived.
func rule(r *config.Rule) string {
	var l words
	l.addIf(r.Family == 6 && !r.From.IsValid() && !r.To.IsValid(), "inet6")
	l.addIf(r.Not, "not")
	l.add("from %s", prefix(r.From))
	l.addIf(r.To.IsValid(), "to %s", prefix(r.To))
	l.add("priority %d", r.Priority)
	ruleSelectors(&l, r)
	switch r.Action {
	case "":
		l.add("lookup %d", r.Table)
	case "goto":
		l.add("goto %d", r.Goto)
	case "nop":
		l.add("nop")
	default:
		l.add("type %s", r.Action)
	}
	l.addIf(r.NoTrack, "no_track")
	l.addIf(r.TrackGroup != "", "track_group %s", r.TrackGroup)
	return strings.Join(l, " ")
}

// prefix is a prefix, a single address without its length, or all.
func prefix(p netip.Prefix) string {
	switch {
	case !p.IsValid():
		return "all"
	case p.IsSingleIP():
		return p.Addr().String()
	}
	return p.String()
}

// ruleSelectors writes what chooses packets by something else than an address.
func ruleSelectors(l *words, r *config.Rule) {
	o, _ := option(r.Options, "tos", "dsfield")
	l.add("tos %s", hexadecimal(or(o.Value, "0")))
	if o, ok := option(r.Options, "fwmark"); ok {
		mark, mask, found := strings.Cut(o.Value, "/")
		l.add("fwmark %s%s", hexadecimal(mark), word(found, "/"+hexadecimal(or(mask, "0")), ""))
	}
	l.addIf(r.IIF != "", "iif %s", r.IIF)
	l.addIf(r.OIF != "", "oif %s", r.OIF)
	for _, s := range []struct{ label, name, other string }{
		{"suppress_prefixlen", "suppress_prefixlength", "sup_pl"},
		{"suppress_ifgroup", "suppress_ifgroup", "sup_group"},
		{"tunnel-id", "tunnel-id", ""},
		{"uidrange", "uidrange", ""},
	} {
		if o, ok := option(r.Options, s.name, s.other); ok {
			l.add("%s %s", s.label, o.Value)
		}
	}
	_, l3mdev := option(r.Options, "l3mdev")
	l.addIf(l3mdev, "l3mdev")
	protocol, given := option(r.Options, "protocol")
	l.addIf(given, "protocol %s", protocol.Value)
	l.addIf(!given && !r.NoTrack, "protocol %s", ownProtocol)
	for _, name := range []string{"ipproto", "sport", "dport", "realms"} {
		if o, ok := option(r.Options, name); ok {
			l.add("%s %s", name, o.Value)
		}
	}
}
