package config

import (
	"github.com/holdfast-ha/holdfast/parser"
)

// groupDraft is a vrrp_sync_group while it is read.
type groupDraft struct {
	SyncGroup
	file       string
	name       parser.Word
	members    []parser.Word
	listed     bool
	smtpAlert  Tristate
	notifyPrio Tristate
}

func registerSyncGroup(g *grammar) {
	const ctx = "vrrp_sync_group"
	g.block("top", ctx, (*decoder).openSyncGroup, nil)
	g.list(ctx, "group", func(d *decoder) {
		s := d.vrrp.group
		if s.listed {
			d.ignored("twice", d.words[0], "vrrp_sync_group %s has two lists of members", s.Name)
			d.skipBlock()
			return
		}
		s.listed = true
	}, func(d *decoder) {
		d.vrrp.group.members = append(d.vrrp.group.members, d.words...)
	}, nil)
	registerTracks(g, ctx, func(d *decoder) trackLists { return d.vrrp.group.trackLists() })
	once := func(keyword string, field func(*groupDraft) **Script) {
		g.line(ctx, keyword, func(d *decoder) { d.notifyScript(field(d.vrrp.group)) })
	}
	once("notify_master", func(s *groupDraft) **Script { return &s.NotifyMaster })
	once("notify_backup", func(s *groupDraft) **Script { return &s.NotifyBackup })
	once("notify_fault", func(s *groupDraft) **Script { return &s.NotifyFault })
	once("notify_stop", func(s *groupDraft) **Script { return &s.NotifyStop })
	once("notify", func(s *groupDraft) **Script { return &s.Notify })
	boolean := func(keyword string, field func(*groupDraft) *Tristate) {
		g.line(ctx, keyword, func(d *decoder) {
			if v, ok := d.bool(1); ok {
				*field(d.vrrp.group) = tristate(v)
			}
		})
	}
	boolean("smtp_alert", func(s *groupDraft) *Tristate { return &s.smtpAlert })
	boolean("notify_priority_changes", func(s *groupDraft) *Tristate { return &s.notifyPrio })
	g.line(ctx, "sync_group_tracking_weight", func(d *decoder) { d.vrrp.group.TrackingWeight = true })
	g.line(ctx, "global_tracking", func(d *decoder) {
		p := d.problem("deprecated", d.words[0], "global_tracking is deprecated")
		p.Instead, p.Cure = "sync_group_tracking_weight is on", "write sync_group_tracking_weight"
		d.vrrp.group.TrackingWeight = true
	})
}

func (d *decoder) openSyncGroup() {
	if !d.oneName() {
		return
	}
	w := d.words[1]
	if d.vrrp.groupNames[w.Text] {
		d.ignored("duplicate-name", w, "vrrp_sync_group %s is defined twice", w.Text).Instead = "this block is ignored"
		d.skipBlock()
		return
	}
	g := &groupDraft{file: d.file, name: w}
	g.Pos, g.Name = d.posOf(w), w.Text
	d.vrrp.group = g
	d.vrrp.groups = append(d.vrrp.groups, g)
	d.vrrp.groupNames[g.Name] = true
}

// completeSyncGroup resolves the members; a group without any is dropped.
func (d *decoder) completeSyncGroup(g *groupDraft) {
	d.file = g.file
	if !g.listed {
		d.problem("group-empty", g.name, "vrrp_sync_group %s has no list of members", g.Name).Instead = "the group is ignored"
		return
	}
	for _, w := range g.members {
		p := d.instance(w.Text)
		switch {
		case p == nil:
			d.ignored("group-member", w, "vrrp_instance %s of vrrp_sync_group %s is not defined", w.Text, g.Name)
		case p.inGroup != nil:
			d.ignored("group-member", w, "vrrp_instance %s is a member of vrrp_sync_group %s already", w.Text, p.inGroup.Name).Cure = "leave it in one of the two groups"
		default:
			p.inGroup = g
			g.Members = append(g.Members, w.Text)
		}
	}
	switch len(g.Members) {
	case 0:
		d.problem("group-empty", g.name, "vrrp_sync_group %s has no members", g.Name).Instead = "the group is ignored"
		return
	case 1:
		d.problem("group-single", g.name, "vrrp_sync_group %s has one member only", g.Name)
	}
	c := &d.cfg.Global
	g.NotifyPriorityChange = g.notifyPrio.or(c.NotifyPriorityChanges)
	g.SMTPAlert = g.smtpAlert.or(c.SMTPAlertVRRP.or(c.SMTPAlert == On))
	for _, s := range g.notifyScripts() {
		*s.script = d.checkScript(*s.script, s.keyword)
	}
	d.cfg.SyncGroups = append(d.cfg.SyncGroups, g.SyncGroup)
}
