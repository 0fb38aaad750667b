package config

import (
	"encoding/hex"
	"net/netip"
	"strconv"
	"strings"

	"github.com/holdfast-ha/holdfast/parser"
)

// maxIfName is the longest interface name (IFNAMSIZ less the closing zero).
const maxIfName = 15

func registerInstanceVMAC(g *grammar) {
	g.instanceLine("use_vmac", (*decoder).useVMAC)
	g.instanceLine("use_vmac_addr", func(_ *decoder, p *instanceDraft) { p.vmacOf().AddrVMACs = true })
	g.instanceLine("vmac_xmit_base", func(_ *decoder, p *instanceDraft) { p.vmacOf().XmitBase = true })
	g.instanceLine("use_ipvlan", (*decoder).useIPVLAN)
}

// vmacOf returns the VMAC settings, made at the first use.
func (p *instanceDraft) vmacOf() *VMAC {
	if p.VMAC == nil {
		p.VMAC = &VMAC{}
	}
	return p.VMAC
}

// useVMAC reads [[name] <ifname>] [<mac>] [netlink_notify_msg] [group <n>].
func (d *decoder) useVMAC(p *instanceDraft) {
	if p.ipvlan.Text != "" {
		d.ignored("vmac-ipvlan", d.words[0], "use_vmac does not go with use_ipvlan")
		return
	}
	v := p.vmacOf()
	p.vmac = d.words[0]
	for i := 1; i < len(d.words); i++ {
		w := d.words[i]
		mac, isMAC := parseMAC(w.Text)
		switch {
		case w.Text == "netlink_notify_msg":
			v.Notify = true
		case w.Text == "name" && i+1 < len(d.words):
			i++
			d.deviceName(&v.Name, d.words[i])
		case w.Text == "group" && i+1 < len(d.words):
			i++
			v.Group, v.GroupID = d.linkGroup(d.words[i])
		case isMAC && (mac[0]&1 != 0 || isVRRPMAC(mac)):
			d.ignored("vmac-mac", w, "use_vmac %s: a multicast address, or one that belongs to VRRP", w.Text)
		case isMAC:
			v.MAC = mac
		default:
			d.deviceName(&v.Name, w)
		}
	}
}

// linkGroup reads a link group by name or number. One that is not known is that of the base.
func (d *decoder) linkGroup(w parser.Word) (name string, id uint32) {
	if n, err := strconv.ParseUint(w.Text, 0, 32); err == nil {
		return w.Text, uint32(n)
	}
	id, ok := d.host.NameID("group", w.Text)
	if !ok {
		d.ignored("option", w, "%s: unknown group %q", d.words[0].Text, w.Text).Instead = "the group of the base interface is used"
	}
	return w.Text, id
}

// deviceName reads the name of an interface that is to be made; the first one counts.
func (d *decoder) deviceName(field *string, w parser.Word) {
	switch {
	case *field != "":
		d.ignored("option", w, "%s: unknown word %q", d.words[0].Text, w.Text)
	case !validIfName(w.Text):
		d.ignored("interface-name", w, "%s: %q is no interface name of up to %d characters", d.words[0].Text, w.Text, maxIfName).Instead = "a name is made up"
	default:
		*field = w.Text
	}
}

// validIfName tells whether the kernel takes a name for an interface.
func validIfName(s string) bool {
	return s != "" && len(s) <= maxIfName && s != "." && s != ".." && !strings.ContainsAny(s, "/: \t\n\v\f\r")
}

// parseMAC reads 5 or 6 octets with colons.
func parseMAC(s string) ([]byte, bool) {
	parts := strings.Split(s, ":")
	if len(parts) != 5 && len(parts) != 6 {
		return nil, false
	}
	var mac []byte
	for _, p := range parts {
		if len(p) == 1 {
			p = "0" + p
		}
		b, err := hex.DecodeString(p)
		if err != nil || len(b) != 1 {
			return nil, false
		}
		mac = append(mac, b[0])
	}
	return mac, true
}

// isVRRPMAC tells whether a MAC address is one of those VRRP itself uses.
func isVRRPMAC(m []byte) bool {
	return m[0] == 0 && m[1] == 0 && m[2] == 0x5e && m[3] == 0 && (m[4] == 1 || m[4] == 2)
}

