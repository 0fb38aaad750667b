package lint

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"

	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// pairRules compare two routers of a segment.
var pairRules = []Rule{
	{ID: "pair-vrid", Severity: parser.Warning, pair: pairVRID},
	{ID: "pair-version", Severity: parser.Warning, pair: pairVersion},
	{ID: "pair-advert", Severity: parser.Warning, pair: pairAdvert},
	{ID: "pair-auth", Severity: parser.Warning, pair: pairAuth},
	{ID: "pair-hmac", Severity: parser.Warning, pair: pairHMAC},
	{ID: "pair-transport", Severity: parser.Warning, pair: pairTransport},
	{ID: "pair-peers", Severity: parser.Warning, pair: pairPeers},
	{ID: "pair-checksum", Severity: parser.Warning, pair: pairChecksum},
	{ID: "pair-addresses", Severity: parser.Warning, pair: pairAddresses},
	{ID: "pair-priority", Severity: parser.Warning, pair: pairPriority},
	{ID: "pair-state", Severity: parser.Warning, pair: pairState},
	{ID: "pair-nopreempt", Severity: parser.Warning, pair: pairNopreempt},
	{ID: "pair-preempt-delay", Severity: parser.Hint, pair: pairPreemptDelay},
	{ID: "pair-weight", Severity: parser.Warning, pair: pairWeight},
	{ID: "pair-strict", Severity: parser.Hint, pair: pairStrict},
	{ID: "pair-vmac", Severity: parser.Hint, pair: pairVMAC},
	{ID: "pair-alone", Severity: parser.Hint, pair: pairAlone},
	{ID: "pair-sync-group", Severity: parser.Warning, pair: pairSyncGroup},
	{ID: "pair-sync-order", Severity: parser.Warning, pair: pairSyncOrder},
	{ID: "pair-sync-daemon", Severity: parser.Warning, pair: pairSyncDaemon},
	{ID: "pair-virtual-server", Severity: parser.Warning, pair: pairVirtualServer},
	{ID: "pair-real-server", Severity: parser.Warning, pair: pairRealServer},
}

// deaf is what follows when two routers do not take each other's adverts.
const deaf = "neither takes the other's adverts: both become MASTER"

func pairVRID(m *match) {
	for _, p := range m.instances {
		if p.a.VRID != p.b.VRID {
			f := m.add(p, "virtual_router_id", "virtual_router_id is %d, and %d in the other file", p.b.VRID, p.a.VRID)
			f.Instead, f.Cure = deaf, "write the same number on all routers"
		}
	}
}

func pairVersion(m *match) {
	for _, p := range m.instances {
		if p.a.Version != p.b.Version {
			f := m.add(p, "version", "VRRP version is %d, and %d in the other file", p.b.Version, p.a.Version)
			f.Instead, f.Cure = deaf, "write the same version on all routers"
		}
	}
}

func pairAdvert(m *match) {
	for _, p := range m.instances {
		if p.a.AdvertInt == p.b.AdvertInt || p.a.Version != p.b.Version {
			continue
		}
		f := m.add(p, "advert_int", "advert_int is %v s, and %v s in the other file", p.b.AdvertInt.Seconds(), p.a.AdvertInt.Seconds())
		f.Instead, f.Cure = deaf, "write the same advert_int on all routers"
		if p.a.Version == 3 {
			f.Severity = parser.Hint
			f.Instead = "a BACKUP takes over the interval of the MASTER, so that a failover takes longer or shorter depending on who was MASTER"
		}
	}
}

func authName(in *config.Instance) string {
	return [...]string{"none", "PASS", "AH"}[in.Auth]
}

