package wiring

import (
	"cmp"
	"time"

	"github.com/holdfast-ha/holdfast/internal/firewall"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// lvsWait is how long the addresses of a new MASTER wait for the IPVS services at most. They take a
// few milliseconds; on a machine that is busy beyond that the wait is the lesser evil, for an address
// without its service resets every client that comes.
const lvsWait = time.Second

// Speaker returns what the VRRP process needs.
func Speaker(c *config.Config, ids *IDs, o Options) speaker.Settings {
	s := speaker.Settings{
		GARPGap:            map[string]time.Duration{"": c.Global.GARPInterval},
		GNAGap:             map[string]time.Duration{"": c.Global.GNAInterval},
		GapShared:          map[string]string{},
		InterfaceUpDelay:   map[string]time.Duration{},
		InterfaceDownDelay: map[string]time.Duration{},
		LogUnknownVRIDs:    c.Global.LogUnknownVRIDs,
		DisableLocalIGMP:   c.Global.DisableLocalIGMP,
		Commands:           netlinkBuffer(&c.Global, "vrrp_cmd"),
		Monitor:            netlinkBuffer(&c.Global, "vrrp_monitor"),
		Handover:           c.Global.Handover,
		KeepAddresses:      o.KeepAddresses,
		StateFile:          o.StateFile,
		LVSWait:            lvsWait,
		Sole:               c.Global.Instance == "",
		Firewall:           tables(&c.Global),
	}
	members := make(map[string]vrrp.ID, len(c.Instances))
	groups := groupsOf(c)
	devices := newDevices(c, ids, o)
	for i := range c.Instances {
		in := &c.Instances[i]
		members[in.Name] = ids.Of(in)
		n := instance(c, in, groups[in.Name], members[in.Name], o)
		n.ConfigFault = cmp.Or(n.ConfigFault, devices.instance(in, &n))
		tracked(in, &n)
		s.Instances = append(s.Instances, n)
	}
	static := trackStatic(c)
	for i := range s.Instances {
		in := &s.Instances[i]
		in.Interfaces = follow(in.Interfaces, in.Interface, static[in.Name])
	}
	for i := range c.SyncGroups {
		s.Groups = append(s.Groups, group(&c.SyncGroups[i], members))
	}
	watchers := trackGroups(c, members)
	s.StaticRoutes, s.StaticRules = routes(c.StaticRoutes, watchers), rules(c.StaticRules, watchers)
	for i := range c.StaticAddresses {
		a := address(&c.StaticAddresses[i], c.Global.DefaultInterface)
		a.Watchers = watchers[c.StaticAddresses[i].TrackGroup]
		s.Static = append(s.Static, a)
	}
	for _, g := range c.GarpGroups {
		for _, name := range g.Interfaces {
			s.GARPGap[name] = g.GARPInterval
			s.GNAGap[name] = g.GNAInterval
			s.GapShared[name] = g.Interfaces[0]
		}
	}
	for _, d := range c.InterfaceDelays {
		s.InterfaceUpDelay[d.Interface] = d.Up
		s.InterfaceDownDelay[d.Interface] = d.Down
	}
	s.Linkbeat = linkbeat(c)
	s.Devices = devices.devices
	devices.gaps(&s)
	return s
}

// linkbeat are the interfaces that are asked for their link: those of the list, and those that instances with
// linkbeat_use_polling follow.
func linkbeat(c *config.Config) map[string]string {
	methods := map[string]string{}
	for i := range c.Instances {
		in := &c.Instances[i]
		if !in.LinkbeatPoll {
			continue
		}
		for _, name := range append(implied(in), in.Interface) {
			if name != "" {
				methods[name] = speaker.AnyMethod
			}
		}
		for _, t := range in.TrackInterfaces {
			methods[t.Name] = speaker.AnyMethod
		}
	}
	for _, l := range c.Linkbeat {
		methods[l.Interface] = l.Method
	}
	return methods
}

func instance(c *config.Config, in *config.Instance, g *config.SyncGroup, id vrrp.ID, o Options) speaker.Instance {
	source := in.MulticastSrc
	if in.Unicast {
		source = in.UnicastSrc
	}
	s := speaker.Instance{
		Config:             core(c, in, g, id, o),
		Interface:          in.Interface,
		VRF:                in.VRF,
		Source:             source,
		Group:              in.MulticastDst,
		UnicastTTL:         in.UnicastTTL,
		OldSum:             in.OldChecksum == "compat",
		TrackSource:        in.TrackSrcIP,
		PromoteSecondaries: in.PromoteSecondaries,
		ExtraInterval:      in.GARP.ExtraIf,
		ExtraAll:           in.GARP.ExtraIfAll,
	}
	s.RxBufSize, s.RxBufMTUs = receiveBuffer(&c.Global, in)
	// A configured source need not be there, unless track_src_ip says so.
	s.NeedSource = !source.IsValid() || in.TrackSrcIP
	s.Routes, s.Rules = routes(in.Routes, nil), rules(in.Rules, nil)
	for i := range in.Addresses {
		s.VIPs = append(s.VIPs, virtual(in, &in.Addresses[i]))
	}
	for i := range in.Excluded {
		s.Excluded = append(s.Excluded, virtual(in, &in.Excluded[i]))
	}
	return s
}

// syncLead is how long a router that keeps connections in step with lvs_sync_daemon listens to the
// MASTER before it takes its place: the kernel tells of a connection at most a second after it has moved
// on, and whoever does not know it resets it.
const syncLead = 2 * time.Second

// ownerPriority is that of the owner of the addresses, who waits for nobody.
const ownerPriority = 255

// core is the part of an instance that the election sees.
func core(c *config.Config, in *config.Instance, g *config.SyncGroup, id vrrp.ID, o Options) vrrp.Config {
	v := vrrp.Config{
		ID:                   id,
		Name:                 in.Name,
		Family:               in.Family,
		VRID:                 in.VRID,
		Version:              in.Version,
		Priority:             in.Priority,
		AdvertInt:            in.AdvertInt,
		StartMaster:          in.State == config.Master,
		NoPreempt:            in.NoPreempt,
		PreemptDelay:         in.PreemptDelay,
		DownTimerAdverts:     in.DownTimerAdverts,
		LatePriority:         uint8(in.TimerExpiredBackup),
		StartupDelay:         max(c.Global.StartupDelay, c.Global.DelayAfterBoot-o.Uptime),
		Unicast:              in.Unicast,
		CheckSource:          in.CheckUniSrc,
		Auth:                 auth(in.Auth),
		SkipCheckAddrs:       in.SkipCheckAdvAddr,
		V3ChecksumAsV2:       in.V3ChecksumAsV2,
		NeverOldSum:          in.OldChecksum == "never",
		LowerPrioNoAdvert:    in.LowerPrioNoAdvert,
		HigherPrioSendAdvert: in.HigherPrioSendAdvert,
		OwnerIgnoreAdverts:   in.OwnerIgnoreAdverts,
		GARP:                 garp(in.GARP),
		ConfigFault:          fault(in),
	}
	if l := c.Global.LVSSync; l != nil && l.Instance == in.Name && in.Priority != ownerPriority {
		v.PreemptDelay = max(v.PreemptDelay, syncLead)
	}
	v.HMAC = hmac(in.HMAC)
	copy(v.AuthData[:], in.AuthPass)
	for i := range in.Addresses {
		v.Addresses = append(v.Addresses, in.Addresses[i].Prefix.Addr())
	}
	for _, p := range in.UnicastPeers {
		v.Peers = append(v.Peers, vrrp.Peer{Addr: p.Addr, MinTTL: p.MinTTL, MaxTTL: p.MaxTTL})
	}
	var own []config.Track
	if !in.DontTrackPrimary && in.Interface != "" {
		own = append(own, config.Track{Name: in.Interface})
	}
	if in.VRF != "" && !in.DontTrackPrimary {
		own = append(own, config.Track{Name: in.VRF})
	}
	own = append(own, in.TrackInterfaces...)
	if g != nil {
		own = mergeTracks(own, g.TrackInterfaces)
	}
	v.Interfaces = follow(links(own), in.Interface, implied(in))
	return v
}

// trackGroups are the instances of each track_group.
func trackGroups(c *config.Config, members map[string]vrrp.ID) map[string][]vrrp.ID {
	groups := make(map[string][]vrrp.ID, len(c.TrackGroups))
	for i := range c.TrackGroups {
		g := &c.TrackGroups[i]
		for _, name := range g.Instances {
			if id, ok := members[name]; ok { // one that is not there is reported by the validation
				groups[g.Name] = append(groups[g.Name], id)
			}
		}
	}
	return groups
}

// fault says why an instance can never leave FAULT, or nothing.
func fault(in *config.Instance) string {
	switch {
	case in.Disabled && in.Reason == "":
		return "the configuration of the instance is not usable"
	case in.Disabled:
		return in.Reason
	case in.FaultNoPeer && in.Unicast && len(in.UnicastPeers) == 0:
		return "unicast_fault_no_peer is set and there is no unicast peer"
	}
	return ""
}

func auth(a config.AuthType) vrrp.AuthType {
	switch a {
	case config.Pass:
		return vrrp.Pass
	case config.AH:
		return vrrp.AH
	}
	return vrrp.NoAuth
}

var hmacModes = map[string]vrrp.HMACMode{
	"enforce": vrrp.Enforce, "permissive": vrrp.Permissive, "receive-only": vrrp.ReceiveOnly,
}

func hmac(h *config.HMAC) *vrrp.HMAC {
	if h == nil {
		return nil
	}
	v := &vrrp.HMAC{Active: h.ActiveKey, Mode: hmacModes[h.Mode], Window: h.Window, Monotonic: h.Monotonic}
	for _, k := range h.Keys {
		v.Keys = append(v.Keys, vrrp.HMACKey{ID: k.ID, Secret: k.Key})
	}
	return v
}

func garp(g config.GARPSettings) vrrp.GARP {
	return vrrp.GARP{
		Delay: g.Delay, Repeat: g.Repeat, Refresh: g.Refresh, RefreshRepeat: g.RefreshRepeat,
		LowerPrioDelay: g.LowerPrioDelay, LowerPrioRep: g.LowerPrioRep,
	}
}

func group(g *config.SyncGroup, members map[string]vrrp.ID) vrrp.GroupConfig {
	v := vrrp.GroupConfig{Name: g.Name}
	for _, name := range g.Members {
		if id, ok := members[name]; ok { // a member that is not there is reported by the validation
			v.Members = append(v.Members, id)
		}
	}
	return v
}

func links(tracks []config.Track) []vrrp.TrackedLink {
	var l []vrrp.TrackedLink
	for _, t := range tracks {
		l = append(l, vrrp.TrackedLink{Name: t.Name, Weight: t.Weight, Reverse: t.Reverse})
	}
	return l
}

// virtual is a virtual address. Its owner takes packets to it whatever no_accept says.
func virtual(in *config.Instance, a *config.Address) speaker.Address {
	v := address(a, in.Interface)
	v.Shut = in.NoAccept && in.Priority != 255
	return v
}

// tables is how the firewall's tables look.
func tables(g *config.Global) firewall.Options {
	return firewall.Options{
		Table: cmp.Or(g.NFTables, "keepalived"), Priority: int32(g.NFTablesPriority), Counters: g.NFTablesCounters, ByIndex: g.NFTablesIfindex,
	}
}

// address is an address entry on the interface it names, or on the one of its instance.
func address(a *config.Address, link string) speaker.Address {
	if a.Dev != "" {
		link = a.Dev
	}
	return speaker.Address{
		Prefix: a.Prefix, Interface: link, Scope: a.Scope, Label: a.Label,
		Broadcast: a.BroadcastAddr(), Peer: a.Peer, Home: a.Home, DAD: a.DAD,
		MngTmpAddr: a.MngTmpAddr, NoPrefixRoute: a.NoPrefixRte, AutoJoin: a.AutoJoin,
		PreferredLft: a.PreferredLft, PreferredSet: a.PreferredSet, NoTrack: a.NoTrack,
	}
}
