package config

import "github.com/holdfast-ha/holdfast/parser"

// vsgDraft is the virtual_server_group that is being read.
type vsgDraft struct {
	VirtualServerGroup
	head parser.Word
}

// openGroup reads the name of a group.
func (d *decoder) openGroup() {
	w, ok := d.word(1)
	if !ok {
		return
	}
	d.lvs.group = vsgDraft{head: w}
	d.lvs.group.Pos, d.lvs.group.Name = d.pos(), w.Text
}

// groupEntry reads a line of a group.
func (d *decoder) groupEntry() {
	e, ok, problems := parseGroupEntry(d.words)
	d.take(problems)
	if ok {
		e.Pos.File = d.file
		d.lvs.group.Entries = append(d.lvs.group.Entries, e)
	}
}

// closeGroup keeps the group unless it is empty or its families cannot be told apart.
func (d *decoder) closeGroup() {
	g := &d.lvs.group
	if len(g.Entries) == 0 {
		d.lostGroup("group-empty", "add an address or a fwmark", "virtual_server_group %s has no entry", quote(g.Name))
		return
	}
	if four, six, open := g.families(); four && six && open {
		d.lostGroup("group-family-open", "write inet or inet6 behind each fwmark", "virtual_server_group %s has IPv4, IPv6 and a fwmark without a family", quote(g.Name))
		return
	}
	if d.lvs.groups[g.Name] {
		p := hint(d.problemAt(d.posOf(g.head), g.head, "duplicate-name", "virtual_server_group %s is defined twice", g.Name))
		p.Instead, p.Cure = "the first one is used", "rename one of the two, or remove it"
	}
	if d.lvs.groups == nil {
		d.lvs.groups = map[string]bool{}
	}
	d.lvs.groups[g.Name] = true
	d.cfg.VirtualServerGroups = append(d.cfg.VirtualServerGroups, g.VirtualServerGroup)
}

// lostGroup reports a group that is ignored.
func (d *decoder) lostGroup(id, cure, format string, args ...any) {
	p := d.problemAt(d.posOf(d.lvs.group.head), d.lvs.group.head, id, format, args...)
	p.Severity, p.Instead, p.Cure = parser.Error, "the group is ignored", cure
}