func pairAuth(m *match) {
	for _, p := range m.instances {
		switch {
		case p.a.Version != 2 || p.b.Version != 2:
		case p.a.Auth != p.b.Auth:
			f := m.add(p, "authentication/auth_type", "auth_type is %s, and %s in the other file", authName(p.b), authName(p.a))
			f.Instead, f.Cure = deaf, "write the same authentication on all routers"
		case p.a.Auth != config.NoAuth && p.a.AuthPass != p.b.AuthPass:
			f := m.add(p, "authentication/auth_pass", "auth_pass differs from that of the other file")
			f.Instead, f.Cure = deaf, "write the same password on all routers; its first 8 characters count"
		}
	}
}

func pairHMAC(m *match) {
	for _, p := range m.instances {
		for _, w := range [][2]*config.Instance{{p.a, p.b}, {p.b, p.a}} {
			sender, receiver := w[0], w[1]
			if why := unheard(sender, receiver); why != "" {
				f := m.add(p, "auth_hmac", "%s does not take the adverts of %s: %s", m.of(p, receiver), m.of(p, sender), why)
				f.Instead, f.Cure = "it becomes MASTER beside the other", "write the same keys on all routers; to introduce them use mode receive-only, then permissive, then enforce"
				break
			}
		}
	}
}

// of names the file that an instance comes from.
func (m *match) of(p both, in *config.Instance) string {
	if in == p.a {
		return m.a.Name
	}
	return m.b.Name
}

// unheard tells why a receiver drops the adverts of a sender, "" if it does not.
func unheard(sender, receiver *config.Instance) string {
	if receiver.HMAC == nil {
		return ""
	}
	signs := sender.HMAC != nil && sender.HMAC.Mode != "receive-only"
	if !signs {
		if receiver.HMAC.Mode == "enforce" {
			return "they are not signed, and its mode is enforce"
		}
		return ""
	}
	key := func(h *config.HMAC, id uint8) *config.HMACKey {
		for i := range h.Keys {
			if h.Keys[i].ID == id {
				return &h.Keys[i]
			}
		}
		return nil
	}
	used, known := key(sender.HMAC, sender.HMAC.ActiveKey), key(receiver.HMAC, sender.HMAC.ActiveKey)
	switch {
	case used == nil:
		return ""
	case known == nil:
		return fmt.Sprintf("it has no key %d", used.ID)
	case used.File == "" && known.File == "" && !bytes.Equal(used.Key, known.Key):
		return fmt.Sprintf("its key %d is another one", used.ID)
	}
	return ""
}

func pairTransport(m *match) {
	for _, p := range m.instances {
		switch {
		case p.a.Unicast != p.b.Unicast:
			how := map[bool]string{true: "unicast", false: "multicast"}
			f := m.add(p, "unicast_peer", "adverts are %s, and %s in the other file", how[p.b.Unicast], how[p.a.Unicast])
			f.Instead, f.Cure = deaf, "write unicast_peer on all routers, or on none"
		case !p.a.Unicast && p.a.MulticastDst != p.b.MulticastDst:
			f := m.add(p, "mcast_dst_ip", "adverts go to %s, and to %s in the other file", p.b.MulticastDst, p.a.MulticastDst)
			f.Instead, f.Cure = deaf, "write the same group on all routers"
		}
	}
}

func pairPeers(m *match) {
	for _, p := range m.instances {
		if !p.a.Unicast || !p.b.Unicast {
			continue
		}
		for _, w := range [][2]*config.Instance{{p.a, p.b}, {p.b, p.a}} {
			from, to := w[0], w[1]
			if !to.UnicastSrc.IsValid() || slices.ContainsFunc(from.UnicastPeers, func(u config.UnicastPeer) bool { return u.Addr == to.UnicastSrc }) {
				continue
			}
			f := m.add(p, "unicast_peer", "%s sends from %s, which is no unicast_peer of %s", m.of(p, to), to.UnicastSrc, m.of(p, from))
			f.Instead, f.Cure = m.of(p, to)+" does not hear it and becomes MASTER beside it", "add "+to.UnicastSrc.String()+" to the unicast_peer of "+m.of(p, from)
		}
	}
}

