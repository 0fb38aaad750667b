package config

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/holdfast-ha/holdfast/parser"
)

// ruleStart is the preference of the first rule that names none; each further one of its family
// gets one less.
const ruleStart = 16384

// rulePreferences counts the rules without a preference, IPv4 and IPv6.
type rulePreferences [2]uint32

// next is the preference of the next such rule.
func (p *rulePreferences) next(family int) uint32 {
	i := 0
	if family == 6 {
		i = 1
	}
	p[i]++
	return ruleStart + 1 - p[i]
}

// ipProtocols are the names that ipproto takes (the C library's list of protocols, the ones in use).
var ipProtocols = map[string]uint64{
	"ip": 0, "icmp": 1, "igmp": 2, "ggp": 3, "ipencap": 4, "st": 5, "tcp": 6, "egp": 8, "igp": 9, "pup": 12, "udp": 17,
	"hmp": 20, "xns-idp": 22, "rdp": 27, "iso-tp4": 29, "dccp": 33, "xtp": 36, "ddp": 37, "idpr-cmtp": 38,
	"ipv6": 41, "ipv6-route": 43, "ipv6-frag": 44, "idrp": 45, "rsvp": 46, "gre": 47, "esp": 50, "ah": 51,
	"skip": 57, "ipv6-icmp": 58, "ipv6-nonxt": 59, "ipv6-opts": 60, "rspf": 73, "vmtp": 81, "eigrp": 88, "ospf": 89,
	"ax.25": 93, "ipip": 94, "etherip": 97, "encap": 98, "pim": 103, "ipcomp": 108, "vrrp": 112, "l2tp": 115,
	"isis": 124, "sctp": 132, "fc": 133, "mobility-header": 135, "udplite": 136, "mpls-in-ip": 137, "hip": 139,
	"shim6": 140, "wesp": 141, "rohc": 142,
}

// ruleLine reads one rule-entry.
type ruleLine struct {
	line
	in        lookup
	r         Rule
	priority  bool   // a preference is given
	action    string // what has been said: "", table, l3mdev, goto, ...
	tableOnly bool   // a word that only goes with a table
	protocol  string
}

// ruleEntry reads the statement at hand as a rule-entry; d.words holds the whole entry. ok is
// false when it is dropped.
func (d *decoder) ruleEntry() (r Rule, ok bool) {
	r, ok, problems := parseRule(d.words, d.lookup(), &d.lvs.preferences)
	r.Pos.File = d.file
	d.take(problems)
	return r, ok
}

// parseRule reads a rule-entry with iproute2's words. ok is false when keepalived drops it. free
// hands out the preferences of rules that name none.
func parseRule(words []parser.Word, in lookup, free *rulePreferences) (r Rule, ok bool, probs []parser.Problem) {
	l := &ruleLine{line: line{words: words}, in: in}
	l.r.Pos = parser.Pos{Line: words[0].Line, Col: words[0].Col}
	for _, w := range words {
		l.r.Words = append(l.r.Words, w.Text)
	}
	for l.i = 0; l.more(); l.i++ {
		l.option()
	}
	if !l.dead {
		l.finish(free)
	}
	return l.r, !l.dead, l.probs
}

// option reads one keyword with its value.
func (l *ruleLine) option() {
	switch w := l.word(); w.Text {
	case "inet", "inet6":
		l.familyWord(w)
	case "from":
		l.prefix(w, &l.r.From)
	case "to":
		l.prefix(w, &l.r.To)
	case "table", "lookup":
		l.table(w)
	case "not":
		l.r.Not = true
	case "preference", "order", "priority":
		l.preference(w)
	case "dev", "iif":
		if v, ok := l.value(); ok && l.needInterface(l.in, v) {
			l.r.IIF = v.Text
		}
	case "oif":
		if v, ok := l.value(); ok && l.needInterface(l.in, v) {
			l.r.OIF = v.Text
		}
	case "no_track":
		l.r.NoTrack = true
	case "l3mdev":
		l.setAction(w, "l3mdev")
	default:
		l.selector(w)
	}
}

