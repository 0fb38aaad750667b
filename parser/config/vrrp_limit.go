package config

import "slices"

// maxAdvertAddresses is the largest count that an advert can say.
const maxAdvertAddresses = 255

// completeAddresses checks the virtual addresses of an instance and gives them their interface.
func (d *decoder) completeAddresses(p *instanceDraft) {
	if len(p.Addresses) == 0 {
		d.noAddresses(p)
	}
	d.dropRepeated(p)
	if limit := d.addressLimit(p); len(p.Addresses) > limit {
		q := d.problem("address-limit", d.wordAt(p.Addresses[limit].Prefix.Addr().String(), p.Addresses[limit].Pos),
			"%s has %d addresses, an advert holds %d", p.Name, len(p.Addresses), limit)
		q.Instead = "the rest is treated as virtual_ipaddress_excluded"
		p.Excluded = append(append([]Address{}, p.Addresses[limit:]...), p.Excluded...)
		p.Addresses = p.Addresses[:limit:limit]
	}
	if p.Family == 6 && p.Version == 3 && len(p.Addresses) > 0 && !p.Addresses[0].Prefix.Addr().IsLinkLocalUnicast() {
		a := p.Addresses[0]
		q := d.problem("address-link-local", d.wordAt(a.Prefix.Addr().String(), a.Pos), "%s: the first IPv6 address should be link-local", p.Name)
		if !p.Strict {
			hint(q)
		}
	}
	for _, list := range [][]Address{p.Addresses, p.Excluded} {
		for i := range list {
			if list[i].Dev == "" {
				list[i].Dev = p.Interface
				continue
			}
			d.addressInterface(&list[i])
		}
	}
	d.file = p.file
}

// dropRepeated drops excluded addresses that the adverts carry anyway.
func (d *decoder) dropRepeated(p *instanceDraft) {
	p.Excluded = slices.DeleteFunc(p.Excluded, func(a Address) bool {
		if !p.seen[a.key()] {
			return false
		}
		hint(d.problemAt(a.Pos, d.wordAt(a.Prefix.String(), a.Pos), "duplicate-address", "%s has %s in virtual_ipaddress already", p.Name, a.Prefix)).Instead = "it is carried in the adverts"
		return true
	})
}

// noAddresses reports an instance without virtual addresses.
func (d *decoder) noAddresses(p *instanceDraft) {
	switch {
	case p.NoVIP && !p.Strict:
	case p.Version == 3 || p.Strict:
		d.fatal("address-none", p.name, "%s has no virtual_ipaddress", p.Name).Cure = "write one, or no_virtual_ipaddress"
	default:
		q := d.problem("address-none", p.name, "%s has no virtual_ipaddress", p.Name)
		q.Cure = "write one, or no_virtual_ipaddress"
	}
}

// addressLimit is how many addresses an advert of the instance can carry on its interface.
func (d *decoder) addressLimit(p *instanceDraft) int {
	i, ok := d.host.Interface(p.Interface)
	if !ok || i.MTU == 0 {
		return maxAdvertAddresses
	}
	// keepalived leaves room for an authentication header whether there is one or not.
	const vrrp, ipv4, ipv6, ah, pass, hmac = 8, 20, 40, 24, 8, 28
	room := i.MTU - vrrp - ah
	if p.HMAC != nil {
		room += ah - hmac
	}
	size := 4
	if p.Family == 6 {
		room, size = room-ipv6, 16
	} else {
		room -= ipv4
		if p.Version == 2 {
			room -= pass
		}
	}
	return max(0, min(room/size, maxAdvertAddresses))
}
