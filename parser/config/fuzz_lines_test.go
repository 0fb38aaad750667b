package config

import (
	"strings"
	"testing"

	"github.com/holdfast-ha/holdfast/parser"
)

// FuzzLine puts any line through every little language. None may panic, lose an entry without an
// explanation, or point at a place outside the line.
func FuzzLine(f *testing.F) {
	for _, s := range []string{
		"192.0.2.10/24 dev eth0 brd + label eth0:1 scope link",
		"2001:db8::10-1f 80", "fwmark 7 inet6", "192.0.2.0/28",
		"src 192.0.2.10 to 10.0.0.0/8 via inet 192.0.2.254 mtu lock 1400 encap ip id 5 dst 192.0.2.7",
		"10.0.0.0/8 nexthop via 192.0.2.254 weight 2 nexthop dev eth0 onlink",
		"inet6 from all fwmark 1/2 goto 600 preference 0x10", "lb_kind TUN type gue port 1 csum", "eth1 weight 254 reverse",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		words := wordsOf(s)
		if len(words) == 0 {
			return
		}
		check := func(what string, ok bool, problems []parser.Problem) {
			if !ok && len(problems) == 0 {
				t.Errorf("%s %q: lost without a word", what, s)
			}
			for _, p := range problems {
				if p.Pos.Line != 1 || p.Pos.Col < 1 || int(p.Pos.Col) > len(s) || int(p.End) > len(s)+1 || p.Message == "" {
					t.Errorf("%s %q: %+v", what, s, p)
				}
			}
		}
		for _, in := range []lookup{virtualIn(), staticIn(), {}} {
			_, ok, problems := parseAddress(words, in)
			check("address", ok, problems)
			_, ok, problems = parseRoute(words, in)
			check("route", ok, problems)
			_, ok, problems = parseRule(words, in, &rulePreferences{})
			check("rule", ok, problems)
		}
		e, ok, problems := parseGroupEntry(words)
		check("group entry", ok, problems)
		if ok && isAddress(e) && (e.Last.Less(e.First) || e.Last.BitLen() != e.First.BitLen()) {
			t.Errorf("range %s ends at %s", e.First, e.Last)
		}
		_, _, ok, problems = parseUnicastPeer(words)
		check("peer", ok, problems)
		_, _, ok, problems = parseTrack(words, trackRulesOf("track_file", 254, true))
		check("track", ok, problems)
		_, ok, problems = parseMethod(words, Method{})
		check("method", ok, problems)
		if args, err := splitCommand(s); err == nil && len(args) == 0 && strings.Trim(s, " \t\n\v\f\r") != "" {
			t.Errorf("command %q has no words", s)
		}
	})
}

// FuzzVirtualServer reads any text inside a virtual server, a real server and a check. What comes
// out must be sound: addresses valid, nothing left unset, every real server of a known family.
func FuzzVirtualServer(f *testing.F) {
	for _, s := range []string{
		"lb_algo sh\nsh-port\npersistence_granularity 1.2\nsorry_server 192.0.2.1\nquorum 9",
		"TCP_CHECK {\nconnect_ip fe80::1\n}\nHTTP_GET {\nurl {\npath /\nregex \"a\\\"b\"\n}\n}",
		"SMTP_CHECK {\nhost {\nconnect_port 1\n}\n}\nMISC_CHECK {\nmisc_path '/usr/bin/true x' y\n}\n}\n}\nvirtual_server fwmark 1 {\n",
		"UDP_CHECK {\npayload X\nrequire_reply 1x\n}\nweight 0\nlvs_method TUN type gre\nFTP_CHECK {\n}",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, text := range []string{vs(s), serverWith(s), serverWith("TCP_CHECK {\n" + s + "\n}"), "virtual_server_group g {\n" + s + "\n}\n" + block("group g", rr+rs1)} {
			r := load(text)
			for i := range r.Config.VirtualServers {
				soundVirtualServer(t, text, &r.Config.VirtualServers[i])
			}
		}
	})
}

// soundVirtualServer checks what every virtual server of a finished model promises.
func soundVirtualServer(t *testing.T, text string, v *VirtualServer) {
	t.Helper()
	if v.Group == "" && v.FWMark == 0 && !v.Addr.IsValid() && v.Family == 0 || v.Scheduler == "" || v.DelayLoop <= 0 || len(v.RealServers) == 0 {
		t.Errorf("virtual server %+v of\n%s", v, text)
	}
	for _, s := range v.RealServers {
		if !s.Addr.IsValid() || s.Weight < 0 || s.DelayLoop <= 0 || s.ConnectTimeout <= 0 || family(s.Addr) != v.Family && s.Method.Forward != TUN {
			t.Errorf("real server %+v of\n%s", s, text)
		}
		for _, c := range s.Checkers {
			if c.Retry < 0 || c.Warmup < 0 || c.DelayBeforeRetry < 0 || c.ConnectTimeout < 0 || c.ConnectAddr.IsValid() == (c.MiscScript != nil || c.TrackFile != "" || c.BFD != "") {
				t.Errorf("check %+v of\n%s", c, text)
			}
			if c.MiscScript != nil && len(c.MiscScript.Args) == 0 {
				t.Errorf("MISC_CHECK without a command of\n%s", text)
			}
		}
	}
}
