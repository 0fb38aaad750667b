package config

import (
	"math"
	"time"

	"github.com/holdfast-ha/holdfast/parser"
)

func registerGarpGroup(g *grammar) {
	const ctx = "garp_group"
	g.block("top", ctx, func(d *decoder) {
		d.vrrp.garp = &GarpGroup{Pos: d.pos()}
		d.vrrp.garpSet = false
	}, (*decoder).closeGarpGroup)
	const maxInterval = math.MaxInt32 * time.Microsecond
	interval := func(keyword string, field func(*GarpGroup) *time.Duration) {
		g.line(ctx, keyword, func(d *decoder) {
			if t, ok := d.seconds(1, 0, maxInterval); ok {
				*field(d.vrrp.garp) = t
				d.vrrp.garpSet = true
			}
		})
	}
	interval("garp_interval", func(s *GarpGroup) *time.Duration { return &s.GARPInterval })
	interval("gna_interval", func(s *GarpGroup) *time.Duration { return &s.GNAInterval })
	g.line(ctx, "interface", func(d *decoder) {
		if w, ok := d.word(1); ok {
			d.garpInterface(w)
		}
	})
	g.list(ctx, "interfaces", func(d *decoder) {
		d.vrrp.garpListed, d.vrrp.garpAt = false, d.words[0]
	}, func(d *decoder) {
		d.vrrp.garpListed = true
		for _, w := range d.words {
			d.garpInterface(w)
		}
	}, func(d *decoder) {
		if !d.vrrp.garpListed {
			d.problem("empty", d.vrrp.garpAt, "interfaces names none")
		}
	})
}

// garpInterface adds an interface to a garp_group; it can be in one only.
func (d *decoder) garpInterface(w parser.Word) {
	if _, ok := d.host.Interface(w.Text); !ok && !d.cfg.Global.DynamicInterfaces {
		d.missingInterface(w)
		return
	}
	taken := func(g *GarpGroup) bool {
		for _, name := range g.Interfaces {
			if name == w.Text {
				return true
			}
		}
		return false
	}
	dup := taken(d.vrrp.garp)
	for i := range d.cfg.GarpGroups {
		dup = dup || taken(&d.cfg.GarpGroups[i])
	}
	if dup {
		d.ignored("twice", w, "interface %s is in a garp_group already", w.Text)
		return
	}
	d.vrrp.garp.Interfaces = append(d.vrrp.garp.Interfaces, w.Text)
}

func (d *decoder) closeGarpGroup() {
	s := d.vrrp.garp
	switch {
	case !d.vrrp.garpSet:
		d.problemAt(s.Pos, d.wordAt("garp_group", s.Pos), "garp-interval", "garp_group without garp_interval and gna_interval").Instead = "it is ignored"
		return
	case len(s.Interfaces) == 0:
		hint(d.problemAt(s.Pos, d.wordAt("garp_group", s.Pos), "garp-interfaces", "garp_group without interfaces")).Instead = "it is ignored"
		return
	}
	d.cfg.GarpGroups = append(d.cfg.GarpGroups, *s)
}

// registerInterfaces registers interface_up_down_delays and linkbeat_interfaces.
func registerInterfaces(g *grammar) {
	g.list("top", "interface_up_down_delays", nil, (*decoder).upDownDelay, nil)
	g.list("top", "linkbeat_interfaces", nil, (*decoder).linkbeat, nil)
}

// fatalInterface reports an interface of a list that does not exist. keepalived counts it as
// fatal for --config-test, but only ignores the line when it runs.
func (d *decoder) fatalInterface(w parser.Word) bool {
	if _, ok := d.host.Interface(w.Text); ok || d.cfg.Global.DynamicInterfaces {
		return false
	}
	d.ignored("interface-missing", w, "interface %s does not exist", w.Text).Class = parser.Fatal
	return true
}

// upDownDelay reads <ifname> <down> [<up>].
func (d *decoder) upDownDelay() {
	if d.fatalInterface(d.words[0]) {
		return
	}
	if len(d.words) < 2 {
		hint(d.problem("lacking", d.words[0], "interface %s has no delays", d.words[0].Text)).Instead = "it is not delayed"
		return
	}
	e := InterfaceDelay{Interface: d.words[0].Text}
	var ok bool
	if e.Down, ok = d.seconds(1, 0, 255*time.Second); !ok {
		return
	}
	if len(d.words) > 2 {
		if e.Up, ok = d.seconds(2, 0, 255*time.Second); !ok {
			return
		}
	}
	for i := range d.cfg.InterfaceDelays {
		if d.cfg.InterfaceDelays[i].Interface == e.Interface {
			d.cfg.InterfaceDelays[i] = e
			return
		}
	}
	d.cfg.InterfaceDelays = append(d.cfg.InterfaceDelays, e)
}

// linkbeat reads <ifname> [MII|ETHTOOL|IOCTL].
func (d *decoder) linkbeat() {
	if d.fatalInterface(d.words[0]) {
		return
	}
	e := LinkbeatInterface{Interface: d.words[0].Text}
	if len(d.words) > 1 {
		switch w := d.words[1]; w.Text {
		case "MII", "ETHTOOL", "IOCTL":
			e.Method = w.Text
		default:
			d.ignored("option", w, "linkbeat_interfaces: unknown word %q", w.Text).Cure = "write MII, ETHTOOL, IOCTL or nothing"
		}
	}
	d.cfg.Linkbeat = append(d.cfg.Linkbeat, e)
}