// selector reads the words that choose packets by something else than an address.
func (l *ruleLine) selector(w parser.Word) {
	var resolve func(string) (string, bool)
	lost := true // a wrong value costs the rule; else only the word
	switch w.Text {
	case "tos", "dsfield":
		resolve = func(s string) (string, bool) { return number(nameID(l.in, "dsfield", s, 255)) }
	case "fwmark":
		resolve = asWritten(markOK)
	case "realms":
		resolve = func(s string) (string, bool) { return realms(l.in, s) }
		l.tableOnly = true
	case "suppress_prefixlength", "sup_pl":
		resolve = func(s string) (string, bool) { return number(upTo(s, 1<<31-1)) }
		l.tableOnly = true
	case "suppress_ifgroup", "sup_group":
		resolve = func(s string) (string, bool) { return number(nameID(l.in, "group", s, 1<<31-1)) }
		l.tableOnly = true
	case "tunnel-id":
		resolve = func(s string) (string, bool) { return number(parseUint(s)) }
	case "uidrange":
		resolve = asWritten(func(s string) bool { return rangeOK(s, 1<<32-1) })
	case "ipproto":
		resolve, lost = ipProtocol, false
	case "protocol":
		resolve, lost = func(s string) (string, bool) { return number(upTo(s, 255)) }, false
	case "sport", "dport":
		resolve, lost = asWritten(func(s string) bool { return rangeOK(s, 65535) }), false
	default:
		l.actionWord(w)
		return
	}
	if v, ok := l.value(); ok {
		value, fits := resolve(v.Text)
		l.record(w, v, value, fits, lost)
	}
}

// number is a resolved value as text.
func number[T uint32 | uint64](v T, ok bool) (string, bool) {
	return strconv.FormatUint(uint64(v), 10), ok
}

// asWritten keeps the text of a value that passes.
func asWritten(fits func(string) bool) func(string) (string, bool) {
	return func(s string) (string, bool) { return s, fits(s) }
}

// record keeps a selector with its value resolved, or reports one that does not fit.
func (l *ruleLine) record(w, v parser.Word, value string, fits, lost bool) {
	allowed := ruleValues[w.Text]
	switch {
	case fits && w.Text == "protocol":
		l.protocol = value
	case fits && w.Text == "realms" && !l.sameFamily(v, 4):
	case fits && w.Text == "ipproto":
		n, ok := upTo(v.Text, 127)
		if !ok {
			n = ipProtocols[v.Text]
		}
		l.r.Options = append(l.r.Options, Option{Name: w.Text, Value: strconv.FormatUint(n, 10)})
	case fits:
		l.r.Options = append(l.r.Options, Option{Name: w.Text, Value: value})
	case lost:
		l.drop(v, "rule-value", fmt.Sprintf("%s %s does not fit", w.Text, quote(v.Text)), allowed)
	default:
		l.warn(v, "rule-value", fmt.Sprintf("%s %s does not fit", w.Text, quote(v.Text)), "the rule is set without it", allowed)
	}
}

// ruleValues say what the words of a rule take.
var ruleValues = map[string]string{
	"tos": "0 to 255 or a name that iproute2 knows", "dsfield": "0 to 255 or a name that iproute2 knows",
	"fwmark": "MARK[/MASK], numbers up to 4294967295", "realms": "[FROM/]TO, numbers from 0 to 255 or names that iproute2 knows",
	"suppress_prefixlength": "a prefix length", "sup_pl": "a prefix length",
	"suppress_ifgroup": "write a number or a name of /etc/iproute2/group", "sup_group": "write a number or a name of /etc/iproute2/group",
	"tunnel-id": "write a number", "uidrange": "write FIRST-LAST", "ipproto": "write 0 to 127 or a name of /etc/protocols",
	"protocol": "write a number from 0 to 255", "sport": "write FIRST-LAST, also for a single port: 80-80", "dport": "write FIRST-LAST, also for a single port: 80-80",
}