func pairChecksum(m *match) {
	for _, p := range m.instances {
		if p.a.Version == 3 && p.b.Version == 3 && p.a.Family == 4 && p.a.V3ChecksumAsV2 != p.b.V3ChecksumAsV2 {
			f := m.add(p, "v3_checksum_as_v2", "v3_checksum_as_v2 is %t, and %t in the other file", p.b.V3ChecksumAsV2, p.a.V3ChecksumAsV2)
			f.Instead, f.Cure = "a keepalived without it drops the adverts of the other, and both become MASTER; Holdfast takes either", "write it on all routers, or on none"
		}
	}
}

func prefixes(list []config.Address) []netip.Addr {
	var all []netip.Addr
	for _, a := range list {
		all = append(all, a.Prefix.Addr())
	}
	return all
}

func pairAddresses(m *match) {
	for _, p := range m.instances {
		for _, l := range []struct {
			keyword string
			a, b    []netip.Addr
			more    string
		}{
			{"virtual_ipaddress", prefixes(p.a.Addresses), prefixes(p.b.Addresses), "; keepalived before 2.3 drops such adverts, so that both become MASTER"},
			{"virtual_ipaddress_excluded", prefixes(p.a.Excluded), prefixes(p.b.Excluded), ""},
		} {
			here, there := missing(l.b, l.a, netip.Addr.String), missing(l.a, l.b, netip.Addr.String)
			if len(here)+len(there) == 0 {
				continue
			}
			f := m.add(p, l.keyword, "the lists of %s differ: %s", l.keyword, lists(m.b.Name, m.a.Name, here, there))
			f.Instead, f.Cure = "after a failover these addresses are nowhere"+l.more, "write the same list on all routers"
		}
	}
}

func pairPriority(m *match) {
	for _, p := range m.instances {
		if _, _, differ := p.order(); differ {
			continue
		}
		f := m.add(p, "priority", "priority is %d in both files", p.b.Priority)
		f.Instead, f.Cure = "the higher address of the interfaces decides, which nobody reads in the files", "give the routers different priorities"
		if p.a.Priority == owner {
			f.Instead = "both take themselves for the owner of the addresses: both become MASTER at once"
		}
	}
}

func pairState(m *match) {
	for _, p := range m.instances {
		high, low, differ := p.order()
		switch {
		case p.a.State == config.Master && p.b.State == config.Master && (high.Priority != owner || !differ):
			f := m.add(p, "state", "state is MASTER in both files")
			f.Severity = parser.Hint
			f.Instead, f.Cure = "started together both take the addresses until they hear each other, and neither can have nopreempt", "write state BACKUP on all routers: priority decides"
		case differ && low.State == config.Master && high.State == config.Backup:
			f := m.add(p, "state", "%s has state MASTER and priority %d, %s has state BACKUP and priority %d", m.of(p, low), low.Priority, m.of(p, high), high.Priority)
			f.Instead, f.Cure = m.of(p, high)+" becomes MASTER: state says only how a router starts", "exchange the priorities, or write state BACKUP in both"
			if high.NoPreempt {
				f.Severity, f.Instead = parser.Hint, "who is MASTER stays it, whatever the priorities: that may be meant"
			}
		}
	}
}

func pairNopreempt(m *match) {
	for _, p := range m.instances {
		high, low, differ := p.order()
		if differ && low.NoPreempt && !high.NoPreempt {
			f := m.add(p, "nopreempt", "nopreempt is set in %s alone, whose priority %d is the lower one", m.of(p, low), low.Priority)
			f.Instead = m.of(p, high) + " takes the addresses back as soon as it returns"
			f.Cure = "write nopreempt in " + m.of(p, high) + " too, with state BACKUP"
		}
	}
}

