package speaker

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/rtnl"
)

// Device is an interface that is made on top of another one and lives as long as the daemon: a macvlan
// with the virtual MAC address (use_vmac), or an ipvlan (use_ipvlan).
type Device struct {
	Name, Base string
	// MAC is that of a macvlan. An ipvlan has that of its base.
	MAC    [6]byte
	IPVLAN bool
	// Flags are those of an ipvlan: 0 for a bridge, rtnl.IPVLANPrivate, rtnl.IPVLANVEPA.
	Flags uint16
	// Group is the link group; 0: that of the base.
	Group uint32
	// Four and Six: it carries addresses or adverts of that family.
	Four, Six bool
	// Address is an ipvlan's own.
	Address netip.Prefix
}

// on is d as it stands on base. It belongs to the VRF of its base.
func (d *Device) on(base rtnl.Link, links map[string]rtnl.Link) rtnl.Device {
	k := rtnl.Device{
		Name: d.Name, Base: base.Index, Kind: rtnl.MACVLAN, Mode: rtnl.MACVLANPrivate, Hardware: d.MAC[:], Group: d.Group,
	}
	if d.IPVLAN {
		k.Kind, k.Mode, k.Flags, k.Hardware = rtnl.IPVLAN, rtnl.IPVLANL2, d.Flags, nil
	}
	if k.Group == 0 {
		k.Group = base.Group
	}
	for _, l := range links {
		if l.Index == base.Master && l.Kind == rtnl.VRF {
			k.Master = l.Index
		}
	}
	return k
}

// Stands reports whether d is there as it shall be, among the links of the host by name.
func (d *Device) Stands(links map[string]rtnl.Link) bool {
	base, ok := links[d.Base]
	have, there := links[d.Name]
	want := d.on(base, links)
	return ok && there && want.Is(have)
}

var linkLocalPrefix = netip.MustParsePrefix("fe80::/64")

// made reports whether l is of a kind that we make, so that one of the same name may give way.
func made(l rtnl.Link) bool { return l.Kind == rtnl.MACVLAN || l.Kind == rtnl.IPVLAN }

// prepare makes the devices of settings that are to come into force, beside those that are there. It
// returns all links, as they are then.
func (e *effects) prepare(s *Settings) []rtnl.Link {
	keep := slices.DeleteFunc(slices.Clone(e.devices), func(d Device) bool {
		return slices.ContainsFunc(s.Devices, func(n Device) bool { return n.Name == d.Name })
	})
	e.devices, e.tables = append(keep, s.Devices...), s.Firewall
	clear(e.away)
	e.makeDevices(time.Now())
	e.raiseDevices()
	links := make([]rtnl.Link, 0, len(e.links))
	for _, l := range e.links {
		links = append(links, l)
	}
	slices.SortFunc(links, func(a, b rtnl.Link) int { return a.Index - b.Index })
	return links
}