// markOK tells whether s is MARK[/MASK].
func markOK(s string) bool {
	mark, mask, found := strings.Cut(s, "/")
	if _, ok := baseUint(mark, 1<<32-1); !ok {
		return false
	}
	if !found || mask == "" { // nothing behind the slash is mask 0 to keepalived
		return true
	}
	_, ok := baseUint(mask, 1<<32-1)
	return ok
}

// rangeOK tells whether s is FIRST-LAST.
func rangeOK(s string, limit uint64) bool {
	first, last, found := strings.Cut(s, "-")
	_, ok1 := upTo(first, limit)
	_, ok2 := upTo(last, limit)
	return found && ok1 && ok2
}

// ipProtocol resolves the name or number of an IP protocol.
func ipProtocol(s string) (string, bool) {
	if v, ok := upTo(s, 127); ok {
		return number(v, true)
	}
	v, ok := ipProtocols[s]
	return number(v, ok)
}

// familyWord reads inet and inet6, whose handling in keepalived eats the next word as well.
func (l *ruleLine) familyWord(w parser.Word) {
	if !l.sameFamily(w, familyOf(w.Text)) {
		return
	}
	l.i++
	if l.i < len(l.words) {
		v := l.words[l.i]
		l.warn(v, "rule-family-swallows", fmt.Sprintf("%s makes keepalived skip the word behind it: %s", w.Text, quote(v.Text)), "the word is skipped here as well", "leave "+w.Text+" out: the family is seen from the addresses")
		l.probs[len(l.probs)-1].Class = parser.Logged
	}
}

// sameFamily settles the family of the rule, or drops the rule when it is another one.
func (l *ruleLine) sameFamily(w parser.Word, f int) bool {
	switch {
	case l.r.Family == 0:
		l.r.Family = f
	case l.r.Family != f:
		l.drop(w, "rule-family", fmt.Sprintf("%s is not of the rule's family, IPv%d", quote(w.Text), l.r.Family), "keep IPv4 and IPv6 apart; put all in front of the addresses, or leave it out")
		return false
	}
	return true
}

// prefix reads the value of from or to: a prefix, or all.
func (l *ruleLine) prefix(w parser.Word, into *netip.Prefix) {
	v, ok := l.value()
	if !ok {
		return
	}
	switch v.Text {
	case "default", "any", "all":
		*into = netip.Prefix{}
		l.sameFamily(v, 0)
		return
	case "default6":
		*into = netip.Prefix{}
		l.sameFamily(v, 6)
		return
	}
	p, ok := l.prefixed(v)
	if !ok {
		l.drop(v, "address-invalid", fmt.Sprintf("%s %s is no prefix", w.Text, quote(v.Text)), "ADDRESS/LENGTH or all")
		return
	}
	if l.sameFamily(v, family(p.Addr())) {
		*into = p
	}
}

func (l *ruleLine) table(w parser.Word) {
	v, ok := l.value()
	if !ok {
		return
	}
	n, ok := nameID(l.in, "table", v.Text, 1<<32-1)
	switch {
	case !ok:
		l.drop(v, "rule-table", "there is no routing table "+quote(v.Text), "write a number, main, default, local, or a name of /etc/iproute2/rt_tables")
	case n == 0:
		l.drop(v, "rule-table", "table 0 cannot be looked up", "write a number from 1 to 4294967295")
	default:
		l.r.Table = n
		l.setAction(w, "table")
	}
}

// preference reads the rule's place.
func (l *ruleLine) preference(w parser.Word) {
	v, ok := l.value()
	if !ok {
		return
	}
	n, ok := baseUint(v.Text, 1<<32-1)
	if !ok {
		l.drop(v, "rule-preference", fmt.Sprintf("%s %s is none of 0 to 4294967295", w.Text, quote(v.Text)), "")
		return
	}
	l.r.Priority, l.priority = uint32(n), true
}

