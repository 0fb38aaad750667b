package lint

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// serverRules are about virtual and real servers.
var serverRules = []Rule{
	{ID: "director-real-server", Severity: parser.Hint, model: directorRealServer},
	{ID: "real-server-vip", Severity: parser.Warning, model: realServerVIP},
	{ID: "no-accept-server", Severity: parser.Warning, model: noAcceptServer},
	{ID: "service-twice", Severity: parser.Warning, model: serviceTwice},
	{ID: "sorry-server-real", Severity: parser.Hint, model: sorryServerReal},
	{ID: "weights-ignored", Severity: parser.Hint, model: weightsIgnored},
	{ID: "persistence-group", Severity: parser.Hint, model: persistenceGroup},
	{ID: "persistence-inhibit", Severity: parser.Hint, model: persistenceInhibit},
	{ID: "quorum-idle", Severity: parser.Hint, model: quorumIdle},
	{ID: "quorum-all", Severity: parser.Hint, model: quorumAll},
	{ID: "weight-zero-server", Severity: parser.Hint, model: weightZeroServer},
}

// routers are the addresses that the file says routers have: sources and peers.
func (s *sight) routers() map[netip.Addr]string {
	all := map[netip.Addr]string{}
	for i := range s.cfg.Instances {
		in := &s.cfg.Instances[i]
		for _, p := range in.UnicastPeers {
			all[p.Addr] = "the peer " + p.Addr.String()
		}
		for _, a := range []netip.Addr{in.UnicastSrc, in.MulticastSrc} {
			if a.IsValid() {
				all[a] = "this router"
			}
		}
	}
	if s.host != nil {
		for _, a := range s.host.Addresses() {
			if !a.IsLoopback() && s.holder(a.WithZone("")) == "" {
				all[a.WithZone("")] = "this host"
			}
		}
	}
	return all
}

// ipvsPriority is that of IPVS among the hooks for what comes in: a chain of a higher number sees only
// what IPVS has left.
const ipvsPriority = 99

// noAcceptServer: the rules of no_accept drop packets before IPVS sees them.
func noAcceptServer(s *sight) {
	shut := map[netip.Addr]*config.Instance{}
	for i := range s.cfg.Instances {
		in := &s.cfg.Instances[i]
		for _, a := range vips(in) {
			if in.NoAccept && in.Priority != 255 {
				shut[a.Prefix.Addr()] = in
			}
		}
	}
	if len(shut) == 0 || s.cfg.Global.NFTablesPriority > ipvsPriority {
		return
	}
	for i := range s.cfg.VirtualServers {
		v := &s.cfg.VirtualServers[i]
		for _, addr := range s.addressesOf(v) {
			in := shut[addr]
			if in == nil {
				continue
			}
			word := "no_accept"
			if in.Strict {
				word = "strict mode"
			}
			f := s.add(v.Pos, "", "virtual server %s is on %s, which %s of %s (%s) shuts", v.String(), addr, word, in.Name, place(in.Pos, v.Pos))
			f.Instead = "the firewall drops the clients' packets before IPVS sees them: no connection ever arrives"
			f.Cure = "take no_accept out of " + in.Name
			if in.Strict {
				f.Cure = "take vrrp_strict (strict_mode) out, or set version 3 and write accept in " + in.Name
			}
			break // once for each virtual server
		}
	}
}

// addressesOf are the addresses of a virtual server that an instance holds, of a range as well.
func (s *sight) addressesOf(v *config.VirtualServer) []netip.Addr {
	if v.Group == "" {
		return []netip.Addr{v.Addr}
	}
	at := slices.IndexFunc(s.cfg.VirtualServerGroups, func(g config.VirtualServerGroup) bool { return g.Name == v.Group })
	if at < 0 {
		return nil
	}
	var all []netip.Addr
	for i := range s.cfg.Instances {
		for _, a := range vips(&s.cfg.Instances[i]) {
			ip := a.Prefix.Addr()
			if slices.ContainsFunc(s.cfg.VirtualServerGroups[at].Entries, func(e config.GroupEntry) bool {
				return e.First.IsValid() && e.First.Compare(ip) <= 0 && ip.Compare(e.Last) <= 0 && e.First.Is4() == ip.Is4()
			}) {
				all = append(all, ip)
			}
		}
	}
	return all
}

// directorRealServer: a director that is a real server too, by DR or TUN.
func directorRealServer(s *sight) {
	routers := s.routers()
	if len(routers) == 0 {
		return
	}
	for i := range s.cfg.VirtualServers {
		v := &s.cfg.VirtualServers[i]
		for j := range v.RealServers {
			r := &v.RealServers[j]
			who, ok := routers[r.Addr]
			if !ok || r.Method.Forward == config.NAT {
				continue
			}
			f := s.add(r.Pos, "", "real server %s of %s is a director as well (%s)", r.Addr, v.String(), who)
			if s.cfg.Global.LVSActiveAlways {
				f.Severity = parser.Warning
				f.Instead = "with lvs_active always a BACKUP balances what the MASTER forwards to it once more: some connections never arrive"
				f.Cure = "take lvs_active always out"
				break
			}
			f.Instead = "Holdfast keeps IPVS on the MASTER alone, so this works; with keepalived on the other router it balances packets twice"
			f.Cure = "run Holdfast on all directors; each needs the virtual address on lo while it is BACKUP"
			break // once for each virtual server
		}
	}
}

