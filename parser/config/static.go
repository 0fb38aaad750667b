package config

import (
	"slices"

	"github.com/holdfast-ha/holdfast/parser"
)

// registerStatic registers what keepalived holds as long as it runs, and track_group.
func registerStatic(g *grammar) {
	g.list("top", "static_ipaddress", nil, func(d *decoder) {
		if a, ok := d.addressEntry(); ok {
			d.cfg.StaticAddresses = append(d.cfg.StaticAddresses, a)
		}
	}, nil)
	g.list("top", "static_routes", nil, func(d *decoder) {
		if r, ok := d.routeEntry(); ok {
			d.cfg.StaticRoutes = append(d.cfg.StaticRoutes, r)
		}
	}, nil)
	g.list("top", "static_rules", nil, func(d *decoder) {
		if r, ok := d.ruleEntry(); ok {
			d.cfg.StaticRules = append(d.cfg.StaticRules, r)
		}
	}, nil)
	g.block("top", "track_group", (*decoder).openTrackGroup, nil)
	g.list("track_group", "group", func(d *decoder) {
		if len(d.vrrp.members.Instances) > 0 {
			d.ignored("twice", d.words[0], "track_group %s has two lists of members", d.vrrp.members.Name)
			d.skipBlock()
		}
	}, func(d *decoder) {
		for _, w := range d.words {
			d.vrrp.members.Instances = append(d.vrrp.members.Instances, w.Text)
		}
	}, func(d *decoder) {
		if g := d.vrrp.members; len(g.Instances) == 0 {
			d.problemAt(g.Pos, d.wordAt(g.Name, g.Pos), "group-empty", "track_group %s has no members", g.Name)
		}
	})
}

func (d *decoder) openTrackGroup() {
	if !d.oneName() {
		return
	}
	w := d.words[1]
	if d.hasTrackGroup(w.Text) {
		d.ignored("duplicate-name", w, "track_group %s is defined twice", w.Text).Instead = "this block is ignored"
		d.skipBlock()
		return
	}
	d.cfg.TrackGroups = append(d.cfg.TrackGroups, TrackGroup{Pos: d.posOf(w), Name: w.Text})
	d.vrrp.members = &d.cfg.TrackGroups[len(d.cfg.TrackGroups)-1]
}

// completeStatic gives static addresses their interface and track_groups their instances.
func (d *decoder) completeStatic() {
	for i := range d.cfg.TrackGroups {
		g := &d.cfg.TrackGroups[i]
		g.Instances = slices.DeleteFunc(g.Instances, func(name string) bool {
			if d.instance(name) != nil {
				return false
			}
			hint(d.problemAt(g.Pos, d.wordAt(g.Name, g.Pos), "group-member", "vrrp_instance %s of track_group %s is not defined", name, g.Name)).Instead = "it is ignored"
			return true
		})
	}
	for i := range d.cfg.StaticAddresses {
		a := &d.cfg.StaticAddresses[i]
		if a.Dev == "" {
			d.defaultInterface(a)
			continue
		}
		d.addressInterface(a)
	}
}

// defaultInterface gives a static address without dev the interface of default_interface.
func (d *decoder) defaultInterface(a *Address) {
	g := &d.cfg.Global
	a.Dev = g.DefaultInterface
	if _, ok := d.host.Interface(a.Dev); ok || g.DynamicInterfaces {
		return
	}
	p := d.problemAt(a.Pos, d.wordAt(a.Prefix.Addr().String(), a.Pos), "interface-missing",
		"static address %s has no dev, and the default interface %s does not exist", a.Prefix, a.Dev)
	p.Severity, p.Class, p.StopsRun = parser.Error, parser.Fatal, true
	p.Instead, p.Cure = "the daemon does not start", "write dev and an interface, or default_interface in global_defs"
}

// addressInterface demands that the interface of an address exists.
func (d *decoder) addressInterface(a *Address) {
	if _, ok := d.host.Interface(a.Dev); ok || d.cfg.Global.DynamicInterfaces {
		return
	}
	d.file = a.Pos.File
	d.missingInterface(d.wordAt(a.Dev, a.Pos))
}

// wordAt is a word for a problem about something read earlier.
func (d *decoder) wordAt(text string, pos parser.Pos) parser.Word {
	return parser.Word{Text: text, Line: pos.Line, Col: pos.Col, Source: d.sourceOf(pos.File)}
}
