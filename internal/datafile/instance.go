package datafile

import (
	"fmt"
	"slices"
	"time"

	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// owner is the priority of the owner of the addresses.
const owner = 255

// instance writes the instance of index i.
func (v *vrrp) instance(i int) {
	in := &v.c.Instances[i]
	v.Line(0, "VRRP Instance = %s", in.Name)
	v.Line(1, "VRRP Version = %d", in.Version)
	for _, g := range v.c.SyncGroups {
		for _, member := range g.Members {
			v.LineIf(member == in.Name, 1, "Sync group = %s", g.Name)
		}
	}
	v.LineIf(in.Family == 6, 1, "Using Native IPv6")
	v.election(in)
	v.flags(in)
	v.faults(in)
	v.timers(in)
	v.device(in, v.links[i])
	v.packets(in)
	v.priorities(in)
	v.behaviour(in)
	v.secrets(in)
	v.LineIf(in.RxBufSize > 0, 1, "Kernel rx buffer size = %d", in.RxBufSize)
	v.LineIf(in.Debug > 0, 1, "Debug level = %d", in.Debug)
	v.addresses(in, v.links[i])
	v.unicast(in)
	v.Line(1, "fd_in -1, fd_out -1")
	v.routes(in)
	v.tracks(in)
	v.notify(in)
}

// election writes what the election has come to.
func (v *vrrp) election(in *config.Instance) {
	s := v.states[in.Name]
	if s == nil {
		s = &speaker.InstanceStatus{State: "INIT"}
	}
	v.Line(1, "State = %s", s.State)
	switch s.State {
	case "INIT", "BACKUP":
		router := "(none)"
		if s.MasterAddr.IsValid() {
			router = s.MasterAddr.String()
		}
		v.Line(1, "Master router = %s", router)
		v.Line(1, "Master priority = %d", s.MasterPriority)
		v.LineIf(in.Version == 3, 1, "Master advert interval = %d milli-sec", in.AdvertInt.Milliseconds())
	case "MASTER":
		v.Line(1, "Rogue master counter = 0")
		v.Line(1, "Roger timer thread = (nil)")
	}
}

// flags writes the heading that keepalived has whenever one of its bits is set, also where it has no
// line for it.
func (v *vrrp) flags(in *config.Instance) {
	other := false
	for _, a := range in.Excluded {
		other = other || a.Prefix.Addr().Is6() != (in.Family == 6)
	}
	if in.Unicast || in.UnicastIgnored || in.FaultNoPeer || in.CheckUniSrc || in.TrackSrcIP ||
		in.MulticastSrc.IsValid() || in.UnicastSrc.IsValid() || in.NoPreempt || in.SkipCheckAdvAddr ||
		in.DontTrackPrimary || in.PromoteSecondaries || in.NoVIP || in.LinkbeatPoll || in.V3ChecksumAsV2 ||
		in.GARP.ExtraIfAll || in.VMAC != nil || in.IPVLAN != nil || other {
		v.Line(1, "Flags:")
	} else {
		v.Line(1, "Flags: none")
	}
	v.LineIf(in.Unicast, 2, "Using unicast")
	v.LineIf(in.UnicastIgnored, 2, "Unicast config option specified but using multicast")
	v.LineIf(in.FaultNoPeer, 2, "If unicast go to fault state if no peers")
	v.Line(1, "Wantstate = %s", v.wanted(in))
}

// wanted is the state that an instance heads for.
func (v *vrrp) wanted(in *config.Instance) string {
	current := ""
	if s := v.states[in.Name]; s != nil {
		current = s.State
	}
	return wanted(v.c, in, current)
}

// wanted is the state that an instance heads for: that of a MASTER and of FAULT is their own, in a sync
// group it is the group's, else the one in the file.
func wanted(c *config.Config, in *config.Instance, current string) string {
	if current != "" {
		grouped := slices.ContainsFunc(c.SyncGroups, func(g config.SyncGroup) bool { return slices.Contains(g.Members, in.Name) })
		if grouped || current == "FAULT" && !in.Disabled || current == "MASTER" {
			return current
		}
	}
	return word(in.State == config.Master, "MASTER", "BACKUP")
}

func (v *vrrp) faults(in *config.Instance) {
	v.Line(1, "Number of config faults = %s", oneZero(in.Disabled))
	s := v.states[in.Name]
	fault := s != nil && s.State == "FAULT" && !in.Disabled
	v.Line(1, "Number of tracker faults = %s", oneZero(fault))
	if in.Disabled || fault {
		v.Line(1, "Flags of interface faults:")
		v.Line(2, "%s", word(in.Disabled, "config error", "unspecified"))
	} else {
		v.Line(1, "Flags of interface faults - (none)")
	}
	v.Line(1, "Number of track scripts init = 0")
}

func (v *vrrp) timers(in *config.Instance) {
	s := v.states[in.Name]
	var since time.Time
	if s != nil {
		since = s.Since
	}
	v.Line(1, "Last transition = %s", stamp(since))
	v.Line(1, "Read timeout = DISABLED")
	v.Line(1, "Master down timer = %d usecs", masterDown(in, v.priority(in)).Microseconds())
}

// stamp is a time as keepalived dumps it: seconds since 1970 with microseconds, and in words.
func stamp(t time.Time) string {
	if t.IsZero() {
		return "0.000000 (never)"
	}
	words := t.Format("Mon Jan _2 15:04:05.000000 2006")
	return fmt.Sprintf("%d.%06d (%s)", t.Unix(), t.Nanosecond()/1000, words)
}

// masterDown is how long a backup waits for an advert: RFC 9568 section 6.1, with the number of lost
// adverts that the file says. The owner does not wait.
func masterDown(in *config.Instance, priority int) time.Duration {
	if priority == owner {
		return time.Microsecond
	}
	unit := time.Second
	if in.Version == 3 {
		unit = in.AdvertInt
	}
	skew := unit * time.Duration(256-priority) / 256
	return time.Duration(in.DownTimerAdverts)*in.AdvertInt + skew
}

// priority is the effective priority.
func (v *vrrp) priority(in *config.Instance) int {
	if s := v.states[in.Name]; s != nil && s.Priority > 0 {
		return s.Priority
	}
	return int(in.Priority)
}

// device writes the interface and the one that is made on top of it.
func (v *vrrp) device(in *config.Instance, l link) {
	switch l.kind {
	case "vmac":
		m := in.VMAC
		v.Line(1, "Use VMAC, i/f name %s, is_up = true, xmit_base = %s", l.name, trueFalse(m.XmitBase))
		v.LineIf(len(m.MAC) > 0, 2, "MAC = %s", mac(m.MAC))
	case "ipvlan":
		p := in.IPVLAN
		source := ""
		if p.Source.IsValid() {
			source = ", i/f address = " + p.Source.String()
		}
		v.Line(1, "Use IPVLAN, i/f %s, is_up = true%s, type %s", l.name, source, or(p.Mode, "bridge"))
	}
	v.LineIf(in.VMAC != nil && in.VMAC.Notify, 2, "Force netlink update for base interface")
	v.LineIf(in.VMAC != nil && in.VMAC.AddrVMACs, 2, "Use VMAC for VIPs on other interfaces")
	v.LineIf(group(in) != "", 2, "Interface group %s", group(in))
	if l.kind == "" {
		v.Line(1, "Interface = %s", or(l.base, "not configured"))
	} else {
		v.Line(1, "Interface = %s, %s on %s%s", l.name, l.kind, l.base,
			word(in.VMAC != nil && in.VMAC.XmitBase, ", xmit base i/f", ""))
	}
	v.LineIf(in.VRF != "", 1, "VRF = %s", in.VRF)
	v.LineIf(in.DontTrackPrimary, 1, "VRRP interface tracking disabled")
}

// group is the interface group of an interface that is made for an instance.
func group(in *config.Instance) string {
	switch {
	case in.IPVLAN != nil:
		return in.IPVLAN.Group
	case in.VMAC != nil:
		return in.VMAC.Group
	}
	return ""
}

func mac(octets []byte) string {
	text := ""
	for i, o := range octets {
		if i > 0 {
			text += ":"
		}
		text += fmt.Sprintf("%02x", o)
	}
	return text
}

// packets writes what adverts look like and where they go.
func (v *vrrp) packets(in *config.Instance) {
	v.LineIf(in.SkipCheckAdvAddr, 1, "Skip checking advert IP addresses")
	v.LineIf(in.NoVIP, 1, "Suppress no VIPs warning")
	v.LineIf(in.Strict, 1, "Enforcing strict VRRP compliance")
	source, configured := "(none)", in.MulticastSrc
	if in.Unicast {
		configured = in.UnicastSrc
	}
	if s := v.states[in.Name]; s != nil && s.Source.IsValid() {
		source = s.Source.String()
	}
	if configured.IsValid() {
		source = configured.String() + " (from configuration)"
	}
	v.Line(1, "Using src_ip = %s", source)
	v.LineIf(!in.Unicast, 1, "Multicast address %s", in.MulticastDst)
	garp(v.Writer, 1, &in.GARP, "refresh")
	v.Line(1, "Down timer adverts = %d", in.DownTimerAdverts)
	v.LineIf(in.GARP.ExtraIf > 0 && extraGARP(in), 1, "Gratuitous ARP for each secondary %s = %d", word(in.GARP.ExtraIfAll, "i/f", "VMAC"), whole(in.GARP.ExtraIf))
	v.Line(1, "Send advert after receive lower priority advert = %s", trueFalse(!in.LowerPrioNoAdvert))
	v.Line(1, "Send advert after receive higher priority advert = %s", trueFalse(in.HigherPrioSendAdvert))
	v.LineIf(in.Priority == owner, 1, "Address owner ignores received adverts = %s", trueFalse(in.OwnerIgnoreAdverts))
}

// extraGARP tells whether an instance has an address on another interface, without which keepalived
// forgets garp_extra_if: one with a MAC address of its own, or any where the word all is given.
func extraGARP(in *config.Instance) bool {
	return slices.ContainsFunc(slices.Concat(in.Addresses, in.Excluded), func(a config.Address) bool {
		if a.Dev == "" || a.Dev == in.Interface {
			return false
		}
		return a.UseVMAC || in.VMAC != nil && in.VMAC.AddrVMACs || in.GARP.ExtraIfAll
	})
}

func (v *vrrp) priorities(in *config.Instance) {
	v.Line(1, "Virtual Router ID = %d", in.VRID)
	v.Line(1, "Priority = %d", in.Priority)
	v.Line(1, "Effective priority = %d", v.priority(in))
	v.Line(1, "Total priority = %d", v.priority(in))
	v.LineIf(in.NoPreempt, 1, "Highest other priority = 0")
	if in.Version == 2 {
		v.Line(1, "Advert interval = %d sec", whole(in.AdvertInt))
	} else {
		v.Line(1, "Advert interval = %d milli-sec", in.AdvertInt.Milliseconds())
	}
	v.Line(1, "Last advert sent = 0.000000")
}

func (v *vrrp) behaviour(in *config.Instance) {
	v.Line(1, "Accept = %s", enabled(!in.NoAccept))
	v.Line(1, "Preempt = %s", enabled(!in.NoPreempt))
	v.LineIf(in.PreemptDelay > 0, 1, "Preempt delay = %g secs", in.PreemptDelay.Seconds())
	v.Line(1, "Promote_secondaries = %s", enabled(in.PromoteSecondaries))
}

// secrets writes how adverts are proved; the proof itself never.
func (v *vrrp) secrets(in *config.Instance) {
	switch {
	case in.Version != 2:
	case in.Auth == config.NoAuth:
		v.Line(1, "Authentication type = none")
	default:
		v.Line(1, "Authentication type = %s", word(in.Auth == config.AH, "IPSEC_AH", "SIMPLE_PASSWORD"))
		v.LineIf(in.Auth == config.Pass, 1, "Password = ********")
	}
	if h := in.HMAC; h != nil {
		v.Line(1, "Authentication extension = HMAC-SHA256-128")
		v.Line(2, "Keys = %d, active key id = %d", len(h.Keys), h.ActiveKey)
		v.Line(2, "Mode = %s", h.Mode)
		if h.Monotonic {
			v.Line(2, "Anti replay = monotonic")
		} else {
			v.Line(2, "Anti replay = time, window = %d sec", whole(h.Window))
		}
	}
	v.LineIf(in.Version == 3 && in.Family == 4, 1, "VRRPv3 uses VRRPv2 checksum = %s", enabled(in.V3ChecksumAsV2))
}

// addresses writes the virtual addresses with the interfaces that they are on.
func (v *vrrp) addresses(in *config.Instance, l link) {
	s := v.states[in.Name]
	held := s != nil && s.Held
	write := func(list []config.Address) {
		for i := range list {
			a := list[i]
			a.UseVMAC = a.UseVMAC && l.kind == "" // else it is the instance's own that is meant
			v.Line(2, "%s", address(&a, on(&a, in, l), held))
		}
	}
	v.LineIf(len(in.Addresses) > 0, 1, "Virtual IP (%d):", len(in.Addresses))
	write(in.Addresses)
	v.LineIf(len(in.Excluded) > 0, 1, "Virtual IP Excluded :")
	write(in.Excluded)
}

// on is the interface of an address: the one that it names, else the instance's. An address of the
// other family is not on an interface that was made for the instance.
func on(a *config.Address, in *config.Instance, l link) string {
	six := a.Prefix.Addr().Is6()
	if dev := a.Dev; dev != "" && dev != l.base && dev != l.name {
		return dev
	}
	if six != (in.Family == 6) {
		return l.base
	}
	return l.shown()
}

func (v *vrrp) unicast(in *config.Instance) {
	if !in.Unicast {
		return
	}
	ttl := in.UnicastTTL
	if ttl < 0 && in.Family == 4 {
		ttl = 255
	}
	v.LineIf(ttl >= 0, 1, "Unicast TTL = %d", ttl)
	v.Line(1, "Check unicast src : %s", yesNo(in.CheckUniSrc))
	v.Line(1, "Unicast Peer :")
	for _, p := range in.UnicastPeers {
		largest := p.MaxTTL
		if largest < 0 {
			largest = 255
		}
		v.Line(2, "%s min_ttl %d max_ttl %d", p.Addr, max(p.MinTTL, 0), largest)
	}
	v.Line(1, "Unicast checksum compatibility = %s", or(in.OldChecksum, "no"))
}

func (v *vrrp) routes(in *config.Instance) {
	v.LineIf(len(in.Routes) > 0, 1, "Virtual Routes :")
	for i := range in.Routes {
		v.Line(2, "%s", route(&in.Routes[i]))
	}
	v.LineIf(len(in.Rules) > 0, 1, "Virtual Rules :")
	for i := range in.Rules {
		v.Line(2, "%s", rule(&in.Rules[i]))
	}
}

func (v *vrrp) notify(in *config.Instance) {
	v.Line(1, "Using smtp notification = %s", yesNo(in.SMTPAlert))
	v.Line(1, "Notify deleted = %s", word(in.NotifyDeletedSet, "Deleted", "Fault"))
	v.transition("Backup", in.NotifyBackup)
	v.transition("Master", in.NotifyMaster)
	v.transition("Fault", in.NotifyFault)
	v.transition("Stop", in.NotifyStop)
	v.transition("Generic", in.Notify)
	v.transition("Master rx lower pri", in.NotifyMasterRxLowerPri)
	v.Line(1, "Notify priority changes = %s", trueFalse(in.NotifyPriorityChanges))
}

// transition writes the script of a transition.
func (v *vrrp) transition(to string, s *config.Script) {
	if s != nil {
		v.Line(1, "%s state transition script = %s, uid:gid %d:%d", to, command(s), s.UID, s.GID)
	}
}
