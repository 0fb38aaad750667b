package speaker

import (
	"net/netip"
	"slices"
	"time"

	"github.com/holdfast-ha/holdfast/internal/firewall"
	"github.com/holdfast-ha/holdfast/internal/rtnl"
	"github.com/holdfast-ha/holdfast/vrrp"
)

// Settings is all that the VRRP process has to know of a configuration.
type Settings struct {
	Instances []Instance
	// Devices are the interfaces to be made, on which addresses are put and adverts go out.
	Devices []Device
	Groups  []vrrp.GroupConfig
	// Static addresses are held as long as the daemon runs, whatever the state.
	Static       []Address
	StaticRoutes []Route
	StaticRules  []Rule
	// Sole: no other VRRP daemon is meant to work in this network namespace, so that every route and
	// rule of its protocol is a leftover where this configuration does not want it.
	Sole bool
	// GARPGap and GNAGap are the least time between two announcements on one interface, by
	// interface; the empty name is the default.
	GARPGap, GNAGap map[string]time.Duration
	// GapShared names, for each interface of a garp_group, the first one of the group: between two
	// announcements on any of them is the gap.
	GapShared map[string]string
	// InterfaceUpDelay and InterfaceDownDelay debounce the link state (interface_up_down_delays).
	InterfaceUpDelay, InterfaceDownDelay map[string]time.Duration
	// Linkbeat are the interfaces that are asked for their link themselves, each with its method.
	Linkbeat        map[string]string
	LogUnknownVRIDs bool
	// Commands and Monitor are the receive buffers of the netlink sockets.
	Commands, Monitor rtnl.Buffer
	DisableLocalIGMP  bool
	// Firewall is how the tables look that shut addresses (no_accept). A reload does not change those
	// that are there.
	Firewall firewall.Options
	// Handover: a planned stop goes on forwarding until the successor advertises.
	Handover bool
	// KeepAddresses is --dont-release-vrrp: nothing is taken off at the stop.
	KeepAddresses bool
	// StateFile is a file in memory (on /run) where the process leaves, by mmap and without a
	// system call, when it last advertised as MASTER, so that a successor within the master down
	// interval goes on as MASTER. Empty: no adoption.
	StateFile string
	// Tracked is what the trackers of instances amount to as things stand. Later changes: Track.
	Tracked []Tracked
	// LVSWait is how long addresses wait for the IPVS services on becoming MASTER (a second).
	LVSWait time.Duration
}

// Instance is a virtual router with what the shell needs beside the core.
type Instance struct {
	vrrp.Config
	Interface string
	// Device is the interface of the instance's own, on top of Interface; empty: there is none.
	// XmitBase: adverts are sent and heard on Interface all the same (vmac_xmit_base).
	Device   string
	XmitBase bool
	// VRF is the one whose sockets unicast without an interface uses; empty: none.
	VRF string
	// SourceOnDevice: without a configured source that of Device counts (use_ipvlan).
	SourceOnDevice bool
	// Source is the configured source address; invalid: the interface's primary one, or its
	// link-local one for IPv6.
	Source netip.Addr
	// Group is the multicast destination.
	Group      netip.Addr
	UnicastTTL int // -1: 255
	// OldSum: unicast adverts have the checksum of keepalived before 2.0 (old_unicast_checksum). Without
	// it they have it once a peer's adverts do.
	OldSum bool
	// RxBufSize is the instance's share of its socket's receive buffer in octets, RxBufMTUs that in MTUs
	// of the interface. If nobody has one the buffer is defaultBuffer.
	RxBufSize, RxBufMTUs int
	VIPs                 []Address
	Excluded             []Address
	Routes               []Route
	Rules                []Rule
	// TrackSource: FAULT while the configured source address is not on the interface.
	TrackSource        bool
	PromoteSecondaries bool
	// ExtraInterval is how often a MASTER announces one address on each macvlan, with ExtraAll on each
	// interface, by which no adverts go out (garp_extra_if); 0: never.
	ExtraInterval time.Duration
	ExtraAll      bool
}

// wire is the interface that adverts go out of.
func (in *Instance) wire() string {
	switch {
	case in.Interface == "":
		return in.VRF
	case in.Device != "" && !in.XmitBase:
		return in.Device
	}
	return in.Interface
}

// sourceLink is the interface whose address adverts are sent from.
func (in *Instance) sourceLink() string {
	if in.SourceOnDevice {
		return in.Device
	}
	return in.Interface
}

// Tracked is what all that an instance tracks beside interfaces amounts to.
type Tracked struct {
	ID vrrp.ID
	// Weight is added to the priority; Down is how many are a fault; Pending: some have no result yet.
	Weight, Down int
	Pending      bool
	// Why says so in words: "script chk failed -10".
	Why string
}

// Address is a virtual or static address and how it is put on its interface.
type Address struct {
	Prefix        netip.Prefix
	Interface     string
	Scope         uint8
	Label         string
	Broadcast     netip.Addr
	Peer          netip.Prefix
	Home          bool
	DAD           bool
	MngTmpAddr    bool
	NoPrefixRoute bool
	AutoJoin      bool
	PreferredLft  uint32
	PreferredSet  bool
	NoTrack       bool
	// Shut: packets to and from the address are dropped while it is held (no_accept).
	Shut bool
	// Watchers are the instances of a static address's track_group: they step down when it is lost.
	Watchers []vrrp.ID
}

// Route is a virtual or static route, with the names of its interfaces.
type Route struct {
	rtnl.Route
	NoTrack bool
	// Watchers are the instances of a static route's track_group.
	Watchers []vrrp.ID
}

// Links names the interfaces of r.
func (r *Route) Links() []string {
	var names []string
	for _, h := range slices.Concat(r.Hops, []rtnl.Hop{r.Hop}) {
		if h.Dev != "" {
			names = append(names, h.Dev)
		}
	}
	return names
}

// HasGateway reports whether packets of r go by way of somebody.
func (r *Route) HasGateway() bool { return r.Via.IsValid() || len(r.Hops) > 0 }

// Rule is a virtual or static rule.
type Rule struct {
	rtnl.Rule
	NoTrack bool
	// Watchers are the instances of a static rule's track_group.
	Watchers []vrrp.ID
}
