package config

import (
	"strings"

	"github.com/holdfast-ha/holdfast/parser"
)

// readers are processes of keepalived. Each reads the file by itself and passes over the blocks of
// the others brace by brace. As long as the braces are right that makes no difference; where a
// block swallows what follows it, or ends too early, the processes see different files.
type readers uint8

const (
	parentReads readers = 1 << iota
	vrrpReads
	lvsReads

	allRead = parentReads | vrrpReads | lvsReads
)

// readersOf tells who reads a keyword of the top level.
func readersOf(keyword string) readers {
	switch {
	case keyword == "track_file" || keyword == "bfd_instance":
		return vrrpReads | lvsReads
	case strings.HasPrefix(keyword, "virtual_server") || keyword == "SSL":
		return lvsReads
	case strings.HasPrefix(keyword, "vrrp_") || strings.HasPrefix(keyword, "static_"):
		return vrrpReads
	}
	switch keyword {
	case "track_group", "garp_group", "linkbeat_interfaces", "interface_up_down_delays":
		return vrrpReads
	}
	return parentReads
}

// topStatement reads one statement of the top level with all that its braces hold.
func (d *decoder) topStatement(s *parser.Statement) {
	d.within, d.withinName = allRead, ""
	if len(d.stack) == 1 && len(s.Words) > 0 && s.HasBlock {
		if r := d.stack[0].ctx.rules[s.Words[0].Text]; r != nil && r.spec.Kind.block() {
			d.opening, d.withinName = r.readers, r.spec.Name
		}
	}
	if len(s.Words) == 0 || s.Words[0].Text != "virtual_server" {
		d.keepWords(s) // of a virtual server, of which there may be many, few are kept
	}
	d.statement(s)
	d.within, d.opening = allRead, 0
}

// foreign tells whether a line of the top level lies, as far as braces go, within a block that its
// reader passes over: then nobody reads it.
func (d *decoder) foreign(r *rule, w parser.Word) bool {
	if d.opening != 0 { // this is the statement that opens the outer block
		d.within, d.opening = d.opening, 0
		return false
	}
	if r.readers&d.within != 0 {
		return false
	}
	p := hint(d.problem("swallowed", w, "%s lies within the braces of %s above", w.Text, d.withinName))
	p.Severity, p.Instead, p.Cure = parser.Warning, "it is not read", "look for a missing } or an unknown keyword with a { above"
	return true
}
