package config

import (
	"net/netip"

	"github.com/holdfast-ha/holdfast/parser"
)

func registerInstanceAddresses(g *grammar) {
	g.list("vrrp_instance", "virtual_ipaddress", nil, func(d *decoder) { d.virtualAddress(d.vrrp.cur) }, nil)
	g.list("vrrp_instance", "virtual_ipaddress_excluded", nil, func(d *decoder) { d.excludedAddress(d.vrrp.cur) }, nil)
	g.list("vrrp_instance", "virtual_routes", nil, func(d *decoder) {
		if r, ok := d.routeEntry(); ok {
			d.vrrp.cur.Routes = append(d.vrrp.cur.Routes, r)
		}
	}, nil)
	g.list("vrrp_instance", "virtual_rules", nil, func(d *decoder) {
		if r, ok := d.ruleEntry(); ok {
			d.vrrp.cur.Rules = append(d.vrrp.cur.Rules, r)
		}
	}, nil)
	g.instanceLine("native_ipv6", func(d *decoder, p *instanceDraft) {
		d.familyOf(p, 6, d.words[0])
	})
}

// virtualAddress reads an address that is carried in the adverts: of the family of the first.
func (d *decoder) virtualAddress(p *instanceDraft) {
	a, ok := d.addressEntry()
	if !ok || !d.familyOf(p, family(a.Prefix.Addr()), d.words[0]) {
		return
	}
	if p.seen[a.key()] {
		d.ignored("duplicate-address", d.words[0], "virtual address %s is given twice", d.words[0].Text)
		return
	}
	p.seen[a.key()] = true
	p.Addresses = append(p.Addresses, a)
}

// excludedAddress reads an address that is not carried in the adverts; any family will do.
func (d *decoder) excludedAddress(p *instanceDraft) {
	a, ok := d.addressEntry()
	if !ok {
		return
	}
	if p.seenExcluded[a.key()] {
		d.ignored("duplicate-address", d.words[0], "address %s is given twice", d.words[0].Text)
		return
	}
	p.seenExcluded[a.key()] = true
	p.Excluded = append(p.Excluded, a)
}

// addressKey is what two entries share that mean one address on one interface.
type addressKey struct {
	prefix netip.Prefix
	dev    string
}

func (a *Address) key() addressKey { return addressKey{a.Prefix, a.Dev} }

// familyOf fixes the address family of an instance at its first address, and refuses addresses of
// the other family later.
func (d *decoder) familyOf(p *instanceDraft, f int, w parser.Word) bool {
	if p.family == 0 {
		p.family = f
	}
	if p.family == f {
		return true
	}
	q := d.ignored("family", w, "%s is not IPv%d like the addresses before it", w.Text, p.family)
	q.Cure = "use a vrrp_instance for each family, or virtual_ipaddress_excluded"
	return false
}

// sourceAddr reads an address of an instance and fixes its family.
func (d *decoder) sourceAddr(p *instanceDraft) (netip.Addr, bool) {
	w, ok := d.word(1)
	if !ok {
		return netip.Addr{}, false
	}
	a, ok := sockAddr(w.Text)
	if !ok {
		d.ignored("address", w, "%s %s: not an IP address", d.words[0].Text, w.Text)
		return netip.Addr{}, false
	}
	return a, d.familyOf(p, family(a), w)
}