// setAction records what the rule does; it does one thing.
func (l *ruleLine) setAction(w parser.Word, action string) {
	if l.action != "" {
		l.drop(w, "rule-action-twice", fmt.Sprintf("%s follows %s: a rule does one thing", w.Text, l.action), "write one of table, l3mdev, goto, nop, blackhole, prohibit and unreachable")
		return
	}
	l.action = action
	switch action {
	case "table":
	case "l3mdev":
		l.r.Options = append(l.r.Options, Option{Name: "l3mdev"})
	default:
		l.r.Action = action
	}
}

// actionWord reads [type] ACTION, and the words of static rules.
func (l *ruleLine) actionWord(w parser.Word) {
	if l.in.static && w.Text == "track_group" {
		if v, ok := l.value(); ok {
			l.r.TrackGroup = l.group(l.in, v, l.r.TrackGroup)
		}
		return
	}
	if w.Text == "type" {
		var ok bool
		if w, ok = l.value(); !ok {
			return
		}
	}
	switch t, known := routeType(w.Text); {
	case w.Text == "goto":
		v, ok := l.value()
		if !ok {
			return
		}
		n, ok := upTo(v.Text, 1<<32-1)
		if !ok {
			l.drop(v, "rule-goto", "goto "+quote(v.Text)+" is none of 0 to 4294967295", "write the preference of a later rule")
			return
		}
		l.r.Goto = uint32(n)
		l.setAction(w, "goto")
	case w.Text == "nop":
		l.setAction(w, "nop")
	case t == "blackhole" || t == "unreachable" || t == "prohibit":
		l.setAction(w, t)
	case known:
		l.drop(w, "rule-action", quote(w.Text)+" is a type of routes, not of rules", "write blackhole, prohibit or unreachable")
	default:
		l.drop(w, "rule-word", quote(w.Text)+" is no word of a rule", "write one of iproute2's words for rules")
	}
}

// finish settles what depends on the whole line.
func (l *ruleLine) finish(free *rulePreferences) {
	first := l.words[0]
	switch {
	case l.action == "goto" && !l.priority:
		l.drop(first, "rule-goto-preference", "a rule with goto needs a preference", "write preference NUMBER, below "+strconv.FormatUint(uint64(l.r.Goto), 10))
		return
	case l.action == "goto" && l.r.Priority >= l.r.Goto:
		l.drop(first, "rule-goto-backwards", fmt.Sprintf("preference %d is not below the goto target %d", l.r.Priority, l.r.Goto), "rules only jump forward")
		return
	case l.action == "":
		l.drop(first, "rule-no-action", "the rule does nothing", "write table, l3mdev, goto, nop, blackhole, prohibit or unreachable")
		return
	case l.tableOnly && l.action != "table" && l.action != "l3mdev":
		l.drop(first, "rule-table-only", "suppress and realms go with a table only", "")
		return
	}
	l.settle(first, free)
}

// settle sets what the line leaves open.
func (l *ruleLine) settle(first parser.Word, free *rulePreferences) {
	if !l.r.NoTrack && l.protocol != "" && l.protocol != fmt.Sprint(protoOwn) {
		l.warn(first, "rule-protocol", "protocol "+l.protocol+" excludes that the rule is watched", fmt.Sprintf("protocol %d is used", protoOwn), "write no_track, or leave protocol out")
		l.protocol = ""
	}
	if l.protocol != "" {
		l.r.Options = append(l.r.Options, Option{Name: "protocol", Value: l.protocol})
	}
	if l.r.TrackGroup != "" && l.r.IIF == "" {
		l.warn(first, "rule-track-group", "track_group needs iif", "the group is not followed", "name the interface")
		l.r.TrackGroup = ""
	}
	if l.r.Family == 0 {
		l.r.Family = 4
	}
	if !l.priority {
		l.r.Priority = free.next(l.r.Family)
		l.warn(first, "rule-no-preference", "the rule has no preference", fmt.Sprintf("%d is used", l.r.Priority), "write preference NUMBER")
	}
}
