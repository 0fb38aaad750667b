package datafile

import (
	"fmt"
	"strings"
	"time"

	"github.com/holdfast-ha/holdfast/parser/config"
)

// Process tells whose file it is: each of keepalived's processes looks up the account of its own
// scripts only.
type Process int

// The processes that have a file.
const (
	VRRPProcess Process = iota
	CheckProcess
	BFDProcess
	ParentProcess
)

// Global writes the section of the global definitions, with which both files begin.
func Global(w *Writer, c *config.Config, p Process) {
	g := &c.Global
	w.Section("Global definitions")
	globalNames(w, g)
	globalMail(w, g)
	globalReload(w, g)
	globalInterfaces(w, g)
	globalLVS(w, g)
	globalFIFOs(w, g, p)
	globalVRRP(w, g)
	globalFirewall(w, g)
	w.Line(0, "VRRP check unicast_src = %s", trueFalse(g.CheckUnicastSrc))
	w.Line(0, "VRRP skip check advert addresses = %s", trueFalse(g.SkipCheckAdvAddr))
	w.Line(0, "VRRP strict mode = %s", trueFalse(g.Strict))
	globalProcesses(w, g)
	globalSNMP(w, g)
	globalSecurity(w, g, p)
	globalBuffers(w, g)
	globalRest(w, g)
}

func globalNames(w *Writer, g *config.Global) {
	w.LineIf(g.ConfigSaveDir != "", 0, "Config save dir = %s", g.ConfigSaveDir)
	w.Line(0, "Network namespace = %s", or(g.NetNamespace, "(default)"))
	ipvs := "(main namespace)"
	if g.NetNSIPVSSet {
		ipvs = or(g.NetNSIPVS, "(default)")
	}
	w.Line(0, "Network namespace ipvs = %s", ipvs)
	w.LineIf(g.Instance != "", 0, "Instance name = %s", g.Instance)
	w.LineIf(g.ProcessName != "", 0, "Parent process name = %s", g.ProcessName)
	for _, p := range []struct {
		label, name, standard string
	}{
		{"VRRP", g.VRRPProcess.Name, "keepalived_vrrp"},
		{"LVS", g.CheckerProcess.Name, "keepalived_lvs"},
		{"BFD", g.BFDProcess.Name, "keepalived_bfd"},
	} {
		if p.name == "" && g.ProcessNames {
			p.name = p.standard
		}
		w.LineIf(p.name != "", 0, "%s process name = %s", p.label, p.name)
	}
	w.Line(0, "%s symlinks in script paths", word(g.UseSymlinkPaths, "Keep", "Replace"))
	w.Line(0, "%s supplementary groups for all scripts", word(g.SupplementaryGroups, "Set", "Don't set"))
	w.Line(0, "Router ID = %s", or(g.RouterID, "[unknown]"))
}

// or is text, or what stands for it when there is none.
func or(text, none string) string {
	if text == "" {
		return none
	}
	return text
}

func globalMail(w *Writer, g *config.Global) {
	if g.SMTPServer != "" {
		w.Line(0, "Smtp server = %s", strings.Replace(g.SMTPServer, "localhost", "127.0.0.1", 1))
		w.Line(0, "Smtp server port = %d", g.SMTPPort)
	}
	w.LineIf(g.SMTPHelo != "", 0, "Smtp HELO name = %s", g.SMTPHelo)
	w.LineIf(g.SMTPTimeoutSet || g.SMTPServer != "", 0, "Smtp server connection timeout = %d", whole(g.SMTPTimeout))
	if g.EmailFrom != "" {
		w.Line(0, "Email notification from = %s", g.EmailFrom)
		w.Line(0, "Email notification to:")
		for _, to := range g.EmailTo {
			w.Line(1, "%s", to)
		}
	}
	alerts := [...]string{config.Unset: "unset", config.Off: "off", config.On: "on"}
	w.Line(0, "Default smtp_alert = %s", alerts[g.SMTPAlert])
	w.Line(0, "Default smtp_alert_vrrp = %s", alerts[g.SMTPAlertVRRP])
	w.Line(0, "Default smtp_alert_checker = %s", alerts[g.SMTPAlertCheck])
	w.Line(0, "Checkers log all failures = %s", trueFalse(g.LogAllFailures))
}