func realServerVIP(s *sight) {
	for i := range s.cfg.VirtualServers {
		v := &s.cfg.VirtualServers[i]
		for j := range v.RealServers {
			r := &v.RealServers[j]
			name := s.holder(r.Addr)
			if r.Addr != v.Addr && name == "" {
				continue
			}
			what := "the address of the virtual server itself"
			if r.Addr != v.Addr {
				what = "a virtual address of " + name
			}
			f := s.add(r.Pos, "", "real server %s of %s is %s", r.Addr, v.String(), what)
			f.Instead = "it is whoever is MASTER, and never another host"
			f.Cure = "write the server's own address"
		}
	}
}

func sorryServerReal(s *sight) {
	for i := range s.cfg.VirtualServers {
		v := &s.cfg.VirtualServers[i]
		if v.SorryServer == nil {
			continue
		}
		for j := range v.RealServers {
			if r := &v.RealServers[j]; r.Addr == v.SorryServer.Addr && r.Port == v.SorryServer.Port {
				f := s.add(v.SorryServer.Pos, "", "sorry server %s of %s is one of its real servers", r.Addr, v.String())
				f.Instead = "once all are down, clients are sent to one that is known to be down"
				f.Cure = "name a server that is not balanced"
			}
		}
	}
}

func weightsIgnored(s *sight) {
	for i := range s.cfg.VirtualServers {
		v := &s.cfg.VirtualServers[i]
		if v.Scheduler != "rr" && v.Scheduler != "lc" {
			continue
		}
		for j := range v.RealServers {
			a, b := v.RealServers[0].Weight, v.RealServers[j].Weight
			if a == b || a == 0 || b == 0 {
				continue
			}
			f := s.add(v.Pos, "lb_algo|lvs_sched", "virtual server %s: its real servers have different weights, but %s does not look at them", v.String(), v.Scheduler)
			f.Cure = "write lb_algo w" + v.Scheduler
			break
		}
	}
}

// persistenceGroup: each entry of a group is a service of its own in the kernel.
func persistenceGroup(s *sight) {
	for i := range s.cfg.VirtualServers {
		v := &s.cfg.VirtualServers[i]
		if v.Persistence == 0 || v.Group == "" {
			continue
		}
		at := slices.IndexFunc(s.cfg.VirtualServerGroups, func(g config.VirtualServerGroup) bool { return g.Name == v.Group })
		if at < 0 || len(s.cfg.VirtualServerGroups[at].Entries) < 2 {
			continue
		}
		f := s.add(v.Pos, "persistence_timeout", "virtual server %s: persistence counts for each entry of %s by itself", v.String(), v.Group)
		f.Instead = "a client that comes to two of them may be sent to two real servers"
		f.Cure = "if that matters mark the packets to all of them with one fwmark, and make that the virtual_server"
	}
}

func persistenceInhibit(s *sight) {
	for i := range s.cfg.VirtualServers {
		v := &s.cfg.VirtualServers[i]
		if v.Persistence == 0 || !slices.ContainsFunc(v.RealServers, func(r config.RealServer) bool { return r.Inhibit }) {
			continue
		}
		f := s.add(v.Pos, "inhibit_on_failure", "virtual server %s: persistence with inhibit_on_failure: a real server that is down stays in the table with weight 0", v.String())
		f.Instead = "clients that were there go on being sent to it until their persistence_timeout ends"
		f.Cure = "leave inhibit_on_failure out, or set net.ipv4.vs.expire_quiescent_template to 1"
	}
}

func quorumIdle(s *sight) {
	for i := range s.cfg.VirtualServers {
		v := &s.cfg.VirtualServers[i]
		if v.Quorum > 1 && v.SorryServer == nil && v.QuorumUp == nil && v.QuorumDown == nil && !v.SMTPAlert && s.cfg.Global.LVSNotifyFIFO.Path == "" && s.cfg.Global.NotifyFIFO.Path == "" {
			f := s.add(v.Pos, "quorum", "virtual server %s: quorum %d does nothing without sorry_server, quorum_up or quorum_down", v.String(), v.Quorum)
			f.Instead = "clients are sent to what is left, however little"
			f.Cure = "add a sorry_server, or take quorum out"
		}
	}
}

func quorumAll(s *sight) {
	for i := range s.cfg.VirtualServers {
		v := &s.cfg.VirtualServers[i]
		if len(v.RealServers) < 2 || v.Quorum <= 1 || v.SorryServer == nil && v.QuorumDown == nil {
			continue
		}
		var sum, least int64
		for j := range v.RealServers {
			w := v.RealServers[j].Weight
			sum += w
			if w > 0 && (least == 0 || w < least) {
				least = w
			}
		}
		if int64(v.Quorum)-int64(v.Hysteresis) > sum-least {
			f := s.add(v.Pos, "quorum", "virtual server %s: with quorum %d of %d the first real server that fails costs the quorum", v.String(), v.Quorum, sum)
			f.Cure = fmt.Sprintf("write at most quorum %d to bear one failure", max(sum-least, 1))
		}
	}
}

func weightZeroServer(s *sight) {
	for i := range s.cfg.VirtualServers {
		v := &s.cfg.VirtualServers[i]
		zero := 0
		for j := range v.RealServers {
			if v.RealServers[j].Weight == 0 {
				zero++
			}
		}
		if zero > 0 && zero == len(v.RealServers) {
			f := s.add(v.Pos, "", "virtual server %s: every real server has weight 0", v.String())
			f.Instead = "none gets a new connection, and clients are refused"
			f.Cure = "write weight 1 or more for those that shall serve"
		}
	}
}
