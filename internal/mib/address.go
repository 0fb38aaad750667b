package mib

import (
	"net/netip"

	"github.com/holdfast-ha/holdfast/internal/agentx"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// addressRow is a static or virtual address.
type addressRow struct {
	place           agentx.OID
	of              *config.Address
	device          string
	set, advertised bool
}

// addresses is vrrpAddressTable: the static addresses under the instance 0, then those of each instance,
// the excluded ones behind the others.
func (m *model) addresses() table {
	c := m.Config
	var list []addressRow
	add := func(instance, place int, a *config.Address, device string, set, advertised bool) {
		list = append(list, addressRow{agentx.OID{uint32(instance), uint32(place)}, a, device, set, advertised})
	}
	for i := range c.StaticAddresses {
		a := &c.StaticAddresses[i]
		add(0, i+1, a, or(a.Dev, c.Global.DefaultInterface), m.VRRP != nil, false)
	}
	// Of keepalived's addresses without an instance in front the last one that is asked for decides
	// what "advertised" says; the meaning is this.
	for i := range c.Instances {
		in := &c.Instances[i]
		held := m.state(in.Name).Held
		for j := range in.Addresses {
			a := &in.Addresses[j]
			add(i+1, j+1, a, m.devices[i].Of(a, in), held, true)
		}
		for j := range in.Excluded {
			a := &in.Excluded[j]
			add(i+1, len(in.Addresses)+j+1, a, m.devices[i].Of(a, in), held, false)
		}
	}
	return tableOf(VRRP.Append(6, 1), list, func(_ int, r *addressRow) agentx.OID { return r.place }, m.addressColumns())
}

func (m *model) addressColumns() []column[addressRow] {
	return []column[addressRow]{
		{2, func(r *addressRow) agentx.Value { return inetType(r.of.Prefix.Addr()) }},
		{3, func(r *addressRow) agentx.Value { return inet(r.of.Prefix.Addr()) }},
		{4, func(r *addressRow) agentx.Value {
			switch b := r.of.BroadcastAddr(); {
			case r.of.Prefix.Addr().Is6():
				return none
			case b.IsValid():
				return inet(b)
			}
			return inet(netip.IPv4Unspecified())
		}},
		{5, func(r *addressRow) agentx.Value {
			if r.of.Peer.IsValid() {
				return bits(r.of.Peer)
			}
			return bits(r.of.Prefix)
		}},
		{6, func(r *addressRow) agentx.Value { return scope(int(r.of.Scope)) }},
		{7, func(r *addressRow) agentx.Value { return agentx.Int(m.Links[r.device].Index) }},
		{8, func(r *addressRow) agentx.Value { return agentx.Text(r.device) }},
		{9, func(r *addressRow) agentx.Value { return text(r.of.Label) }},
		{10, func(r *addressRow) agentx.Value { return truth(r.set) }},
		{11, func(r *addressRow) agentx.Value { return truth(r.advertised) }},
		{12, func(r *addressRow) agentx.Value {
			if !r.of.Peer.IsValid() {
				return none
			}
			return inet(r.of.Peer.Addr())
		}},
	}
}
