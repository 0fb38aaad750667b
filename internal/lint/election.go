package lint

import (
	"time"

	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// electionRules are about who becomes MASTER and when.
var electionRules = []Rule{
	{ID: "owner-priority", Severity: parser.Hint, text: ownerPriority},
	{ID: "state-priority", Severity: parser.Hint, model: statePriority},
	{ID: "advert-slow", Severity: parser.Hint, model: advertSlow},
	{ID: "advert-fast", Severity: parser.Hint, model: advertFast},
	{ID: "strict-blackhole", Severity: parser.Warning, model: strictBlackhole},
	{ID: "no-accept", Severity: parser.Hint, model: noAccept},
	{ID: "auth-plain", Severity: parser.Hint, model: authPlain},
	{ID: "auth-ah", Severity: parser.Hint, model: authAH},
	{ID: "auth-pass-alone", Severity: parser.Warning, text: authPassAlone},
	{ID: "sample-vrid", Severity: parser.Hint, model: sampleVRID},
	{ID: "garp-once", Severity: parser.Hint, model: garpOnce},
	{ID: "garp-no-refresh", Severity: parser.Hint, model: garpNoRefresh},
}

const owner = 255

// ownerPriority looks for a 255 that is written: one that state MASTER without a priority makes is told
// of when the file is read.
func ownerPriority(s *sight, st *parser.Statement) {
	if head(st) != "vrrp_instance" || len(st.Words) < 2 {
		return
	}
	at := keyword(st, "priority")
	if at == nil || len(at.Words) < 2 || at.Words[1].Text != "255" {
		return
	}
	w := at.Words[1]
	f := s.add(parser.Pos{File: at.Pos.File, Line: w.Line, Col: w.Col}, "", "%s: priority 255 does not mean the highest of all, but that the addresses are this host's own", st.Words[1].Text)
	f.End = w.Col + int32(len(w.Text))
	f.Instead = "it becomes MASTER at once, nopreempt and weights do not count, and no other router can be given precedence"
	f.Cure = "write at most 254, unless the interface has the address all the time"
}

// statePriority: 100 is what a router has that says nothing.
func statePriority(s *sight) {
	const common = 100
	for i := range s.cfg.Instances {
		in := &s.cfg.Instances[i]
		if in.State == config.Master && in.Priority < common {
			f := s.add(in.Pos, "state", "%s: state MASTER with priority %d: a router whose file names no priority has 100 and wins", in.Name, in.Priority)
			f.Instead = "if the other is a BACKUP of higher priority the addresses come up here first and go away as soon as it is heard"
			f.Cure = "give the MASTER the highest priority; state says only how it starts"
		}
	}
}

// downTime is how long a BACKUP waits for an advert (RFC 5798 6.1; RFC 3768 6.1 for version 2).
func downTime(in *config.Instance) time.Duration {
	step := time.Second
	if in.Version == 3 {
		step = in.AdvertInt
	}
	return time.Duration(max(in.DownTimerAdverts, 1))*in.AdvertInt + step*time.Duration(256-int(in.Priority))/256
}

func advertSlow(s *sight) {
	const long = 10 * time.Second
	for i := range s.cfg.Instances {
		in := &s.cfg.Instances[i]
		if t := downTime(in); t >= long {
			f := s.add(in.Pos, "advert_int", "%s: with advert_int %v it takes %.1f s until a dead MASTER is noticed", in.Name, in.AdvertInt.Seconds(), t.Seconds())
			f.Cure = "write advert_int 1 on all routers"
		}
	}
}

func advertFast(s *sight) {
	const short = 50 * time.Millisecond
	for i := range s.cfg.Instances {
		in := &s.cfg.Instances[i]
		if in.AdvertInt < short {
			f := s.add(in.Pos, "advert_int", "%s: a MASTER that is held up for %v loses the election", in.Name, downTime(in).Round(time.Millisecond))
			f.Cure = "set vrrp_rt_priority and vrrp_no_swap in global_defs, or write a longer advert_int"
		}
	}
}

func strictBlackhole(s *sight) {
	for i := range s.cfg.Instances {
		in := &s.cfg.Instances[i]
		if !in.Strict || !in.NoAccept {
			continue
		}
		f := s.add(in.Pos, "strict_mode", "%s: strict mode stands for no_accept as well: packets to the virtual addresses are dropped", in.Name)
		f.Instead = "neither ping nor a service that listens on them gets an answer"
		f.Cure = "remove vrrp_strict (strict_mode), or set version 3 and write accept"
	}
}

func noAccept(s *sight) {
	for i := range s.cfg.Instances {
		in := &s.cfg.Instances[i]
		if in.NoAccept && !in.Strict {
			f := s.add(in.Pos, "no_accept", "%s: no_accept drops every packet to the virtual addresses themselves", in.Name)
			f.Instead = "only what is routed through this host gets through"
			f.Cure = "remove no_accept if something listens on the addresses"
		}
	}
}

func authPlain(s *sight) {
	for i := range s.cfg.Instances {
		in := &s.cfg.Instances[i]
		if in.Auth != config.Pass {
			continue
		}
		f := s.add(in.Pos, "authentication/auth_type", "%s: auth_type PASS sends the password in clear text in every advert: it keeps out mistakes, nobody else", in.Name)
		f.Cure = "keep VRRP on a trusted segment; drop protocol 112 from other hosts by a firewall rule"
		return // once in a file
	}
}

func authAH(s *sight) {
	for i := range s.cfg.Instances {
		in := &s.cfg.Instances[i]
		if in.Auth != config.AH {
			continue
		}
		f := s.add(in.Pos, "authentication/auth_type", "%s: auth_type AH: protocol 51 with HMAC-MD5, which VRRP gave up in 2004 and other makers' routers do not speak", in.Name)
		f.Instead = "a firewall that lets protocol 112 through still drops these adverts, and both routers become MASTER"
		f.Cure = "let protocol 51 through between the routers"
		return
	}
}

func authPassAlone(s *sight, st *parser.Statement) {
	if head(st) != "vrrp_instance" || len(st.Words) < 2 || keyword(st, "authentication/auth_type") != nil {
		return
	}
	at := keyword(st, "authentication/auth_pass")
	if at == nil {
		return
	}
	w := at.Words[0]
	f := s.add(parser.Pos{File: at.Pos.File, Line: w.Line, Col: w.Col}, "", "%s: auth_pass without auth_type: there is no authentication", st.Words[1].Text)
	f.End = w.Col + int32(len(w.Text))
	f.Instead = "a router that has both drops the adverts of this one, and both become MASTER"
	f.Cure = "write auth_type PASS on all routers, or take auth_pass out"
}

// sampleVRID: number and password of the example that every tutorial shows.
func sampleVRID(s *sight) {
	for i := range s.cfg.Instances {
		in := &s.cfg.Instances[i]
		if in.VRID == 51 && in.Auth == config.Pass && in.AuthPass == "1111" && !in.Unicast {
			f := s.add(in.Pos, "virtual_router_id", "%s: virtual_router_id 51 with auth_pass 1111 is what every tutorial has: a second pair on the segment may have it too", in.Name)
			f.Instead = "the two pairs would take each other for one, and one of them would lose its addresses"
			f.Cure = "choose another virtual_router_id, the same on both routers"
		}
	}
}

// garpOnce: one packet that is lost, or that a switch port drops while it comes up, is all there is.
func garpOnce(s *sight) {
	for i := range s.cfg.Instances {
		in := &s.cfg.Instances[i]
		if in.GARP.Repeat == 1 && in.GARP.Delay == 0 && in.GARP.Refresh == 0 {
			f := s.add(in.Pos, "garp_master_repeat", "%s: a new MASTER announces each address by one packet and never again", in.Name)
			f.Instead = "whoever misses it goes on sending to the old one until its ARP entry times out"
			f.Cure = "leave garp_master_repeat and garp_master_delay out"
		}
	}
}

// garpNoRefresh looks only where the default, an announcement after each advert of lower priority,
// has been turned off: else a split heals by itself.
func garpNoRefresh(s *sight) {
	for i := range s.cfg.Instances {
		in := &s.cfg.Instances[i]
		if in.GARP.LowerPrioRep == 0 && in.GARP.Refresh == 0 && in.Priority != owner {
			f := s.add(in.Pos, "garp_lower_prio_repeat", "%s: after a split nothing tells neighbours again where the addresses are", in.Name)
			f.Instead = "those that heard the loser last send to it until their ARP entries time out"
			f.Cure = "write garp_master_refresh 60, or leave garp_lower_prio_repeat and strict mode out"
		}
	}
}