func globalReload(w *Writer, g *config.Global) {
	if g.ReloadCheck == config.On {
		w.Line(0, "Test config before reload, log to %s", or(g.ReloadCheckLog, "(default)"))
	} else {
		w.Line(0, "No test config before reload")
	}
	if g.ReloadTimeFile != "" {
		w.Line(0, "Reload time file = %s%s", g.ReloadTimeFile, word(g.ReloadRepeat, " (repeat)", ""))
		w.Line(0, "No reload scheduled")
	}
	w.LineIf(g.ReloadFile != "", 0, "Reload_file = %s", g.ReloadFile)
	w.LineIf(g.TmpConfigDir != "", 0, "config save directory = %s", g.TmpConfigDir)
	w.LineIf(g.DataUseInstance, 0, "Use instance name in data dumps")
}

func globalInterfaces(w *Writer, g *config.Global) {
	w.Line(0, "Dynamic interfaces = %s", trueFalse(g.DynamicInterfaces))
	w.LineIf(g.DynamicInterfaces, 0, "Allow interface changes = %s", trueFalse(g.DynamicInterfacesChanges))
	w.LineIf(g.NoEmailFaults, 0, "Send emails for fault transitions = off")
}

func globalLVS(w *Writer, g *config.Global) {
	t := &g.LVSTimeouts
	w.LineIf(t.TCP > 0, 0, "LVS TCP timeout = %d", whole(t.TCP))
	w.LineIf(t.TCPFin > 0, 0, "LVS TCP FIN timeout = %d", whole(t.TCPFin))
	w.LineIf(t.UDP > 0, 0, "LVS TCP timeout = %d", whole(t.UDP)) // keepalived's label for UDP
	w.Line(0, "Default interface = %s", g.DefaultInterface)
	w.Line(0, "Disable local IGMP = %s", yesNo(g.DisableLocalIGMP))
	w.Line(0, "Use VRRPv2 checksum for VRRPv3 IPv4 = %s", yesNo(g.V3ChecksumAsV2))
	if s := g.LVSSync; s != nil {
		w.LineIf(s.Instance != "", 0, "LVS syncd vrrp instance = %s", s.Instance)
		w.Line(0, "LVS syncd interface = %s", s.Interface)
		w.Line(0, "LVS syncd syncid = %d", s.ID)
		w.LineIf(s.MaxLen > 0, 0, "LVS syncd maxlen = %d", s.MaxLen)
		w.LineIf(s.Group.IsValid(), 0, "LVS mcast group %s", s.Group)
		w.LineIf(s.Port > 0, 0, "LVS syncd mcast port = %d", s.Port)
		w.LineIf(s.TTL > 0, 0, "LVS syncd mcast ttl = %d", s.TTL)
	}
	w.Line(0, "LVS flush = %s", trueFalse(g.LVSFlush))
	w.Line(0, "LVS flush on stop = %s", map[string]string{"": "disabled", "all": "full", "VS": "VS"}[g.LVSFlushOnStop])
}

func globalFIFOs(w *Writer, g *config.Global, p Process) {
	for _, f := range []struct {
		label string
		fifo  *config.FIFO
		own   bool // of this process, which runs the script
	}{{"Global", &g.NotifyFIFO, true}, {"VRRP", &g.VRRPNotifyFIFO, p == VRRPProcess}, {"LVS", &g.LVSNotifyFIFO, p == CheckProcess}} {
		if f.fifo.Path == "" {
			continue
		}
		w.Line(0, "%s notify fifo = %s, uid:gid %d:%d", f.label, f.fifo.Path, f.fifo.UID, f.fifo.GID)
		switch s := f.fifo.Script; {
		case s == nil:
		case !f.own:
			w.Line(0, "%s notify fifo script = '%s', uid:gid %d:%d", f.label, strings.Join(s.Args, "' '"), g.ScriptAccount.UID, g.ScriptAccount.GID)
		default:
			w.Line(0, "%s notify fifo script = %s, uid:gid %d:%d", f.label, command(s, f.fifo.Path), s.UID, s.GID)
		}
	}
	w.Line(0, "FIFO write vrrp states on reload = %s", trueFalse(g.FIFOStatesOnReload))
}

