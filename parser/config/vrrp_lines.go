package config

import (
	"math"
	"time"

	"github.com/holdfast-ha/holdfast/parser"
)

func registerInstanceLines(g *grammar) {
	g.instanceLine("state", (*decoder).state)
	g.instanceLine("interface", (*decoder).instanceInterface)
	g.instanceLine("virtual_router_id", func(d *decoder, p *instanceDraft) {
		n, ok := d.uint(1, 1, 255)
		if d.stopped {
			return
		}
		p.vrid, p.VRID = d.words[1], 0
		if ok {
			p.VRID = uint8(n)
		}
	})
	g.instanceLine("priority", func(d *decoder, p *instanceDraft) {
		n, ok := d.uint(1, 1, 255)
		if d.stopped {
			return
		}
		p.prioritySet, p.Priority = true, 100
		if ok {
			p.Priority = uint8(n)
		} else {
			d.problems[len(d.problems)-1].Instead = "100 is used"
		}
	})
	g.instanceLine("version", func(d *decoder, p *instanceDraft) {
		n, ok := d.uint(1, 2, 3)
		if ok && p.Version != 0 && p.Version != int(n) {
			d.ignored("twice", d.words[1], "version %d follows version %d", n, p.Version)
			return
		}
		if n == 2 && p.family == 6 {
			d.ignored("version", d.words[1], "version 2 behind an IPv6 address").Cure = "write version above the addresses"
			return
		}
		if ok {
			p.Version = int(n)
		}
	})
	g.instanceLine("advert_int", func(d *decoder, p *instanceDraft) {
		if t, ok := d.seconds(1, 10*time.Millisecond, 255*time.Second); ok {
			p.AdvertInt, p.advertSet, p.advert = t, true, d.words[1]
		}
	})
	g.instanceLine("debug", func(d *decoder, p *instanceDraft) {
		if n, ok := d.uint(1, 0, 4); ok {
			p.Debug = int(n)
		}
	})
	g.instanceLine("kernel_rx_buf_size", func(d *decoder, p *instanceDraft) {
		if len(d.words) != 2 {
			d.ignored("extra-words", d.words[0], "kernel_rx_buf_size takes one number")
			return
		}
		if n, ok := d.uint(1, 0, 4294967295); ok {
			p.RxBufSize = int(n)
		}
	})
	registerInstanceFlags(g)
	registerInstancePreempt(g)
	registerInstanceGARP(g)
}

func registerInstanceFlags(g *grammar) {
	g.instanceFlag("dont_track_primary", func(p *instanceDraft) *bool { return &p.DontTrackPrimary })
	g.instanceFlag("no_virtual_ipaddress", func(p *instanceDraft) *bool { return &p.NoVIP })
	g.instanceFlag("promote_secondaries", func(p *instanceDraft) *bool { return &p.PromoteSecondaries })
	g.instanceFlag("track_src_ip", func(p *instanceDraft) *bool { return &p.TrackSrcIP })
	g.instanceLine("accept", func(_ *decoder, p *instanceDraft) { p.Accept, p.NoAccept, p.acceptSet = true, false, true })
	g.instanceLine("no_accept", func(_ *decoder, p *instanceDraft) { p.Accept, p.NoAccept, p.acceptSet = false, true, true })
	g.instanceLine("linkbeat_use_polling", func(d *decoder, p *instanceDraft) {
		p.LinkbeatPoll = true
		q := d.problem("deprecated", d.words[0], "linkbeat_use_polling in a vrrp_instance is deprecated")
		q.Instead, q.Cure = "it counts all the same", "use a linkbeat_interfaces block"
	})
	g.instanceLine("lvs_sync_daemon_interface", func(d *decoder, p *instanceDraft) {
		s, ok := d.text(1)
		if !ok {
			return
		}
		q := d.problem("deprecated", d.words[0], "lvs_sync_daemon_interface is deprecated")
		q.Instead, q.Cure = "it counts all the same", "write lvs_sync_daemon "+s+" inst "+p.Name+" in global_defs"
		if first := d.syncInterface(); first != "" {
			q.Instead = "it is ignored"
			d.ignored("twice", d.words[0], "lvs_sync_daemon_interface follows %s", first).Cure = "remove one of the two: there is one synchronisation daemon"
		}
		p.LVSSyncInterface = s
	})
	g.instanceBool("v3_checksum_as_v2", func(p *instanceDraft) *Tristate { return &p.v3Checksum })
	g.instanceLine("skip_check_adv_addr", func(d *decoder, p *instanceDraft) {
		v, ok := d.bool(1)
		if !ok {
			return
		}
		if !v {
			hint(d.problem("keepalived-habit", d.words[1], "skip_check_adv_addr %s turns it on, as in keepalived", d.words[1].Text))
		}
		p.skipCheck = On
	})
	g.instanceBool("strict_mode", func(p *instanceDraft) *Tristate { return &p.strict })
	g.instanceBool("lower_prio_no_advert", func(p *instanceDraft) *Tristate { return &p.lowerPrio })
	g.instanceBool("higher_prio_send_advert", func(p *instanceDraft) *Tristate { return &p.higherPrio })
	g.instanceBool("owner_ignore_adverts", func(p *instanceDraft) *Tristate { return &p.ownerIgnore })
	g.instanceBool("notify_priority_changes", func(p *instanceDraft) *Tristate { return &p.notifyPrio })
	g.instanceBool("smtp_alert", func(p *instanceDraft) *Tristate { return &p.smtpAlert })
}