// useIPVLAN reads [[name] <ifname>] [<ip>[/len]] [bridge|private|vepa] [group <n>].
func (d *decoder) useIPVLAN(p *instanceDraft) {
	if p.vmac.Text != "" {
		d.ignored("vmac-ipvlan", d.words[0], "use_ipvlan does not go with use_vmac")
		return
	}
	v := &IPVLAN{Mode: "bridge"}
	p.IPVLAN, p.ipvlan = v, d.words[0]
	for i := 1; i < len(d.words); i++ {
		w := d.words[i]
		host, _, _ := strings.Cut(w.Text, "/")
		_, isIP := parseIP(host)
		switch {
		case w.Text == "bridge" || w.Text == "private" || w.Text == "vepa":
			v.Mode = w.Text
		case w.Text == "name" && i+1 < len(d.words):
			i++
			d.deviceName(&v.Name, d.words[i])
		case w.Text == "group" && i+1 < len(d.words):
			i++
			v.Group, v.GroupID = d.linkGroup(d.words[i])
		case isIP:
			d.ipvlanSource(p, v, w)
		default:
			d.deviceName(&v.Name, w)
		}
	}
}

func (d *decoder) ipvlanSource(p *instanceDraft, v *IPVLAN, w parser.Word) {
	a, ok := d.prefixWord(w)
	if ok && d.familyOf(p, family(a.Addr()), w) {
		v.Source = a
	}
}

// completeVMAC checks the interfaces that an instance makes. seen holds the names taken.
func (d *decoder) completeVMAC(p *instanceDraft, seen map[string]bool) {
	if p.VMAC != nil && p.vmac.Text == "" {
		switch {
		case p.VMAC.XmitBase:
			d.ignored("vmac-missing", p.name, "vmac_xmit_base of %s goes with use_vmac only", p.Name)
			p.VMAC = nil
		case !p.VMAC.AddrVMACs:
			p.VMAC = nil
		}
	}
	if p.VMAC != nil && len(p.VMAC.MAC) == 5 {
		p.VMAC.MAC = append(p.VMAC.MAC, p.VRID)
	}
	if p.vmac.Text != "" && p.VMAC != nil {
		p.VMAC.Use = true
		d.completeVMACUse(p)
	}
	if p.VMAC != nil {
		d.madeInterface(&p.VMAC.Name, p.vmac, "macvlan", seen)
	}
	if p.IPVLAN == nil {
		return
	}
	d.completePromote(p, p.ipvlan)
	if p.Unicast {
		d.problem("vmac-missing", p.ipvlan, "%s: unicast with use_ipvlan sends from the base interface", p.Name)
	}
	d.madeInterface(&p.IPVLAN.Name, p.ipvlan, "ipvlan", seen)
	if p.Family == 4 && p.IPVLAN.Source == (netip.Prefix{}) {
		d.problem("ipvlan-address", p.ipvlan, "use_ipvlan of %s needs an address", p.Name).Instead = "the instance stays in FAULT"
		p.disable("use_ipvlan without an address")
	}
}

// completeVMACUse sets what an interface of its own implies.
func (d *decoder) completeVMACUse(p *instanceDraft) {
	if p.Unicast && !p.VMAC.XmitBase {
		d.problem("vmac-unicast", p.vmac, "%s: unicast with use_vmac needs vmac_xmit_base", p.Name).Instead = "it is set"
		p.VMAC.XmitBase = true
	}
	d.completePromote(p, p.vmac)
}

// completePromote: promote_secondaries goes without saying on an interface of the instance's own.
func (d *decoder) completePromote(p *instanceDraft, at parser.Word) {
	if p.PromoteSecondaries {
		d.problem("vmac-promote", at, "%s: promote_secondaries goes without saying with %s", p.Name, at.Text).Instead = "it is ignored"
		p.PromoteSecondaries = false
	}
}

// madeInterface checks the name of an interface to be made against the others and the machine.
func (d *decoder) madeInterface(name *string, at parser.Word, kind string, seen map[string]bool) {
	if *name == "" {
		return
	}
	i, exists := d.host.Interface(*name)
	switch {
	case seen[*name]:
		d.problem("vmac-name", at, "%s: the name %s is used twice", at.Text, *name).Instead = "a name is made up"
		*name = ""
	case exists && i.Kind != kind && i.Kind != AnyKind:
		d.problem("vmac-name", at, "%s: the interface %s exists and is no %s", at.Text, *name, kind).Instead = "a name is made up"
		*name = ""
	default:
		seen[*name] = true
	}
}

// disable keeps an instance in FAULT.
func (p *instanceDraft) disable(reason string) {
	if !p.Disabled {
		p.Disabled, p.Reason = true, reason
	}
}