func globalVRRP(w *Writer, g *config.Global) {
	w.Line(0, "VRRP notify priority changes = %s", trueFalse(g.NotifyPriorityChanges))
	w.Line(0, "VRRP IPv4 mcast group = %s", g.MulticastGroup4)
	w.Line(0, "VRRP IPv6 mcast group = %s", g.MulticastGroup6)
	garp(w, 0, &g.GARP, "refresh timer")
	w.Line(0, "Num adverts before down = %d", g.DownTimerAdverts)
	w.Line(0, "Gratuitous ARP for each secondary %s = %ds", word(g.GARP.ExtraIfAll, "i/f", "VMAC"), whole(g.GARP.ExtraIf))
	w.Line(0, "Send advert after receive lower priority advert = %s", trueFalse(!g.LowerPrioNoAdvert))
	w.Line(0, "Send advert after receive higher priority advert = %s", trueFalse(g.HigherPrioSendAdvert))
	w.Line(0, "Gratuitous ARP interval = %s", seconds(g.GARPInterval))
	w.Line(0, "Gratuitous NA interval = %s", seconds(g.GNAInterval))
	w.Line(0, "VRRP default protocol version = %d", max(g.VRRPVersion, 2))
}

// garp writes the settings of gratuitous ARP, which an instance has as the global section has them.
func garp(w *Writer, depth int, g *config.GARPSettings, refresh string) {
	w.Line(depth, "Gratuitous ARP delay = %d", whole(g.Delay))
	w.Line(depth, "Gratuitous ARP repeat = %d", g.Repeat)
	w.Line(depth, "Gratuitous ARP %s = %d", refresh, whole(g.Refresh))
	w.Line(depth, "Gratuitous ARP refresh repeat = %d", g.RefreshRepeat)
	w.Line(depth, "Gratuitous ARP lower priority delay = %d", whole(g.LowerPrioDelay))
	w.Line(depth, "Gratuitous ARP lower priority repeat = %d", g.LowerPrioRep)
}

func globalFirewall(w *Writer, g *config.Global) {
	if len(g.IPTables) > 0 {
		w.Line(0, "Iptables input chain = %s", g.IPTables[0])
		w.LineIf(len(g.IPTables) > 1, 0, "Iptables output chain = %s", g.IPTables[len(g.IPTables)-1])
	}
	if g.IPSets != nil {
		w.Line(0, "Using ipsets = true")
		labels := []string{"ipset IPv4 address set", "ipset IPv6 address set", "ipset IPv6 address,iface set", "ipset IGMP set", "ipset MLD set", "ipset ND set"}
		for i, name := range g.IPSets[:min(len(g.IPSets), len(labels))] {
			w.Line(0, "%s = %s", labels[i], name)
		}
	}
	if g.NFTables != "" {
		w.Line(0, "nftables table name = %s", g.NFTables)
		w.Line(0, "nftables base chain priority = %d", g.NFTablesPriority)
		w.Line(0, "nftables %sforce use ifindex for link local IPv6", word(g.NFTablesIfindex, "", "don't "))
	}
	if g.NFTablesIPVS != "" {
		w.Line(0, "ipvs nftables table name = %s", g.NFTablesIPVS)
		w.Line(0, "ipvs nftables base chain priority = %d", g.NFTablesIPVSPriority)
		w.Line(0, "ipvs nftables start fwmark = %d", g.NFTablesIPVSFirstMark)
	}
	w.Line(0, "nftables with%s counters", word(g.NFTablesCounters, "", "out"))
}

func globalProcesses(w *Writer, g *config.Global) {
	if g.MaxAutoPriority < 0 {
		w.Line(0, "Max auto priority = Disabled")
	} else {
		w.Line(0, "Max auto priority = %d", g.MaxAutoPriority)
	}
	w.Line(0, "Min auto priority delay = %d usecs", g.MinAutoPriorityDelay.Microseconds())
	processSettings(w, "VRRP", &g.VRRPProcess)
	processSettings(w, "Checker", &g.CheckerProcess)
	processSettings(w, "BFD", &g.BFDProcess)
}

// standardRTTime is keepalived's limit of the time that a real-time process may run without a pause.
const standardRTTime = 10 * time.Millisecond

func processSettings(w *Writer, label string, p *config.ProcessSettings) {
	w.Line(0, "%s process priority = %d", label, p.Nice)
	w.Line(0, "%s don't swap = %s", label, trueFalse(p.NoSwap))
	w.Line(0, "%s realtime priority = %d", label, p.RTPriority)
	if len(p.CPUs) > 0 {
		w.Line(0, "%s CPU Affinity = %s", label, strings.Trim(fmt.Sprint(p.CPUs), "[]"))
	}
	limit := p.RLimitRTTime
	if limit == 0 {
		limit = standardRTTime
	}
	w.Line(0, "%s realtime limit = %d", label, limit.Microseconds())
}

