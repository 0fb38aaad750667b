package wiring

import (
	"cmp"
	"encoding/binary"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/script"
	"github.com/holdfast-ha/holdfast/lvs"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// Director returns what the LVS process needs.
func Director(c *config.Config, o Options) director.Settings {
	g := &c.Global
	s := director.Settings{
		ReconcileInterval: g.LVSReconcileInterval,
		TCP:               g.LVSTimeouts.TCP,
		TCPFin:            g.LVSTimeouts.TCPFin,
		UDP:               g.LVSTimeouts.UDP,
		Flush:             g.LVSFlush,
		FlushOnStop:       g.LVSFlushOnStop,
		KeepTable:         o.KeepTable,
		RSInitNotifies:    g.RSInitNotifies,
		NoCheckAlerts:     g.NoCheckerMails,
		ShareProbes:       g.ShareProbes,
		NetNS:             IPVSNamespace(g),
	}
	b := netlinkBuffer(g, "lvs_cmd")
	s.Buffer, s.ForceBuffer = b.Size, b.Force
	if g.RandomSeedSet {
		s.Seed = &g.RandomSeed
	}
	d := directorWiring{
		config: c, gate: NewGate(c, o.VRRP), options: o, groups: c.ServerGroups(), ssl: c.SSL,
		marks: newMarks(c, o.Marks),
	}
	s.Sync = d.sync(g.LVSSync)
	for i := range c.VirtualServers {
		s.VirtualServers = append(s.VirtualServers, d.virtualServer(&c.VirtualServers[i]))
	}
	s.Marks = d.marks.settings()
	return s
}

// defaultNamespace is the network namespace of net_namespace_ipvs without a name.
const defaultNamespace = "/proc/1/ns/net"

// IPVSNamespace is the network namespace of IPVS, a name or a path; empty: that of the daemon.
func IPVSNamespace(g *config.Global) string {
	if g.NetNSIPVSSet && g.NetNSIPVS == "" {
		return defaultNamespace
	}
	return g.NetNSIPVS
}

type directorWiring struct {
	config  *config.Config
	gate    *Gate
	options Options
	groups  map[string]*config.VirtualServerGroup
	ssl     *config.SSL
	marks   *markWiring // nil: every address is a service of its own
}

// sync is lvs_sync_daemon. Without an instance, or one that does not exist, the daemons of both roles
// run.
func (d *directorWiring) sync(l *config.LVSSync) *lvs.Sync {
	if l == nil {
		return nil
	}
	s := &lvs.Sync{Daemon: lvs.SyncDaemon{
		Interface: l.Interface,
		SyncID:    uint32(max(l.ID, 0)),
		MaxLen:    uint16(l.MaxLen),
		Port:      uint16(l.Port),
		TTL:       uint8(l.TTL),
		Group:     l.Group,
	}}
	if d.gate.instances[l.Instance] {
		s.Follow = []lvs.Follow{{Name: l.Instance}}
	}
	return s
}

func (d *directorWiring) virtualServer(v *config.VirtualServer) director.VirtualServer {
	s := director.VirtualServer{
		VirtualServer: lvs.VirtualServer{
			Name:         VirtualServerName(v),
			Services:     d.services(v),
			Omega:        v.Omega,
			Quorum:       v.Quorum,
			Hysteresis:   v.Hysteresis,
			SorryInhibit: v.SorryInhibit,
		},
		QuorumUp:   d.command(v.QuorumUp),
		QuorumDown: d.command(v.QuorumDown),
		HASuspend:  v.HASuspend,
		Alert:      v.SMTPAlert,
	}
	if v.SorryServer != nil {
		sorry := destination(v.SorryServer, v)
		s.Sorry = &sorry
	}
	for i := range v.RealServers {
		r := &v.RealServers[i]
		s.VirtualServer.RealServers = append(s.VirtualServer.RealServers, lvs.RealServer{
			Name:        RealServerName(r.Addr, v.Protocol, r.Port),
			Destination: destination(r, v),
			Inhibit:     r.Inhibit,
			Alpha:       allAlpha(r.Checkers),
			Checked:     len(r.Checkers) > 0,
			SlowStart:   r.SlowStart,
		})
		s.RealServers = append(s.RealServers, d.realServer(r, v))
	}
	return s
}

// allAlpha tells whether every check makes its real server start as down. The checks have inherited
// alpha, or have not: "alpha off" in one of them counts.
func allAlpha(list []config.Checker) bool {
	return len(list) > 0 && !slices.ContainsFunc(list, func(c config.Checker) bool { return !c.Alpha })
}

// services are the kernel services of a virtual server, each with what activates it.
func (d *directorWiring) services(v *config.VirtualServer) []lvs.GatedService {
	switch {
	case v.Addr.IsValid():
		key := lvs.ServiceKey{Addr: v.Addr, Port: v.Port, Protocol: protocol(v.Protocol), Family: family(v.Addr)}
		return []lvs.GatedService{{Service: service(v, key), Follow: d.gate.Address(v.Addr, v.FollowVRRP)}}
	case v.Group == "":
		key := lvs.ServiceKey{FWMark: v.FWMark, Family: uint8(v.Family)}
		return []lvs.GatedService{{Service: service(v, key), Follow: d.gate.FWMark(v.FollowVRRP)}}
	}
	g := d.groups[v.Group]
	if g == nil {
		return nil // reported by the validation
	}
	if d.marks != nil && d.marks.marks(g) {
		return d.marks.services(v, g, d.gate)
	}
	var s []lvs.GatedService
	for _, e := range g.Entries {
		if !e.First.IsValid() {
			f := uint8(e.Family)
			if f == 0 {
				f = uint8(v.Family)
			}
			key := lvs.ServiceKey{FWMark: e.FWMark, Family: f}
			s = append(s, lvs.GatedService{Service: service(v, key), Follow: d.gate.FWMark(v.FollowVRRP)})
			continue
		}
		for a := e.First; a.IsValid() && a.Compare(e.Last) <= 0; a = a.Next() {
			key := lvs.ServiceKey{Addr: a, Port: e.Port, Protocol: protocol(v.Protocol), Family: family(a)}
			s = append(s, lvs.GatedService{Service: service(v, key), Follow: d.gate.Address(a, v.FollowVRRP)})
		}
	}
	return s
}

// The kernel's service flags (IP_VS_SVC_F_SCHED1 to 3).
const (
	schedulerFlag1 = 0x8
	schedulerFlag2 = 0x10
	schedulerFlag3 = 0x20
)

// service gives a key the options of its virtual server.
func service(v *config.VirtualServer, key lvs.ServiceKey) lvs.Service {
	s := lvs.Service{
		ServiceKey:  key,
		Scheduler:   v.Scheduler,
		Persistent:  v.Persistence > 0,
		Timeout:     uint32(v.Persistence / time.Second),
		OnePacket:   v.OPS,
		Hashed:      v.Hashed,
		Persistence: v.PersistenceEngine,
		Netmask:     0xffffffff,
	}
	if !s.Persistent { // as in keepalived: the kernel would keep it, to no effect
		s.Persistence = ""
	}
	if s.Scheduler == "" {
		s.Scheduler = "wlc"
	}
	switch {
	case key.Family == 6:
		s.Netmask = 128
		if v.Granularity6 > 0 {
			s.Netmask = uint32(v.Granularity6)
		}
	case v.Granularity.Is4():
		mask := v.Granularity.As4()
		s.Netmask = binary.BigEndian.Uint32(mask[:])
	}
	for _, f := range []struct {
		set bool
		bit uint32
	}{{v.Flag1, schedulerFlag1}, {v.Flag2, schedulerFlag2}, {v.Flag3, schedulerFlag3}} {
		if f.set {
			s.Flags |= f.bit
		}
	}
	return s
}

// The kernel's tunnel types and flags (IP_VS_CONN_F_TUNNEL_TYPE_*, IP_VS_TUNNEL_ENCAP_FLAG_*).
var (
	tunnelTypes = map[string]uint8{"ipip": 0, "gue": 1, "gre": 2}
	tunnelFlags = map[string]uint16{"nocsum": 0, "csum": 1, "remcsum": 2}
)

func destination(r *config.RealServer, v *config.VirtualServer) lvs.Destination {
	d := lvs.Destination{
		DestinationKey: lvs.DestinationKey{Addr: r.Addr, Port: r.Port},
		Weight:         weight(r.Weight),
		UpperThreshold: r.UThreshold,
		LowerThreshold: r.LThreshold,
	}
	switch r.Method.Forward {
	case config.DR:
		d.Forward = lvs.Direct
	case config.TUN:
		d.Forward = lvs.Tunnel
		d.TunnelType = tunnelTypes[r.Method.Tunnel]
		d.TunnelPort = r.Method.Port
		d.TunnelFlags = tunnelFlags[r.Method.Checksum]
	default:
		d.Forward = lvs.Masquerade
	}
	// Without a port the real server has the service's: the kernel wants one for all but fwmarks.
	if d.Port == 0 {
		d.Port = v.Port
	}
	return d
}

// weight keeps a weight in the kernel's range (0 to 2^31-1).
func weight(w int64) uint32 { return uint32(min(max(w, 0), 1<<31-1)) }

func (d *directorWiring) realServer(r *config.RealServer, v *config.VirtualServer) director.RealServer {
	s := director.RealServer{NotifyUp: d.command(r.NotifyUp), NotifyDown: d.command(r.NotifyDown), Alert: r.SMTPAlert}
	for i := range r.Checkers {
		s.Checks = append(s.Checks, d.check(&r.Checkers[i], r, v))
	}
	return s
}

func (d *directorWiring) check(c *config.Checker, r *config.RealServer, v *config.VirtualServer) director.Check {
	k := director.Check{
		Name:             c.Type,
		DelayLoop:        c.DelayLoop,
		DelayBeforeRetry: c.DelayBeforeRetry,
		Retry:            c.Retry,
		Warmup:           c.Warmup,
		Alpha:            c.Alpha,
		LogAllFailures:   c.LogAllFailures,
	}
	switch {
	case c.Type == "MISC_CHECK" && c.MiscScript != nil:
		k.Misc = &director.MiscCheck{Command: *d.command(c.MiscScript), Timeout: c.MiscTimeout, Dynamic: c.MiscDynamic}
		if k.Misc.Timeout == 0 {
			k.Misc.Timeout = c.DelayLoop
		}
	case c.Type == "BFD_CHECK" && c.BFD != "":
		k.Session = c.BFD
		k.Retry = 0 // the session has done the waiting
	case isHTTP(c):
		k.HTTP = d.httpCheck(c, r, v)
	case c.Type == "FILE_CHECK":
		k.File = d.fileCheck(c)
		k.Unsupported = k.File == nil
	default:
		k.Unsupported = !networkCheck(&k, c, r)
	}
	return k
}

func (d *directorWiring) command(s *config.Script) *script.Command {
	if s == nil {
		return nil
	}
	return Command(s, &d.config.Global, d.options.Groups)
}

// Command is a script as it is run; groups looks up supplementary groups where they are wanted: for
// all scripts, or for this one. A program that is a symbolic link is executed as what it leads to, under
// the name that is written, unless use_symlink_paths says otherwise.
func Command(s *config.Script, g *config.Global, groups func(user string) []uint32) *script.Command {
	c := &script.Command{Args: s.Args, UID: s.UID, GID: s.GID}
	if path := cmp.Or(s.File, s.Program); path != "" && !g.UseSymlinkPaths && path != s.Args[0] {
		c.Path = path
	}
	if (g.SupplementaryGroups || s.Supplementary) && groups != nil && s.User != "" {
		c.Groups = groups(s.User)
	}
	return c
}

// VirtualServerName is keepalived's name of a virtual server: "[192.0.2.1]:tcp:80", "[group]:0",
// "FWM 4".
func VirtualServerName(v *config.VirtualServer) string {
	switch {
	case v.Addr.IsValid():
		return RealServerName(v.Addr, v.Protocol, v.Port)
	case v.Group != "":
		return "[" + v.Group + "]:0"
	}
	return "FWM " + strconv.FormatUint(uint64(v.FWMark), 10)
}

// RealServerName is keepalived's name of a real server: "[192.0.2.10]:tcp:80", and behind a fwmark,
// which has no protocol, "[192.0.2.10]:none:80".
func RealServerName(a netip.Addr, protocol string, port uint16) string {
	if protocol == "" {
		protocol = "none"
	}
	return "[" + a.String() + "]:" + strings.ToLower(protocol) + ":" + strconv.Itoa(int(port))
}

func protocol(name string) lvs.Protocol {
	switch name {
	case "UDP":
		return lvs.UDP
	case "SCTP":
		return lvs.SCTP
	}
	return lvs.TCP
}

func family(a netip.Addr) uint8 {
	if a.Is4() {
		return 4
	}
	return 6
}
