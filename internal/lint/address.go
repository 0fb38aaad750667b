package lint

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// addressRules are about virtual addresses and the interfaces they are on.
var addressRules = []Rule{
	{ID: "vip-network", Severity: parser.Warning, model: vipNetwork},
	{ID: "vip-special", Severity: parser.Warning, model: vipSpecial},
	{ID: "vip-two-instances", Severity: parser.Warning, model: vipTwoInstances},
	{ID: "vip-static", Severity: parser.Warning, model: vipStatic},
	{ID: "vrid-vlan", Severity: parser.Hint, model: vridVLAN},
	{ID: "families-mixed", Severity: parser.Hint, text: familiesMixed},
	{ID: "families-apart", Severity: parser.Hint, model: familiesApart},
}

// vips are all virtual addresses of an instance.
func vips(in *config.Instance) []config.Address { return slices.Concat(in.Addresses, in.Excluded) }

// last is the highest address of a prefix.
func last(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

func vipNetwork(s *sight) {
	for i := range s.cfg.Instances {
		in := &s.cfg.Instances[i]
		for _, a := range vips(in) {
			p := a.Prefix
			if !p.Addr().Is4() || p.Bits() >= 31 || p.Bits() == 0 {
				continue
			}
			what := ""
			switch p.Addr() {
			case p.Masked().Addr():
				what = "the network itself"
			case last(p):
				what = "the broadcast address of its network"
			default:
				continue
			}
			s.add(a.Pos, "", "%s: %s is %s, no address of a host", in.Name, p, what).
				Cure = "write the address of a host; the length behind the / is that of its network"
		}
	}
}

func vipSpecial(s *sight) {
	for i := range s.cfg.Instances {
		in := &s.cfg.Instances[i]
		for _, a := range vips(in) {
			what := ""
			switch ip := a.Prefix.Addr(); {
			case ip.IsUnspecified():
				what = "the unspecified address"
			case ip.IsMulticast():
				what = "a multicast address"
			case ip.IsLoopback() && a.Dev != "lo":
				what = "a loopback address, which no other host can reach"
			default:
				continue
			}
			s.add(a.Pos, "", "%s: %s is %s", in.Name, a.Prefix.Addr(), what).Cure = "write an address that clients can reach"
		}
	}
}

// vipTwoInstances looks for one address on one interface in two instances.
func vipTwoInstances(s *sight) {
	type key struct {
		addr netip.Addr
		dev  string
	}
	type holding struct {
		in  *config.Instance
		pos parser.Pos
	}
	seen := map[key]holding{}
	for i := range s.cfg.Instances {
		in := &s.cfg.Instances[i]
		for _, a := range vips(in) {
			k := key{a.Prefix.Addr(), a.Dev}
			first, twice := seen[k]
			if !twice {
				seen[k] = holding{in, a.Pos}
				continue
			}
			if first.in == in || s.together(first.in.Name, in.Name) || a.UseVMAC || in.VMAC != nil && in.VMAC.AddrVMACs {
				continue
			}
			f := s.add(a.Pos, "", "%s and %s (%s) both hold %s on %s", first.in.Name, in.Name, place(first.pos, a.Pos), k.addr, k.dev)
			f.Instead = "when one of them steps down it takes the address off that the other needs"
			f.Cure = "leave it to one of them"
		}
	}
}

func vipStatic(s *sight) {
	for _, st := range s.cfg.StaticAddresses {
		for i := range s.cfg.Instances {
			in := &s.cfg.Instances[i]
			for _, a := range vips(in) {
				if a.Prefix.Addr() != st.Prefix.Addr() || a.Dev != st.Dev {
					continue
				}
				f := s.add(st.Pos, "", "static_ipaddress %s is a virtual address of %s as well (%s)", st.Prefix.Addr(), in.Name, place(a.Pos, st.Pos))
				f.Instead = "every router holds it all the time, so that it is in use twice on the segment"
				f.Cure = "take it out of static_ipaddress"
			}
		}
	}
}

// vridVLAN: the virtual MAC address is made of the VRID alone, and some switches have one table of
// MAC addresses for all VLANs.
func vridVLAN(s *sight) {
	for i := range s.cfg.Instances {
		a := &s.cfg.Instances[i]
		for j := range s.cfg.Instances[:i] {
			b := &s.cfg.Instances[j]
			if a.VMAC == nil || b.VMAC == nil || a.VRID != b.VRID || a.Family != b.Family || a.Interface == b.Interface {
				continue
			}
			base, _, vlan := strings.Cut(a.Interface, ".")
			other, _, vlan2 := strings.Cut(b.Interface, ".")
			if base != other || !vlan && !vlan2 {
				continue
			}
			f := s.add(a.Pos, "virtual_router_id", "%s and %s (%s) use virtual_router_id %d, and so one virtual MAC address, in two VLANs of %s", a.Name, b.Name, place(b.Pos, a.Pos), a.VRID, base)
			f.Instead = "a switch with one table for all VLANs sees the address jump between them"
			f.Cure = "give each VLAN of an interface another virtual_router_id"
		}
	}
}

// familiesMixed: an instance with both families loses those that are not of the first. The cure is
// the text to write instead.
func familiesMixed(s *sight, st *parser.Statement) {
	if head(st) != "vrrp_instance" || len(st.Words) != 2 {
		return
	}
	var four, six, first parser.Statement // lists of addresses
	for i := range st.Block {
		if head(&st.Block[i]) != "virtual_ipaddress" {
			continue
		}
		for _, a := range st.Block[i].Block {
			text, _, _ := strings.Cut(head(&a), "/")
			ip, err := netip.ParseAddr(text)
			if err != nil {
				continue
			}
			list := &four
			if ip.Is6() {
				list = &six
			}
			list.Block = append(list.Block, a)
			if len(four.Block)+len(six.Block) == 1 {
				first = a
			}
		}
	}
	if len(four.Block) == 0 || len(six.Block) == 0 {
		return
	}
	strange := four.Block[0]
	if strings.Contains(head(&first), ".") && !strings.Contains(head(&first), ":") {
		strange = six.Block[0]
	}
	w := strange.Words[0]
	f := s.add(parser.Pos{File: strange.Pos.File, Line: w.Line, Col: w.Col}, "", "%s has IPv4 and IPv6 addresses: an advert carries one family only", st.Words[1].Text)
	f.End = w.Col + int32(len(w.Text))
	f.Instead = "the addresses of the second family are lost"
	f.Cure = "make it two instances that move together:\n" + splitFamilies(st, &four, &six)
}
