package wiring

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/holdfast-ha/holdfast/internal/rtnl"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// deviceKey is what makes a device that one: there is one for all addresses of the same kind.
type deviceKey struct {
	base   string
	mac    [6]byte
	ipvlan string // the instance that has it; empty: a macvlan
}

// deviceWiring makes devices of a configuration: one for each instance with use_vmac or use_ipvlan, and
// one for those of its addresses that are to have one of their own.
type deviceWiring struct {
	global  *config.Global
	ids     *IDs
	host    func(string) (config.Interface, bool)
	devices []speaker.Device
	owners  []string // by device: the instance that has it
	byKey   map[deviceKey]int
	byName  map[string]int
	taken   map[string]bool
}

// newDevices takes the names that devices have from ids; nil: there are none yet.
func newDevices(c *config.Config, ids *IDs, o Options) *deviceWiring {
	if ids != nil {
		// Which devices there will be, so that those that have a name keep it.
		all := newDevices(c, nil, Options{})
		for i := range c.Instances {
			if in := &c.Instances[i]; has(in) {
				s := instance(c, in, nil, 0, o)
				all.instance(in, &s)
			}
		}
		ids.keep(all.byKey)
	} else {
		ids = &IDs{}
		ids.keep(nil)
	}
	w := &deviceWiring{
		global: &c.Global, ids: ids, host: o.Interface, taken: map[string]bool{}, byKey: map[deviceKey]int{}, byName: map[string]int{},
	}
	if w.host == nil {
		w.host = func(string) (config.Interface, bool) { return config.Interface{}, false }
	}
	// Names that are asked for come before those that are made up.
	for i := range c.Instances {
		in := &c.Instances[i]
		if in.VMAC != nil && in.VMAC.Name != "" {
			w.taken[in.VMAC.Name] = true
		}
		if in.IPVLAN != nil && in.IPVLAN.Name != "" {
			w.taken[in.IPVLAN.Name] = true
		}
	}
	return w
}

// virtualMAC is the virtual router MAC address (RFC 9568 section 7.3).
func virtualMAC(family int, vrid uint8) [6]byte {
	if family == 6 {
		return [6]byte{0, 0, 0x5e, 0, 2, vrid}
	}
	return [6]byte{0, 0, 0x5e, 0, 1, vrid}
}

// has reports whether an instance has devices.
func has(in *config.Instance) bool {
	return in.VMAC != nil || in.IPVLAN != nil ||
		slices.ContainsFunc(slices.Concat(in.Addresses, in.Excluded), func(a config.Address) bool { return a.UseVMAC })
}

// instance gives an instance the device that it has for itself, and puts its addresses on those that
// they are to be on. fault says why it must not run: its MAC address is another instance's.
func (w *deviceWiring) instance(in *config.Instance, s *speaker.Instance) (fault string) {
	note := func(i int) {
		if other := w.owners[i]; other != in.Name && fault == "" {
			fault = fmt.Sprintf("it would have the same MAC address on %s as %s: give one of them another virtual_router_id", w.devices[i].Base, other)
		}
	}
	switch {
	case in.VMAC != nil && in.VMAC.Use && in.Interface != "":
		i := w.vmac(in, in.Interface, in.Family, w.global.VMACPrefix, in.VMAC)
		s.Device, s.XmitBase = w.devices[i].Name, in.VMAC.XmitBase || in.Unicast
		note(i)
	case in.IPVLAN != nil && in.Interface != "":
		w.ipvlan(in, s)
	}
	for _, list := range []struct {
		from []config.Address
		to   []speaker.Address
	}{{in.Addresses, s.VIPs}, {in.Excluded, s.Excluded}} {
		for j := range list.from {
			if i := w.address(in, s, &list.from[j], &list.to[j]); i >= 0 {
				note(i)
			}
		}
	}
	return fault
}

// address puts an address on a device if it is to be on one. It returns the number of the device of its own
// that it made, or -1.
func (w *deviceWiring) address(in *config.Instance, s *speaker.Instance, a *config.Address, to *speaker.Address) int {
	family := 4
	if a.Prefix.Addr().Is6() {
		family = 6
	}
	home := to.Interface == in.Interface && family == in.Family
	switch {
	case home && s.Device != "" && in.IPVLAN == nil:
		to.Interface = s.Device
	case a.UseVMAC || in.VMAC != nil && in.VMAC.AddrVMACs && !home:
		i := w.vmac(in, to.Interface, family, w.global.VMACAddrPrefix, nil)
		to.Interface = w.devices[i].Name
		return i
	}
	if i, ok := w.byName[to.Interface]; ok {
		w.carries(i, family)
	}
	return -1
}

func (w *deviceWiring) carries(i, family int) {
	w.devices[i].Four = w.devices[i].Four || family == 4
	w.devices[i].Six = w.devices[i].Six || family == 6
}

