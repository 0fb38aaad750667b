package config

import (
	"math"
	"net/netip"
	"strings"
	"time"
)

var (
	defaultGroup4 = netip.AddrFrom4([4]byte{224, 0, 0, 18})
	defaultGroup6 = netip.AddrFrom16([16]byte{0: 0xff, 1: 0x02, 15: 0x12})
)

func registerGlobalVRRP(gr *grammar) {
	g := globals{gr}
	g.line("global_defs", "dynamic_interfaces", (*decoder).dynamicInterfaces)
	g.named("default_interface", func(c *Global) *string { return &c.DefaultInterface })
	g.flag("disable_local_igmp", func(c *Global) *bool { return &c.DisableLocalIGMP })
	g.flag("v3_checksum_as_v2", func(c *Global) *bool { return &c.V3ChecksumAsV2 })
	g.line("global_defs", "vrrp_mcast_group4", (*decoder).mcastGroup4)
	g.line("global_defs", "vrrp_mcast_group6", (*decoder).mcastGroup6)
	registerGlobalGARP(g)
	g.int("vrrp_down_timer_adverts", 1, 100, func(c *Global) *int { return &c.DownTimerAdverts })
	g.bool("vrrp_lower_prio_no_advert", func(c *Global) *bool { return &c.LowerPrioNoAdvert })
	g.bool("vrrp_higher_prio_send_advert", func(c *Global) *bool { return &c.HigherPrioSendAdvert })
	g.int("vrrp_version", 2, 3, func(c *Global) *int { return &c.VRRPVersion })
	g.flag("vrrp_check_unicast_src", func(c *Global) *bool { return &c.CheckUnicastSrc })
	g.bool("vrrp_skip_check_adv_addr", func(c *Global) *bool { return &c.SkipCheckAdvAddr })
	g.bool("vrrp_strict", func(c *Global) *bool { return &c.Strict })
	g.bool("vrrp_notify_priority_changes", func(c *Global) *bool { return &c.NotifyPriorityChanges })
	g.bool("vrrp_owner_ignore_adverts", func(c *Global) *bool { return &c.OwnerIgnoreAdverts })
	g.flag("log_unknown_vrids", func(c *Global) *bool { return &c.LogUnknownVRIDs })
	g.flag("fifo_write_vrrp_states_on_reload", func(c *Global) *bool { return &c.FIFOStatesOnReload })
	g.decimal("vrrp_startup_delay", time.Millisecond, maxClock, func(c *Global) *time.Duration { return &c.StartupDelay })
	g.decimal("vrrp_delay_after_boot", time.Millisecond, maxClock, func(c *Global) *time.Duration { return &c.DelayAfterBoot })
	g.line("global_defs", "vrrp_rx_bufs_policy", (*decoder).rxBufsPolicy)
	g.int("vrrp_rx_bufs_multiplier", 1, 4294967295, func(c *Global) *int { return &c.RxBufsMultiplier })
	g.lenient("vrrp_rx_bufs_multiplier")
	g.single("vrrp_rx_bufs_multiplier")
	g.text("vmac_prefix", func(c *Global) *string { return &c.VMACPrefix })
	g.line("global_defs", "vmac_addr_prefix", func(d *decoder) {
		if s, ok := d.text(1); ok {
			d.cfg.Global.VMACAddrPrefix, d.global.vmacAddrPrefixSet = s, true
		}
	})
}

func registerGlobalGARP(g globals) {
	garp := func(f func(*GARPSettings) *time.Duration) func(*Global) *time.Duration {
		return func(c *Global) *time.Duration { return f(&c.GARP) }
	}
	g.seconds("vrrp_garp_master_delay", 0, maxSeconds, garp(func(s *GARPSettings) *time.Duration { return &s.Delay }))
	g.seconds("vrrp_garp_master_refresh", 0, math.MaxUint32, garp(func(s *GARPSettings) *time.Duration { return &s.Refresh }))
	g.line("global_defs", "vrrp_garp_master_repeat", func(d *decoder) { d.repeat(&d.cfg.Global.GARP.Repeat) })
	g.line("global_defs", "vrrp_garp_master_refresh_repeat", func(d *decoder) { d.repeat(&d.cfg.Global.GARP.RefreshRepeat) })
	g.line("global_defs", "vrrp_garp_lower_prio_delay", func(d *decoder) {
		if n, ok := d.uint(1, 0, maxSeconds); ok {
			d.cfg.Global.GARP.LowerPrioDelay = time.Duration(n) * time.Second
			d.global.lowerPrioDelaySet = true
		}
	})
	g.line("global_defs", "vrrp_garp_lower_prio_repeat", func(d *decoder) {
		if n, ok := d.uint(1, 0, 2147483647); ok {
			d.cfg.Global.GARP.LowerPrioRep, d.global.lowerPrioRepSet = int(n), true
		}
	})
	g.decimal("vrrp_garp_interval", time.Microsecond, maxClock, func(c *Global) *time.Duration { return &c.GARPInterval })
	g.decimal("vrrp_gna_interval", time.Microsecond, maxClock, func(c *Global) *time.Duration { return &c.GNAInterval })
	g.line("global_defs", "vrrp_min_garp", func(d *decoder) {
		if v, ok := d.bool(1); ok {
			d.global.minGARP = v
			d.cfg.Global.GARP.MinGARP = v
		}
	})
	g.line("global_defs", "vrrp_garp_extra_if", func(d *decoder) { d.extraIf(&d.cfg.Global.GARP, 1) })
	g.line("global_defs", "vrrp_vmac_garp_intvl", func(d *decoder) {
		d.oldName("vrrp_garp_extra_if")
		d.extraIf(&d.cfg.Global.GARP, 1)
	})
}