func globalSNMP(w *Writer, g *config.Global) {
	s := &g.SNMP
	if s.Traps || s.VRRP || s.RFCv2 || s.RFCv3 || s.Checker || s.Socket != "" {
		w.Line(0, "SNMP vrrp %s", enabled(s.VRRP))
		w.Line(0, "SNMP checker %s", enabled(s.Checker))
		w.Line(0, "SNMP RFCv2 %s", enabled(s.RFCv2))
		w.Line(0, "SNMP RFCv3 %s", enabled(s.RFCv3))
		w.Line(0, "SNMP traps %s", enabled(s.Traps))
		w.Line(0, "SNMP socket = %s", or(s.Socket, "default (unix:/var/agentx/master)"))
		w.Line(0, "SNMP VS stats update interval = %s", seconds(s.VSStatsInterval))
		w.Line(0, "SNMP RS stats update interval = %s", seconds(s.RSStatsUpdateInterval))
	}
	if g.DBus {
		w.Line(0, "DBus enabled")
		w.Line(0, "DBus service name = %s", g.DBusService)
		w.LineIf(g.DBusNoInterface != "", 0, "DBus no interface name = %s", g.DBusNoInterface)
	}
}

func globalSecurity(w *Writer, g *config.Global, p Process) {
	w.Line(0, "Script security %s", enabled(g.ScriptSecurity))
	a := &g.ScriptAccount
	used := a.VRRP
	if p == CheckProcess {
		used = a.LVS
	}
	w.LineIf(used, 0, "Default script uid:gid %d:%d", a.UID, a.GID)
}

func globalBuffers(w *Writer, g *config.Global) {
	for _, name := range []string{"vrrp_netlink_cmd", "vrrp_netlink_monitor", "process_monitor", "lvs_netlink_cmd", "lvs_netlink_monitor"} {
		b := g.Netlink[strings.Replace(name, "_netlink", "", 1)]
		w.Line(0, "%s_rcv_bufs = %d", name, b.Size)
		w.Line(0, "%s_rcv_bufs_force = %s", name, oneZero(b.Force))
	}
	w.Line(0, "rs_init_notifies = %s", oneZero(g.RSInitNotifies))
	w.Line(0, "no_checker_emails = %s", oneZero(g.NoCheckerMails))
	switch g.RxBufsPolicy {
	case "":
	case "MTU", "ADVERT":
		w.Line(0, "rx_bufs_policy = %s", g.RxBufsPolicy)
	default:
		w.Line(0, "rx_bufs_size = %s", g.RxBufsPolicy)
	}
	w.Line(0, "rx_bufs_multiples = %d", g.RxBufsMultiplier)
}

// standardUmask is the umask that keepalived gives itself.
const standardUmask = 0o177

func globalRest(w *Writer, g *config.Global) {
	umask := g.Umask
	if umask < 0 {
		umask = standardUmask
	}
	w.Line(0, "umask = 0%o", umask)
	w.LineIf(g.StartupDelay > 0, 0, "vrrp_startup_delay = %g", g.StartupDelay.Seconds())
	w.LineIf(g.LogUnknownVRIDs, 0, "log_unknown_vrids")
	w.LineIf(g.OwnerIgnoreAdverts, 0, "vrrp_owner_ignore_adverts")
	w.LineIf(g.VMACPrefix != "" && g.VMACPrefix != "vrrp", 0, "VMAC prefix = %s", g.VMACPrefix)
	w.LineIf(g.VMACAddrPrefix != "" && g.VMACAddrPrefix != "vrrp", 0, "VMAC address prefix = %s", g.VMACAddrPrefix)
	w.Line(0, "json_version %d", max(g.JSONVersion, 1))
	w.Line(0, "iproute usr directory %s", or(g.IPRouteUsrDir, "/etc/iproute2"))
	w.Line(0, "iproute etc directory %s", or(g.IPRouteEtcDir, "/etc/iproute2"))
	w.LineIf(g.StateDumpFile != "", 0, "state dump file %s", g.StateDumpFile)
	w.LineIf(g.StatsDumpFile != "", 0, "stats dump file %s", g.StatsDumpFile)
	w.LineIf(g.JSONDumpFile != "", 0, "json dump file %s", g.JSONDumpFile)
}
