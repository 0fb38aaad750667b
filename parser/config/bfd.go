package config

import (
	"net/netip"
	"time"
)

// maxBFDName is the longest name of a bfd_instance.
const maxBFDName = 31

func registerBFD(g *grammar) {
	const ctx = "bfd_instance"
	g.block("top", ctx, (*decoder).openBFD, (*decoder).closeBFD)
	addr := func(keyword string, field func(*BFD) *netip.Addr) {
		g.line(ctx, keyword, func(d *decoder) {
			w, ok := d.word(1)
			if !ok {
				return
			}
			a, ok := sockAddr(w.Text)
			if !ok {
				d.ignored("address", w, "%s %s: not an IP address", keyword, w.Text)
				return
			}
			*field(d.vrrp.bfd) = a
		})
	}
	addr("source_ip", func(b *BFD) *netip.Addr { return &b.Source })
	addr("neighbor_ip", func(b *BFD) *netip.Addr { return &b.Neighbour })
	addr("neighbour_ip", func(b *BFD) *netip.Addr { return &b.Neighbour })
	millis := func(keyword string, min time.Duration, field func(*BFD) *time.Duration) {
		g.line(ctx, keyword, func(d *decoder) {
			if t, ok := d.scaled(1, time.Millisecond, min, 4294967*time.Millisecond); ok {
				*field(d.vrrp.bfd) = t
			}
		})
	}
	millis("min_rx", time.Millisecond, func(b *BFD) *time.Duration { return &b.MinRx })
	millis("min_tx", time.Millisecond, func(b *BFD) *time.Duration { return &b.MinTx })
	millis("idle_tx", time.Second, func(b *BFD) *time.Duration { return &b.IdleTx })
	number := func(keyword string, min, max int64, field func(*BFD) *int) {
		g.line(ctx, keyword, func(d *decoder) {
			if n, ok := d.int(1, min, max); ok {
				*field(d.vrrp.bfd) = int(n)
			}
		})
	}
	number("multiplier", 1, 255, func(b *BFD) *int { return &b.Multiplier })
	number("ttl", 1, 255, func(b *BFD) *int { return &b.TTL })
	number("hoplimit", 1, 255, func(b *BFD) *int { return &b.TTL })
	number("max_hops", -1, 255, func(b *BFD) *int { return &b.MaxHops })
	g.line(ctx, "passive", func(d *decoder) { d.vrrp.bfd.Passive = true })
	g.line(ctx, "multihop", func(d *decoder) {
		if v, ok := d.bool(1); ok {
			d.vrrp.bfd.MultiHop = v
		}
	})
	g.line(ctx, "weight", func(d *decoder) {
		if n, rev, ok := d.weight(253); ok {
			d.vrrp.bfd.Weight, d.vrrp.bfd.Reverse = n, rev
		}
	})
	g.line(ctx, "vrrp", func(d *decoder) { d.vrrp.bfd.VRRP = true })
	g.line(ctx, "checker", func(d *decoder) { d.vrrp.bfd.Checker = true })
}

func (d *decoder) openBFD() {
	w, ok := d.word(1)
	if !ok {
		return
	}
	_, taken := d.object("bfd_instance", w.Text)
	switch {
	case len(w.Text) > maxBFDName:
		d.ignored("name-length", w, "bfd_instance %s: the name is longer than %d characters", w.Text, maxBFDName).Instead = "the block is ignored"
		d.skipBlock()
	case taken:
		d.ignored("duplicate-name", w, "bfd_instance %s is defined twice", w.Text).Instead = "this block is ignored"
		d.skipBlock()
	default:
		d.vrrp.bfd = &BFD{
			Pos: d.posOf(w), Name: w.Text, MinRx: 10 * time.Millisecond, MinTx: 10 * time.Millisecond,
			IdleTx: time.Second, Multiplier: 5,
		}
	}
}

// closeBFD adds a bfd_instance that is whole.
func (d *decoder) closeBFD() {
	b := d.vrrp.bfd
	at := d.wordAt(b.Name, b.Pos)
	drop := func(id, format string, args ...any) {
		d.problemAt(b.Pos, at, id, format, args...).Instead = "it is removed"
	}
	if !b.Neighbour.IsValid() {
		drop("bfd-neighbour", "bfd_instance %s has no neighbor_ip", b.Name)
		return
	}
	if b.Source.IsValid() && family(b.Source) != family(b.Neighbour) {
		drop("family", "bfd_instance %s: source_ip and neighbor_ip are of different families", b.Name)
		return
	}
	if other, taken := d.vrrp.neighbours[b.Neighbour]; taken {
		drop("bfd-neighbour", "bfd_instance %s has the neighbour of %s", b.Name, other)
		return
	}
	d.vrrp.neighbours[b.Neighbour] = b.Name
	if b.TTL == 0 {
		b.TTL = 255
		if b.Neighbour.Is6() {
			b.TTL = 64
		}
	}
	switch {
	case b.MaxHops == -1:
		b.MaxHops = 255
	case b.MaxHops > b.TTL && b.MaxHops != 255:
		d.problemAt(b.Pos, at, "bfd-hops", "bfd_instance %s: max_hops %d is above the ttl %d", b.Name, b.MaxHops, b.TTL).Instead = "the ttl is used"
		b.MaxHops = b.TTL
	}
	if !b.VRRP && !b.Checker {
		b.VRRP, b.Checker = true, true
	}
	d.define("bfd_instance", b.Name, 0, false)
	if b.VRRP {
		d.define("track_bfd", b.Name, b.Weight, b.Reverse)
	}
	d.cfg.BFDs = append(d.cfg.BFDs, *b)
}
