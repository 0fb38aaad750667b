package foreign

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// LVSDR reads lvs_dr.conf, and its sisters lvs_nat.conf and lvs_tun.conf, of the LVS HOWTO's configure
// script: lines NAME=VALUE.
func LVSDR(text string, names Names) Result {
	r := &reader{names: names}
	kind := "DR"
	var vip netip.Addr
	type service struct {
		line  int
		words []string
	}
	var services []service
	for line := range strings.Lines(text) {
		r.line++
		line, _, _ = strings.Cut(line, "#")
		name, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if strings.TrimSpace(line) == "" {
			continue
		}
		if strings.ContainsFunc(line, odd) || !ok {
			r.warn("it is not NAME=VALUE, and is left out")
			continue
		}
		words := strings.Fields(value)
		switch {
		case name == "LVS_TYPE":
			kind = strings.TrimPrefix(strings.TrimSpace(value), "VS_")
			if kind != "DR" && kind != "NAT" && kind != "TUN" {
				r.warn("LVS_TYPE %s is none of VS_DR, VS_NAT and VS_TUN: VS_DR is taken", value)
				kind = "DR"
			}
		case name == "VIP" && len(words) >= 3:
			vip = r.lvsVIP(words)
		case name == "SERVICE" && len(words) >= 4:
			services = append(services, service{r.line, words})
		case name == "SERVER_VIP_DEVICE" || name == "SERVER_NET_DEVICE":
			r.warn("%s is for the real servers: 'holdfastctl realserver apply' sets them up", name)
		default:
			r.warn("%s has no counterpart", name)
		}
	}
	for _, s := range services {
		r.line = s.line
		r.lvsService(s.words, vip, kind)
	}
	r.line = 0
	r.warn("there is no other director: with one, put the address into a vrrp_instance instead of static_ipaddress")
	return r.result()
}

// lvsVIP reads DEVICE[:ALIAS] NAME MASK BROADCAST.
func (r *reader) lvsVIP(words []string) netip.Addr {
	a, _, ok := r.endpoint(words[1], "TCP")
	bits := 32
	if p, valid := netmask(words[2]); valid {
		bits = p
	}
	if !ok {
		r.warn("VIP %s: no such address", words[1])
		return a
	}
	device, _, _ := strings.Cut(words[0], ":")
	line := fmt.Sprintf("%s/%d dev %s", a, bits, device)
	if strings.Contains(words[0], ":") && len(words[0]) < 16 {
		line += " label " + words[0]
	}
	r.static = append(r.static, line)
	return a
}

func netmask(s string) (bits int, ok bool) {
	a, err := netip.ParseAddr(s)
	if err != nil || !a.Is4() {
		return 0, false
	}
	for _, b := range a.As4() {
		for ; b&0x80 != 0; b <<= 1 {
			bits++
		}
	}
	return bits, true
}

// lvsService reads PROTOCOL SERVICE SCHEDULER REALSERVER[:SERVICE][,WEIGHT] ...
func (r *reader) lvsService(words []string, vip netip.Addr, kind string) {
	protocol := map[string]string{"t": "TCP", "u": "UDP"}[words[0]]
	port, ok := r.port(words[1], protocol)
	if protocol == "" || !ok || !vip.IsValid() {
		r.warn("SERVICE %s %s: no such protocol or port, or no VIP; it is left out", words[0], words[1])
		return
	}
	v := &virtual{Address: place(vip, port), Settings: []string{"lb_algo " + words[2], "lb_kind " + kind, "protocol " + protocol}}
	for _, word := range words[3:] {
		name, weight, weighted := strings.Cut(word, ",")
		a, own, ok := r.endpoint(name, protocol)
		if !ok {
			r.warn("real server %s: no such host or port; it is left out", name)
			continue
		}
		if own == 0 || kind != "NAT" {
			own = port
		}
		s := realServer{Address: place(a, own)}
		if _, err := strconv.ParseUint(weight, 10, 31); weighted && err == nil {
			s.Settings = append(s.Settings, "weight "+weight)
		}
		if protocol == "TCP" {
			s.Check = []string{"TCP_CHECK", "connect_timeout 3"}
		}
		v.Real = append(v.Real, s)
	}
	r.virtuals = append(r.virtuals, v)
}
