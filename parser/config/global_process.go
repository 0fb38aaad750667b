package config

import (
	"strings"
	"time"
)

// maxProcessName is what the kernel keeps of a process name.
const maxProcessName = 15

func registerGlobalProcess(gr *grammar) {
	g := globals{gr}
	g.flag("process_names", func(c *Global) *bool { return &c.ProcessNames })
	g.processName("process_name", func(c *Global) *string { return &c.ProcessName })
	g.processName("vrrp_process_name", func(c *Global) *string { return &c.VRRPProcess.Name })
	g.processName("checker_process_name", func(c *Global) *string { return &c.CheckerProcess.Name })
	g.processName("lvs_process_name", func(c *Global) *string { return &c.CheckerProcess.Name })
	g.alias("lvs_process_name", "checker_process_name")
	g.processName("bfd_process_name", func(c *Global) *string { return &c.BFDProcess.Name })
	g.process("vrrp", func(c *Global) *ProcessSettings { return &c.VRRPProcess })
	g.process("checker", func(c *Global) *ProcessSettings { return &c.CheckerProcess })
	g.process("bfd", func(c *Global) *ProcessSettings { return &c.BFDProcess })
	g.line("global_defs", "max_auto_priority", func(d *decoder) {
		if len(d.words) < 2 {
			d.cfg.Global.MaxAutoPriority = 99
		} else if n, ok := d.int(1, -1, 99); ok {
			d.cfg.Global.MaxAutoPriority = int(n)
		}
	})
	g.micro("min_auto_priority_delay", 1, 10000000, func(c *Global) *time.Duration { return &c.MinAutoPriorityDelay })
	for _, n := range []string{"vrrp_netlink_cmd_rcv_bufs", "vrrp_netlink_monitor_rcv_bufs", "lvs_netlink_cmd_rcv_bufs", "lvs_netlink_monitor_rcv_bufs", "process_monitor_rcv_bufs"} {
		g.netlinkBuffer(n)
		g.lenient(n)
	}
	for _, p := range []string{"vrrp", "checker", "bfd"} {
		g.lenient(p+"_priority", p+"_rt_priority")
	}
	g.lenient("min_auto_priority_delay")
}

// processName registers the name of a process, cut where the kernel cuts it.
func (g globals) processName(keyword string, field func(*Global) *string) {
	g.line("global_defs", keyword, func(d *decoder) {
		s, ok := d.text(1)
		if !ok {
			return
		}
		if len(s) > maxProcessName {
			d.problem("process-name", d.words[1], "%s %s: longer than %d characters", keyword, s, maxProcessName).
				Instead = s[:maxProcessName] + " is used"
			s = s[:maxProcessName]
		}
		*field(&d.cfg.Global) = s
	})
}

// process registers the scheduling keywords of one process.
func (g globals) process(prefix string, of func(*Global) *ProcessSettings) {
	g.int(prefix+"_priority", -20, 19, func(c *Global) *int { return &of(c).Nice })
	g.flag(prefix+"_no_swap", func(c *Global) *bool { return &of(c).NoSwap })
	g.line("global_defs", prefix+"_rt_priority", func(d *decoder) {
		n, ok := d.int(1, 0, 1<<31-1)
		if !ok {
			return
		}
		if n < 1 {
			d.rangeProblem(d.words[1], "must be %d to %d", 1, 99)
			return
		}
		if n > 99 {
			d.problem("range", d.words[1], "%s %d: must be 1 to 99", d.words[0].Text, n).Instead = "99 is used"
			n = 99
		}
		of(&d.cfg.Global).RTPriority = int(n)
	})
	g.line("global_defs", prefix+"_cpu_affinity", func(d *decoder) { d.cpuAffinity(of(&d.cfg.Global)) })
	limit := func(c *Global) *time.Duration { return &of(c).RLimitRTTime }
	g.micro(prefix+"_rlimit_rttime", 1, 4294967295, limit)
	g.micro(prefix+"_rlimit_rtime", 1, 4294967295, limit)
	g.alias(prefix+"_rlimit_rtime", prefix+"_rlimit_rttime")
}

// cpuAffinity reads CPU numbers.
func (d *decoder) cpuAffinity(p *ProcessSettings) {
	if _, ok := d.wanted(1); !ok {
		return
	}
	limit := uint64(1023)
	if h, ok := d.host.(interface{ CPUs() int }); ok {
		limit = uint64(h.CPUs() - 1)
	}
	var cpus []int
	for _, w := range d.words[1:] {
		n, ok := d.uintWord(w, 0, limit)
		if !ok {
			return
		}
		cpus = append(cpus, int(n))
	}
	p.CPUs = cpus
}

// netlinkBuffer registers a receive buffer size and its _force.
func (g globals) netlinkBuffer(keyword string) {
	name := strings.Replace(strings.TrimSuffix(keyword, "_rcv_bufs"), "_netlink", "", 1)
	set := func(d *decoder, f func(*NetlinkBuffer)) {
		c := &d.cfg.Global
		if c.Netlink == nil {
			c.Netlink = map[string]NetlinkBuffer{}
		}
		b := c.Netlink[name]
		f(&b)
		c.Netlink[name] = b
	}
	g.line("global_defs", keyword, func(d *decoder) {
		if n, ok := d.uint(1, 0, 4294967295); ok {
			set(d, func(b *NetlinkBuffer) { b.Size = uint32(n) })
		}
	})
	g.line("global_defs", keyword+"_force", func(d *decoder) {
		if v, ok := d.bool(1); ok {
			set(d, func(b *NetlinkBuffer) { b.Force = v })
		}
	})
}