// vmac returns the number of the macvlan of an instance on an interface; v is nil for one of addresses.
func (w *deviceWiring) vmac(in *config.Instance, base string, family int, prefix string, v *config.VMAC) int {
	d := speaker.Device{Base: base, MAC: virtualMAC(family, in.VRID)}
	wish := ""
	if v != nil {
		wish, d.Group = v.Name, v.GroupID
		if len(v.MAC) == len(d.MAC) {
			copy(d.MAC[:], v.MAC)
		}
	}
	i := w.add(in.Name, d, deviceKey{base: base, mac: d.MAC}, wish, prefix, family, in.VRID)
	w.carries(i, family)
	return i
}

// ipvlanFlags are those of the modes of use_ipvlan.
var ipvlanFlags = map[string]uint16{"private": rtnl.IPVLANPrivate, "vepa": rtnl.IPVLANVEPA}

// ipvlan gives an instance its ipvlan, whose address adverts come from. Its virtual addresses stay on the base,
// as in keepalived.
func (w *deviceWiring) ipvlan(in *config.Instance, s *speaker.Instance) {
	v := in.IPVLAN
	d := speaker.Device{Base: in.Interface, IPVLAN: true, Flags: ipvlanFlags[v.Mode], Group: v.GroupID, Address: v.Source}
	i := w.add(in.Name, d, deviceKey{base: in.Interface, ipvlan: in.Name}, v.Name, w.global.VMACPrefix, in.Family, in.VRID)
	w.carries(i, in.Family)
	s.Device, s.XmitBase = w.devices[i].Name, in.Unicast
	switch {
	case in.Unicast || s.Source.IsValid():
	case v.Source.IsValid():
		s.Source, s.NeedSource = v.Source.Addr(), false
	default:
		s.SourceOnDevice = true
	}
}

// add returns the number of a device, which it makes and names if there is none yet.
func (w *deviceWiring) add(owner string, d speaker.Device, key deviceKey, wish, prefix string, family int, vrid uint8) int {
	if i, ok := w.byKey[key]; ok {
		return i
	}
	d.Name = w.name(&d, key, wish, prefix, family, vrid)
	w.taken[d.Name] = true
	i := len(w.devices)
	w.byKey[key], w.byName[d.Name] = i, i
	w.devices, w.owners = append(w.devices, d), append(w.owners, owner)
	return i
}

// name is the one asked for, the one that the device has had so far, or the first that is free of
// vrrp.51, vrrp6.51 (IPv6 only), vrrp1.51, vrrp2.51 and so on.
func (w *deviceWiring) name(d *speaker.Device, key deviceKey, wish, prefix string, family int, vrid uint8) string {
	if wish != "" {
		return wish
	}
	if name, ok := w.ids.devices[key]; ok && !w.taken[name] {
		return name
	}
	for n := -1; ; n++ {
		part := ""
		switch {
		case n == 0 && family != 6:
			continue
		case n == 0:
			part = "6"
		case n > 0:
			part = fmt.Sprint(n)
		}
		name := fmt.Sprintf("%s%s.%d", prefix, part, vrid)
		if !w.taken[name] && !w.ids.named[name] && w.free(name, d) {
			w.ids.devices[key], w.ids.named[name] = name, true
			return name
		}
	}
}

// keep forgets the names of devices that are not wanted any more.
func (i *IDs) keep(wanted map[deviceKey]int) {
	devices := i.devices
	i.devices, i.named = map[deviceKey]string{}, map[string]bool{}
	for key, name := range devices {
		if _, ok := wanted[key]; ok {
			i.devices[key], i.named[name] = name, true
		}
	}
}

// free reports whether the host has no interface of that name, but for d itself that an earlier process
// left.
func (w *deviceWiring) free(name string, d *speaker.Device) bool {
	l, exists := w.host(name)
	kind := rtnl.MACVLAN
	if d.IPVLAN {
		kind = rtnl.IPVLAN
	}
	return !exists || l.Kind == kind && l.Base == d.Base && (d.IPVLAN || bytes.Equal(l.Hardware, d.MAC[:]))
}

// gaps lets announcements on devices be paced with those on their bases.
func (w *deviceWiring) gaps(s *speaker.Settings) {
	for _, d := range w.devices {
		first, shared := s.GapShared[d.Base]
		if !shared {
			first = d.Base
		}
		s.GapShared[d.Name] = first
		if gap, ok := s.GARPGap[d.Base]; ok {
			s.GARPGap[d.Name] = gap
		}
		if gap, ok := s.GNAGap[d.Base]; ok {
			s.GNAGap[d.Name] = gap
		}
	}
}

// tracked are the device of an instance beside its own interface: it follows both.
func tracked(in *config.Instance, s *speaker.Instance) {
	if s.Device != "" && !in.DontTrackPrimary {
		s.Interfaces = follow(s.Interfaces, in.Interface, []string{s.Device})
	}
}