// repeat reads a number of packets; 0 becomes 1.
func (d *decoder) repeat(field *int) {
	n, ok := d.uint(1, 0, 2147483647)
	if !ok {
		return
	}
	if n == 0 {
		d.problem("range", d.words[1], "%s must be greater than 0", d.words[0].Text).Instead = "1 is used"
		n = 1
	}
	*field = int(n)
}

// extraIf reads [all] <seconds> with the least number of seconds given.
func (d *decoder) extraIf(s *GARPSettings, min uint64) {
	first, ok := d.wanted(1)
	if !ok {
		return
	}
	all, i := first == "all", 1
	if all {
		i = 2
		if _, ok := d.wanted(2); !ok {
			return
		}
	}
	if n, ok := d.uint(i, min, 86400); ok {
		s.ExtraIf, s.ExtraIfAll = time.Duration(n)*time.Second, all
	}
}

// oldName reports an old spelling, which keepalived counts as an error but carries out.
func (d *decoder) oldName(name string) {
	p := d.problem("deprecated", d.words[0], "%s is deprecated", d.words[0].Text)
	p.Instead, p.Cure = "it counts all the same", "write "+name
}

// applyMinGARP lowers what still has its default.
func applyMinGARP(s *GARPSettings) {
	if s.Delay == 5*time.Second {
		s.Delay = 0
	}
	if s.Repeat == 5 {
		s.Repeat = 1
	}
	if s.RefreshRepeat == 1 {
		s.RefreshRepeat = 0
	}
}

func (d *decoder) dynamicInterfaces() {
	g := &d.cfg.Global
	g.DynamicInterfaces = true
	if len(d.words) < 2 {
		return
	}
	if d.words[1].Text == "allow_if_changes" {
		g.DynamicInterfacesChanges = true
		return
	}
	d.ignored("option", d.words[1], "dynamic_interfaces: unknown option %q", d.words[1].Text).Cure = "write allow_if_changes, or nothing"
}

func (d *decoder) mcastGroup4() {
	w, ok := d.word(1)
	if !ok {
		return
	}
	a, ok := parseIP(w.Text)
	if !ok || !a.Is4() || !a.IsMulticast() {
		d.ignored("multicast", w, "vrrp_mcast_group4 %s: not an IPv4 multicast address", w.Text)
		return
	}
	d.cfg.Global.MulticastGroup4 = a
}

func (d *decoder) mcastGroup6() {
	w, ok := d.word(1)
	if !ok {
		return
	}
	a, ok := parseIP(w.Text)
	if !ok || !a.Is6() || !a.IsMulticast() {
		d.ignored("multicast", w, "vrrp_mcast_group6 %s: not an IPv6 multicast address", w.Text)
		return
	}
	if !a.IsLinkLocalMulticast() {
		d.problem("multicast-scope", w, "vrrp_mcast_group6 %s: not of link-local scope", w.Text).Instead = "it is used all the same"
	}
	d.cfg.Global.MulticastGroup6 = a
}

func (d *decoder) rxBufsPolicy() {
	s, ok := d.wanted(1)
	if !ok {
		return
	}
	switch {
	case strings.EqualFold(s, "MTU"):
		d.cfg.Global.RxBufsPolicy = "MTU"
	case strings.EqualFold(s, "ADVERT"):
		d.cfg.Global.RxBufsPolicy = "ADVERT"
	default:
		if _, ok := d.uint(1, 0, 4294967295); ok {
			d.cfg.Global.RxBufsPolicy = s
		}
	}
}