// makeDevices makes those that are missing or stand on another link than they shall, and returns them.
// One whose base is not there comes when that does. Those that stay away as of now are left out.
func (e *effects) makeDevices(now time.Time) []Device {
	var stale []int
	var missing []Device
	var list []rtnl.Device
	for _, d := range e.devices {
		base, ok := e.links[d.Base]
		have, there := e.links[d.Name]
		switch {
		case !ok || d.Stands(e.links) || now.Before(e.away[d.Name]):
		case there && !made(have):
			e.log.limited(d.Name, "an interface of that name exists and is none of ours", zap.String("interface", d.Name))
		default:
			if there {
				stale = append(stale, have.Index)
				e.linkGone(d.Name, have.Index)
			}
			missing, list = append(missing, d), append(list, d.on(base, e.links))
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if len(stale) > 0 {
		e.kernel.DeleteLinks(stale)
	}
	errs := e.kernel.MakeLinks(list)
	e.relist()
	var done []Device
	for i, d := range missing {
		if !d.Stands(e.links) {
			err := error(unix.ENODEV)
			if errs != nil && errs[i] != nil {
				err = errs[i]
			}
			e.log.limited(d.Name, "cannot make interface", zap.String("interface", d.Name), zap.String("on", d.Base), zap.Error(err))
			continue
		}
		e.log.info(fmt.Sprintf("Success creating %s interface %s on %s", d.kind(), d.Name, d.Base))
		done = append(done, d)
	}
	e.setUp(done)
	return done
}

// kind is what keepalived's logs call it.
func (d *Device) kind() string {
	if d.IPVLAN {
		return "IPVLAN"
	}
	return "VMAC"
}

// setUp gives devices their sysctls and addresses and raises them.
func (e *effects) setUp(devices []Device) {
	var indexes []int
	var own []rtnl.Address
	for i := range devices {
		d := &devices[i]
		e.owned[d.Name] = true
		for _, s := range d.sysctls(e.kernel) {
			if err := e.kernel.SetSysctl(s.path, s.to); err != nil && (s.four || d.Six) {
				e.log.warn("cannot set "+s.path, zap.Error(err))
			}
		}
		index := e.links[d.Name].Index
		indexes = append(indexes, index)
		if d.Address.IsValid() {
			own = append(own, kernelAddress(Address{Prefix: d.Address, PreferredSet: d.Address.Addr().Is6()}, index))
		}
	}
	if len(indexes) == 0 {
		return
	}
	e.steer(e.tables)
	for i, err := range e.kernel.RaiseLinks(indexes) {
		if err != nil {
			e.log.warn("cannot set interface up", zap.String("interface", devices[i].Name), zap.Error(err))
		}
	}
	e.linkLocal(devices)
	for i, err := range e.kernel.Add(own) {
		if err != nil && !errors.Is(err, unix.EEXIST) {
			e.log.warn("cannot add address", zap.String("address", own[i].String()), zap.Error(err))
		}
	}
	e.relist()
	e.note()
}

// linkLocal gives macvlans the route to their link-local neighbours, which comes with a link-local address
// elsewhere. The base's own address is not put there as well: neighbours would find it at two MAC addresses.
func (e *effects) linkLocal(devices []Device) {
	var routes []rtnl.Route
	for _, d := range devices {
		if !d.Six || d.IPVLAN {
			continue
		}
		l := e.links[d.Name]
		r := rtnl.Route{
			Six: true, Type: unix.RTN_UNICAST, Protocol: unix.RTPROT_KERNEL, Dst: linkLocalPrefix, Table: unix.RT_TABLE_MAIN,
			Metric: 256, Hop: rtnl.Hop{Index: l.Index}, Place: rtnl.Append,
		}
		for _, master := range e.links {
			if master.Index == l.Master && master.Kind == rtnl.VRF {
				r.Table = master.Table
			}
		}
		routes = append(routes, r)
	}
	if len(routes) == 0 {
		return
	}
	for _, err := range e.kernel.AddRoutes(routes) {
		if err != nil && !errors.Is(err, unix.EEXIST) {
			e.log.warn("cannot add link-local route", zap.Error(err))
		}
	}
}

// raiseDevices sets up those that are there but down, and takes over those that an earlier process left.
func (e *effects) raiseDevices() {
	var down []Device
	for _, d := range e.devices {
		if l, ok := e.links[d.Name]; ok && d.Stands(e.links) && (l.Flags&unix.IFF_UP == 0 || !e.owned[d.Name]) {
			down = append(down, d)
		}
	}
	e.setUp(down)
}

// relist reads the links of the devices anew.
func (e *effects) relist() {
	links, err := e.kernel.Links()
	if err != nil {
		e.log.warn("cannot list interfaces", zap.Error(err))
		return
	}
	there := map[string]rtnl.Link{}
	for _, l := range links {
		there[l.Name] = l
	}
	for _, d := range e.devices {
		if l, ok := there[d.Name]; ok {
			e.links[d.Name] = l
		} else {
			delete(e.links, d.Name)
		}
	}
}

// retire removes the devices that nobody wants any more.
func (e *effects) retire() {
	var indexes []int
	for name := range e.owned {
		if slices.ContainsFunc(e.devices, func(d Device) bool { return d.Name == name }) {
			continue
		}
		if l, ok := e.links[name]; ok && made(l) {
			indexes = append(indexes, l.Index)
			delete(e.links, name)
		}
		delete(e.owned, name)
	}
	if len(indexes) == 0 {
		return
	}
	slices.Sort(indexes)
	e.steer(e.tables)
	for _, err := range e.kernel.DeleteLinks(indexes) {
		if err != nil && !errors.Is(err, unix.ENODEV) {
			e.log.warn("cannot remove interface", zap.Error(err))
		}
	}
	e.note()
}

// restoreDevices makes devices again that somebody deleted, or whose base is back, with what was held
// on them.
func (e *effects) restoreDevices(now time.Time, events []rtnl.Event) {
	touched := func(ev rtnl.Event) bool {
		return (ev.Kind == rtnl.LinkChanged || ev.Kind == rtnl.LinkGone) &&
			slices.ContainsFunc(e.devices, func(d Device) bool { return d.Base == ev.Link.Name || d.Name == ev.Link.Name })
	}
	if !slices.ContainsFunc(events, touched) {
		return
	}
	for name, l := range e.devicesLost(events) {
		if l.again(now) > reassertLimit {
			e.log.limited(name, "interface is removed by somebody else again and again and stays away", zap.String("interface", name))
			e.away[name] = now.Add(reassertWindow)
		}
	}
	for _, d := range e.makeDevices(now) {
		e.comeBack(d.Name)
	}
}

// devicesLost are those whose end is among the events, with their counts.
func (e *effects) devicesLost(events []rtnl.Event) map[string]*losses {
	lost := map[string]*losses{}
	for _, ev := range events {
		if ev.Kind == rtnl.LinkGone && e.owned[ev.Link.Name] {
			l := e.deviceLosses[ev.Link.Name]
			if l == nil {
				l = &losses{}
				e.deviceLosses[ev.Link.Name] = l
			}
			lost[ev.Link.Name] = l
		}
	}
	return lost
}

// comeBack puts what is held on a device back that is there again.
func (e *effects) comeBack(name string) {
	for _, h := range e.sortedHolders() {
		var missing []*vip
		for _, v := range h.vips {
			if v.link == name && !v.there {
				missing = append(missing, v)
			}
		}
		if len(missing) == 0 {
			continue
		}
		e.put(missing)
		e.announce(h.id, missing, max(h.announce, 1))
		if h.id != 0 {
			e.reasserted(h.id)
		}
	}
	e.restoreRoutes(name)
}