func pairPreemptDelay(m *match) {
	for _, p := range m.instances {
		high, low, differ := p.order()
		if differ && low.PreemptDelay > 0 && high.PreemptDelay == 0 && !high.NoPreempt {
			f := m.add(p, "preempt_delay", "preempt_delay is set in %s alone, whose priority %d is the lower one", m.of(p, low), low.Priority)
			f.Instead = m.of(p, high) + " takes the addresses back without a delay"
			f.Cure = "write preempt_delay in " + m.of(p, high) + ", with state BACKUP"
		}
	}
}

// pairWeight: a failure on the router of higher priority has to bring it below the other, on which
// everything is well.
func pairWeight(m *match) {
	for _, p := range m.instances {
		high, low, differ := p.order()
		if !differ || high.Priority == owner || low.NoPreempt {
			continue
		}
		router, other := m.a, m.b
		if high == p.b {
			router, other = m.b, m.a
		}
		well := int(low.Priority)
		for _, t := range (&sight{cfg: other.Config}).tracked(low, false) {
			if t.Weight > 0 {
				well += t.Weight
			}
		}
		well = clamp(well)
		m.weights(p, high, router, well)
	}
}

// weights looks at each thing that a router tracks, and at all together.
func (m *match) weights(p both, high *config.Instance, router *Router, other int) {
	list := (&sight{cfg: router.Config}).tracked(high, false)
	base := int(high.Priority)
	for _, t := range list {
		if t.Weight > 0 {
			base += t.Weight
		}
	}
	for _, t := range list {
		if t.Weight == 0 {
			continue
		}
		failed := clamp(base - max(t.Weight, -t.Weight))
		if failed < other {
			continue
		}
		f := m.put(t.Pos, m.at[m.otherOf(router)].find(m.instanceOf(p, router).Pos, "priority"),
			fmt.Sprintf("%s: a failure of %s lowers the priority to %d, and the other router has %d", p.name(), t.Name, failed, other))
		f.Instead = "the addresses stay where it has failed"
		if failed == other {
			f.Instead = "the higher address of the interfaces decides"
		}
		f.Cure = fmt.Sprintf("write a weight of at least %d, or leave it out: a failure is FAULT then", base-other+1)
	}
}

func (m *match) otherOf(r *Router) *Router {
	if r == m.a {
		return m.b
	}
	return m.a
}

// instanceOf is the instance that is not the router's own.
func (m *match) instanceOf(p both, r *Router) *config.Instance {
	if r == m.a {
		return p.b
	}
	return p.a
}

func pairStrict(m *match) {
	for _, p := range m.instances {
		if p.a.NoAccept != p.b.NoAccept && p.a.Priority != owner && p.b.Priority != owner {
			f := m.add(p, "strict_mode", "no_accept (strict mode) is %t, and %t in the other file", p.b.NoAccept, p.a.NoAccept)
			f.Instead, f.Cure = "whether the addresses answer depends on who is MASTER", "write the same on all routers"
		}
	}
}

func pairVMAC(m *match) {
	for _, p := range m.instances {
		if (p.a.VMAC == nil) != (p.b.VMAC == nil) {
			f := m.add(p, "use_vmac", "use_vmac is set in one file alone")
			f.Instead, f.Cure = "the MAC address of the virtual addresses changes at a failover all the same", "write use_vmac on all routers, or on none"
		}
	}
}

func pairAlone(m *match) {
	for _, w := range []struct{ from, to *Router }{{m.a, m.b}, {m.b, m.a}} {
		for i := range w.from.Config.Instances {
			in := &w.from.Config.Instances[i]
			if slices.ContainsFunc(m.instances, func(p both) bool { return p.a == in || p.b == in }) {
				continue
			}
			f := m.put(in.Pos, parser.Pos{File: w.to.Name}, fmt.Sprintf("%s (virtual_router_id %d) has no counterpart in the other file", in.Name, in.VRID))
			f.Instead, f.Cure = "there is no other router for its addresses", "add it to the other file"
		}
	}
}
