package datafile

import (
	"net/netip"
	"slices"
	"strconv"

	"github.com/holdfast-ha/holdfast/parser/config"
)

// sharing is what instances have in common that use one socket.
type sharing struct {
	link    string
	family  int
	ah      bool
	unicast bool
	source  netip.Addr // of unicast
}

// sockets writes the sockets with the instances on them, in the order of their VRIDs.
func (v *vrrp) sockets() {
	var order []sharing
	users := map[sharing][]*config.Instance{}
	for i := range v.c.Instances {
		in := &v.c.Instances[i]
		k := sharing{link: v.links[i].packets(in), family: in.Family, ah: in.Auth == config.AH, unicast: in.Unicast}
		if in.Unicast {
			k.source = in.UnicastSrc
			if s := v.states[in.Name]; s != nil && !k.source.IsValid() {
				k.source = s.Source
			}
		}
		if !slices.Contains(order, k) {
			order = append(order, k)
		}
		users[k] = append(users[k], in)
	}
	for _, k := range order {
		v.Line(0, "fd_in -1 fd_out = -1")
		v.Line(1, "Interface = %s", k.link)
		v.Line(1, "Family = IPv%d", k.family)
		v.Line(1, "Protocol = %s", word(k.ah, "AH", "VRRP"))
		v.Line(1, "Type = %s", word(k.unicast, "Unicast", "Multicast"))
		v.LineIf(k.source.IsValid(), 1, "Address = %s", k.source)
		v.Line(1, "Rx buf size = %d", v.buffer(users[k]))
		v.Line(1, "VRRP instances")
		slices.SortStableFunc(users[k], func(a, b *config.Instance) int { return int(a.VRID) - int(b.VRID) })
		for _, in := range users[k] {
			v.Line(2, "%s vrid %d", in.Name, in.VRID)
		}
	}
}

// buffer is the size of the receive buffer that keepalived asks the kernel for, 0 for the kernel's own:
// what all the instances say, or what vrrp_rx_bufs_policy makes of their adverts.
func (v *vrrp) buffer(users []*config.Instance) int {
	size := 0
	for _, in := range users {
		wanted := in.RxBufSize
		if wanted == 0 {
			switch p := v.c.Global.RxBufsPolicy; p {
			case "", "MTU": // the MTU is the machine's
			case "ADVERT":
				wanted = advert(in) * v.c.Global.RxBufsMultiplier
			default:
				wanted, _ = strconv.Atoi(p)
			}
		}
		size += wanted
	}
	return size
}

// advert is the length of an instance's advert as the socket gives it: with the header of IPv4.
func advert(in *config.Instance) int {
	const header, ip4, password, ah = 8, 20, 8, 24
	if in.Family == 6 {
		return header + 16*len(in.Addresses)
	}
	n := ip4 + header + 4*len(in.Addresses)
	if in.Version == 2 {
		n += password
	}
	if in.Auth == config.AH {
		n += ah
	}
	return n
}
