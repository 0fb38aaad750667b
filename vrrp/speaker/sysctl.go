package speaker

import (
	"slices"
	"strings"

	"go.uber.org/zap"
)

// setting is a sysctl that is changed for as long as it is wanted, where it is as it is by default:
// somebody who has set it otherwise had a reason.
type setting struct{ path, from, to string }

func conf4(link, name string) string { return "net/ipv4/conf/" + link + "/" + name }
func conf6(link, name string) string { return "net/ipv6/conf/" + link + "/" + name }

// wanted lists the sysctls that settings ask for.
func (s *Settings) wanted() []setting {
	var all []setting
	add := func(path, from, to string) {
		if n := (setting{path, from, to}); !slices.Contains(all, n) {
			all = append(all, n)
		}
	}
	for i := range s.Instances {
		if in := &s.Instances[i]; in.PromoteSecondaries {
			add(conf4(in.Interface, "promote_secondaries"), "0", "1")
		}
	}
	if s.DisableLocalIGMP {
		// disable_local_igmp keeps the host from reporting 224.0.0.x groups to switches.
		add("net/ipv4/igmp_link_local_mcast_reports", "1", "0")
	}
	for _, d := range s.Devices {
		if d.Four && !d.IPVLAN {
			// The base must not answer ARP for addresses of the macvlan with its own MAC address.
			add(conf4(d.Base, "arp_ignore"), "0", "1")
			add(conf4(d.Base, "arp_filter"), "0", "1")
			// Nor name them with it in its own questions: the client that asked last would send there.
			add(conf4(d.Base, "arp_announce"), "0", "2")
		}
	}
	return all
}

// tune sets what is wanted and puts back what is wanted no more.
func (e *effects) tune(wanted []setting) {
	e.wanted = wanted
	before := len(e.was)
	for _, s := range wanted {
		e.set(s)
	}
	changed := len(e.was) != before
	for path, was := range e.was {
		if slices.ContainsFunc(wanted, func(s setting) bool { return s.path == path }) {
			continue
		}
		_ = e.kernel.SetSysctl(path, was) // its interface may be gone
		delete(e.was, path)
		changed = true
	}
	if changed {
		e.note()
	}
}

func (e *effects) set(s setting) {
	is, err := e.kernel.Sysctl(s.path)
	if err == nil && is == s.from {
		if err = e.kernel.SetSysctl(s.path, s.to); err == nil {
			e.was[s.path] = is
		}
	}
	if err != nil && !e.awaited(s.path) {
		e.log.warn("cannot set "+s.path, zap.Error(err))
	}
}

// awaited reports whether the interface that a sysctl is about is not there yet.
func (e *effects) awaited(path string) bool {
	parts := strings.Split(path, "/")
	if len(parts) != 5 {
		return false
	}
	_, there := e.links[parts[3]]
	return !there
}

// retune sets what is wanted of a link that is new, or new again: it begins with the defaults.
func (e *effects) retune(link string) {
	for _, s := range e.wanted {
		if strings.HasPrefix(s.path, conf4(link, "")) {
			delete(e.was, s.path)
			e.set(s)
		}
	}
	e.note()
}

// deviceSetting is a sysctl of a device.
type deviceSetting struct {
	path, to string
	four     bool
}

// sysctls are those of d that differ from what they shall be.
//
// As in keepalived: it takes packets from addresses of the host (the base has them), answers ARP for its own
// addresses only, has no IPv6 address that nobody gave it and no IPv6 where none is needed. rp_filter: what
// comes in on a macvlan would go out by the base; where the host demands strict filtering the loose one
// is enough, and the larger of the host's and the interface's value counts. Router advertisements make
// no routes by it, and none are solicited. It forwards as its base does.
func (d *Device) sysctls(k kernel) []deviceSetting {
	var all []deviceSetting
	want := func(four bool, path, to string) {
		if is, err := k.Sysctl(path); err != nil || is != to {
			all = append(all, deviceSetting{path, to, four})
		}
	}
	filter := "0"
	if host, err := k.Sysctl(conf4("all", "rp_filter")); err == nil && host != "0" {
		filter = "2"
	}
	if !d.IPVLAN {
		want(true, conf4(d.Name, "accept_local"), "1")
		want(true, conf4(d.Name, "arp_ignore"), "1")
	}
	want(true, conf4(d.Name, "rp_filter"), filter)
	want(true, conf4(d.Name, "promote_secondaries"), "1")
	if is, err := k.Sysctl(conf4(d.Base, "forwarding")); err == nil {
		want(true, conf4(d.Name, "forwarding"), is)
	}
	if !d.Six {
		want(false, conf6(d.Name, "disable_ipv6"), "1")
		return all
	}
	want(false, conf6(d.Name, "disable_ipv6"), "0")
	want(false, conf6(d.Name, "accept_ra"), "0")
	if is, err := k.Sysctl(conf6(d.Base, "forwarding")); err == nil {
		want(false, conf6(d.Name, "forwarding"), is)
	}
	if !d.IPVLAN {
		want(false, conf6(d.Name, "addr_gen_mode"), "1")
	}
	return all
}