func registerInstancePreempt(g *grammar) {
	g.instanceLine("preempt", func(_ *decoder, p *instanceDraft) { p.NoPreempt = false })
	g.instanceFlag("nopreempt", func(p *instanceDraft) *bool { return &p.NoPreempt })
	g.instanceLine("preempt_delay", func(d *decoder, p *instanceDraft) {
		if t, ok := d.seconds(1, 0, 1000*time.Second); ok {
			p.PreemptDelay, p.preempt = t, d.words[0]
		}
	})
	g.instanceLine("down_timer_adverts", func(d *decoder, p *instanceDraft) {
		if n, ok := d.uint(1, 1, 100); ok {
			p.DownTimerAdverts, p.downTimerSet = int(n), true
		}
	})
	expired := func(d *decoder, p *instanceDraft) {
		p.timerBackup = d.words[0]
		if len(d.words) < 2 {
			p.TimerExpiredBackup = 254
			return
		}
		if n, ok := d.uint(1, 1, 254); ok {
			p.TimerExpiredBackup = int(n)
		}
	}
	g.instanceLine("timer_expired_backup", expired)
	g.instanceLine("thread_timer_expired", expired)
}

func registerInstanceGARP(g *grammar) {
	delay := func(keyword string, most uint64, field func(*garpDraft) **time.Duration) {
		g.instanceLine(keyword, func(d *decoder, p *instanceDraft) {
			if n, ok := d.uint(1, 0, most); ok {
				t := time.Duration(n) * time.Second
				*field(&p.garp) = &t
			}
		})
	}
	delay("garp_master_delay", maxSeconds, func(s *garpDraft) **time.Duration { return &s.delay })
	delay("garp_master_refresh", math.MaxUint32, func(s *garpDraft) **time.Duration { return &s.refresh })
	delay("garp_lower_prio_delay", maxSeconds, func(s *garpDraft) **time.Duration { return &s.lowerDelay })
	g.instanceLine("garp_master_repeat", func(d *decoder, p *instanceDraft) { d.instanceRepeat(&p.garp.repeat) })
	g.instanceLine("garp_master_refresh_repeat", func(d *decoder, p *instanceDraft) { d.instanceRepeat(&p.garp.refreshRepeat) })
	g.instanceLine("garp_lower_prio_repeat", func(d *decoder, p *instanceDraft) {
		if n, ok := d.uint(1, 0, 2147483647); ok {
			v := int(n)
			p.garp.lowerPrioReps = &v
		}
	})
	extra := func(d *decoder, p *instanceDraft) {
		p.extraSet = true
		d.extraIf(&p.GARP, 0)
	}
	g.instanceLine("garp_extra_if", extra)
	g.instanceLine("vmac_garp_intvl", func(d *decoder, p *instanceDraft) {
		d.oldName("garp_extra_if")
		extra(d, p)
	})
}

func (d *decoder) instanceRepeat(field **int) {
	n := 0
	d.repeat(&n)
	if n > 0 {
		*field = &n
	}
}

// state reads MASTER or BACKUP. MASTER stays: a BACKUP behind it is refused.
func (d *decoder) state(p *instanceDraft) {
	w, ok := d.word(1)
	if !ok {
		return
	}
	switch w.Text {
	case "MASTER":
		p.State, p.StateSet, p.stateMaster = Master, true, true
	case "BACKUP":
		if p.stateMaster {
			d.ignored("state", w, "state BACKUP follows state MASTER").Instead = "MASTER stays"
			return
		}
		p.State, p.StateSet = Backup, true
	default:
		q := d.problem("state", w, "state %s: must be MASTER or BACKUP", w.Text)
		q.Instead = "the line is ignored"
		if p.State == Backup {
			q.Instead = "BACKUP is used"
		}
	}
}

// instanceInterface reads the interface that adverts use.
func (d *decoder) instanceInterface(p *instanceDraft) {
	w, ok := d.word(1)
	if !ok {
		return
	}
	i, exists := d.host.Interface(w.Text)
	switch {
	case exists && i.Loopback:
		d.ignored("interface-loopback", w, "interface %s is a loopback: VRRP cannot use it", w.Text)
		p.Interface = ""
		return
	case !exists && !d.cfg.Global.DynamicInterfaces:
		q := d.missingInterface(w)
		q.Message = "interface " + w.Text + " of vrrp_instance " + p.Name + " does not exist"
	}
	p.Interface, p.iface = w.Text, w
}

// syncInterface tells where the interface of the synchronisation daemon is set already, if it is.
func (d *decoder) syncInterface() string {
	if d.cfg.Global.LVSSync != nil {
		return "lvs_sync_daemon in global_defs"
	}
	for _, p := range d.vrrp.instances {
		if p.LVSSyncInterface != "" {
			return "that of vrrp_instance " + p.Name
		}
	}
	return ""
}

// missingInterface reports an interface that the machine does not have; the daemon stops for it.
func (d *decoder) missingInterface(w parser.Word) *parser.Problem {
	p := d.problem("interface-missing", w, "interface %s does not exist", w.Text)
	p.Severity, p.StopsRun = parser.Error, true
	p.Instead = "the daemon does not start"
	p.Cure = "correct the name, or set dynamic_interfaces in global_defs"
	return p
}
