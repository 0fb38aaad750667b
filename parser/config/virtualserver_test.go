package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/parser"
)

// reported lists the kinds of problems that are more than hints.
func reported(r Result) string {
	var list []parser.Problem
	for _, p := range r.Problems {
		if p.Severity > parser.Hint {
			list = append(list, p)
		}
	}
	return ids(list)
}

// vs is a virtual server 192.0.2.100 80 with lines in front of its real server.
func vs(lines string) string {
	return "virtual_server 192.0.2.100 80 {\n lb_algo rr\n lb_kind NAT\n protocol TCP\n" + lines + "\n real_server 192.0.2.200 80 {\n }\n}\n"
}

// block is a virtual server of the given kind with lines and real servers of its own.
func block(head, lines string) string { return "virtual_server " + head + " {\n" + lines + "\n}\n" }

const (
	rr  = "lb_algo rr\nlb_kind NAT\nprotocol TCP\n"
	dr  = "lb_algo rr\nlb_kind DR\nprotocol TCP\n"
	rs1 = "real_server 192.0.2.200 80 {\n}\n"
)

func TestVirtualServerSettings(t *testing.T) {
	cases := []struct {
		name, text string
		ids        string
		status     int
		get        func(v *VirtualServer) any
		want       any
	}{
		{"defaults", vs(""), "", 0, func(v *VirtualServer) any {
			return []any{v.DelayLoop, v.ConnectTimeout, v.Quorum, v.Hysteresis, v.Weight, v.Persistence, v.SMTPAlert, v.Family}
		}, []any{time.Minute, 5 * time.Second, uint32(1), uint32(0), int64(1), time.Duration(0), false, 4}},
		{"scheduler by its other name", vs("lvs_sched mh\nmh-port\nmh-fallback\nsh-port"), "", 0,
			func(v *VirtualServer) any { return []any{v.Scheduler, v.Flag1, v.Flag2, v.Flag3} }, []any{"mh", true, true, false}},
		{"flags by number", vs("flag-1\nflag-3"), "", 0, func(v *VirtualServer) any { return []any{v.Flag1, v.Flag2, v.Flag3} }, []any{true, false, true}},
		{"flag above its scheduler", block("192.0.2.100 80", "sh-port\nlb_algo sh\nlb_kind NAT\nprotocol TCP\n"+rs1), "scheduler-flag", 5,
			func(v *VirtualServer) any { return v.Flag2 }, false},
		{"unknown scheduler", vs("lb_algo xyz"), "scheduler", 5, func(v *VirtualServer) any { return v.Scheduler }, "rr"},
		{"no scheduler", block("192.0.2.100 80", "lb_kind NAT\nprotocol TCP\n"+rs1), "scheduler-missing", 5, func(v *VirtualServer) any { return v.Scheduler }, "wlc"},
		{"no method", block("192.0.2.100 80", "lb_algo rr\nprotocol TCP\n"+rs1), "method-missing", 5, func(v *VirtualServer) any { return v.RealServers[0].Method }, Method{}},
		{"no protocol", block("192.0.2.100 80", "lb_algo rr\nlb_kind NAT\n"+rs1), "protocol-missing", 5, func(v *VirtualServer) any { return v.Protocol }, "UDP"},
		{"protocol in lower case", vs("protocol sctp"), "", 0, func(v *VirtualServer) any { return v.Protocol }, "SCTP"},
		{"unknown protocol", vs("protocol ICMP"), "protocol", 5, func(v *VirtualServer) any { return v.Protocol }, "TCP"},
		{"method below its real server", block("192.0.2.100 80", "lb_algo rr\nprotocol TCP\n"+rs1+"lb_kind TUN type gre"), "", 0,
			func(v *VirtualServer) any { return v.RealServers[0].Method }, Method{Forward: TUN, Tunnel: "gre"}},
		{"real server's own method", block("192.0.2.100 80", rr+"real_server 192.0.2.200 80 {\nlvs_method DR\n}\n"), "", 0,
			func(v *VirtualServer) any { return v.RealServers[0].Method }, Method{Forward: DR}},
		{"persistence without a time", vs("persistence_timeout"), "", 0, func(v *VirtualServer) any { return v.Persistence }, 360 * time.Second},
		{"persistence 0", vs("persistence_timeout 0"), "range", 5, func(v *VirtualServer) any { return v.Persistence }, time.Duration(0)},
		{"persistence of more than 31 days", vs("persistence_timeout 2678401"), "range", 5, func(v *VirtualServer) any { return v.Persistence }, time.Duration(0)},
		{"granularity switches persistence on", vs("persistence_granularity 255.255.255.0"), "", 0,
			func(v *VirtualServer) any { return []any{v.Granularity.String(), v.Persistence} }, []any{"255.255.255.0", 360 * time.Second}},
		{"granularity in a loose form", vs("persistence_granularity 999"), "", 0, func(v *VirtualServer) any { return v.Granularity.String() }, "0.0.3.231"},
		{"granularity of IPv6", block("2001:db8::1 80", rr+"persistence_granularity 64\nreal_server 2001:db8::2 80 {\n}\n"), "", 0,
			func(v *VirtualServer) any { return v.Granularity6 }, 64},
		{"granularity that is none", vs("persistence_granularity all"), "persistence-granularity", 5, func(v *VirtualServer) any { return v.Persistence }, time.Duration(0)},
		{"long engine", vs("persistence_engine abcdefghijklmnopq"), "persistence-engine", 5, func(v *VirtualServer) any { return v.PersistenceEngine }, "abcdefghijklmnop"},
		{"ops without UDP", vs("ops"), "ops-protocol", 5, func(v *VirtualServer) any { return v.OPS }, false},
		{"ops with UDP", vs("protocol UDP\nops"), "", 0, func(v *VirtualServer) any { return v.OPS }, true},
		{"quorum above the weights", vs("quorum 5"), "quorum-weight", 5, func(v *VirtualServer) any { return v.Quorum }, uint32(1)},
		{"quorum 0", vs("quorum 0"), "quorum-range", 5, func(v *VirtualServer) any { return v.Quorum }, uint32(1)},
		{"hysteresis not below the quorum", vs("hysteresis 7"), "hysteresis-quorum", 5, func(v *VirtualServer) any { return v.Hysteresis }, uint32(0)},
		{"weights of 0", block("192.0.2.100 80", rr+"real_server 192.0.2.200 80 {\nweight 0\n}\n"), "quorum-weight hysteresis-quorum", 5,
			func(v *VirtualServer) any { return []any{v.Quorum, v.Hysteresis} }, []any{uint32(0), uint32(4294967295)}},
		{"delay_loop 0", vs("delay_loop 0"), "range", 5, func(v *VirtualServer) any { return v.DelayLoop }, time.Minute},
		{"delay_loop with decimals", vs("delay_loop 1.5"), "", 0, func(v *VirtualServer) any { return v.DelayLoop }, 1500 * time.Millisecond},
		{"more decimals than microseconds", vs("delay_loop 1.2345678"), "decimals", 5, func(v *VirtualServer) any { return v.DelayLoop }, 1234568 * time.Microsecond},
		{"port 0 without persistence", block("192.0.2.100", rr+"real_server 192.0.2.200 {\n}\n"), "port-zero", 5, func(v *VirtualServer) any { return v.Persistence }, 360 * time.Second},
		{"port 0 with persistence", block("192.0.2.100 0", rr+"persistence_timeout 50\n"+rs1), "", 0, func(v *VirtualServer) any { return v.Port }, uint16(0)},
		{"NAT fills in a missing port", block("192.0.2.100 80", rr+"real_server 192.0.2.200 {\n}\n"), "", 0, func(v *VirtualServer) any { return v.RealServers[0].Port }, uint16(80)},
		{"NAT keeps another port", block("192.0.2.100 80", rr+"real_server 192.0.2.200 81 {\n}\n"), "", 0, func(v *VirtualServer) any { return v.RealServers[0].Port }, uint16(81)},
		{"DR resets another port", block("192.0.2.100 80", dr+"real_server 192.0.2.200 81 {\n}\n"), "port-mismatch", 5, func(v *VirtualServer) any { return v.RealServers[0].Port }, uint16(80)},
		{"fwmark clears a port under DR", block("fwmark 5", "lb_algo rr\nlb_kind DR\n"+rs1), "port-fwmark", 5, func(v *VirtualServer) any { return v.RealServers[0].Port }, uint16(0)},
		{"fwmark ignores protocol", block("fwmark 5", rr+rs1), "protocol-fwmark", 5, func(v *VirtualServer) any { return v.Protocol }, ""},
		{"fwmark takes the family of its servers", block("fwmark 5", "lb_algo rr\nlb_kind NAT\nreal_server 2001:db8::2 80 {\n}\n"), "", 0, func(v *VirtualServer) any { return v.Family }, 6},
		{"fwmark with tunnels of both families", block("fwmark 5", "lb_algo rr\nlb_kind TUN\nreal_server 2001:db8::2 {\n}\nreal_server 192.0.2.9 {\n}\n"), "", 0,
			func(v *VirtualServer) any { return []any{v.Family, len(v.RealServers)} }, []any{4, 2}},
		{"ha_suspend with a fwmark", block("fwmark 5", "lb_algo rr\nlb_kind NAT\nha_suspend\n"+rs1), "ha-suspend-fwmark", 5, func(v *VirtualServer) any { return v.HASuspend }, false},
		{"ip_family against the address", vs("ip_family inet6"), "ip-family-conflict", 5, func(v *VirtualServer) any { return v.Family }, 4},
		{"address in brackets of a longer form", block("192.0.2.100/24 80", rr+rs1), "", 0, func(v *VirtualServer) any { return v.Addr.String() }, "192.0.2.100"},
		{"real server twice", block("192.0.2.100 80", rr+rs1+"real_server 192.0.2.201 80 {\n}\n"+rs1), "real-server-twice", 5, func(v *VirtualServer) any { return len(v.RealServers) }, 2},
		{"real server of the other family", block("192.0.2.100 80", rr+"real_server 2001:db8::5 80 {\n}\n"+rs1), "family-mixed", 5, func(v *VirtualServer) any { return len(v.RealServers) }, 1},
		{"tunnel to the other family", block("192.0.2.100 80", "lb_algo rr\nlb_kind TUN\nprotocol TCP\nreal_server 2001:db8::5 80 {\n}\n"), "", 0, func(v *VirtualServer) any { return len(v.RealServers) }, 1},
		{"real server with a bad port", block("192.0.2.100 80", rr+"real_server 192.0.2.9 99999 {\nweight 7\n}\n"+rs1), "port-range", 5, func(v *VirtualServer) any { return len(v.RealServers) }, 1},
		{"negative weight", block("192.0.2.100 80", rr+"real_server 192.0.2.9 80 {\nweight -1\n}\n"), "range", 5, func(v *VirtualServer) any { return v.RealServers[0].Weight }, int64(1)},
		{"weight, alpha and inhibit for all", block("192.0.2.100 80", rr+rs1+"real_server 192.0.2.9 80 {\nweight 2\nalpha off\ninhibit_on_failure no\n}\nweight 9\nalpha\ninhibit_on_failure"), "", 0,
			func(v *VirtualServer) any {
				a, b := v.RealServers[0], v.RealServers[1]
				return []any{a.Weight, a.Alpha, a.Inhibit, b.Weight, b.Alpha, b.Inhibit}
			}, []any{int64(9), true, true, int64(2), false, false}},
		{"thresholds", block("192.0.2.100 80", rr+"real_server 192.0.2.9 80 {\nuthreshold 10\nlthreshold 20\n}\n"), "", 0,
			func(v *VirtualServer) any { return []any{v.RealServers[0].UThreshold, v.RealServers[0].LThreshold} }, []any{uint32(10), uint32(20)}},
		{"sorry server", vs("sorry_server 192.0.2.250 8080\nsorry_server_inhibit\nsorry_server_lvs_method NAT"), "", 0,
			func(v *VirtualServer) any {
				return []any{v.SorryServer.Addr.String(), v.SorryServer.Port, v.SorryInhibit}
			}, []any{"192.0.2.250", uint16(8080), true}},
		{"sorry_server_inhibit above sorry_server", vs("sorry_server_inhibit\nsorry_server 192.0.2.250 80"), "sorry-server-missing", 5, func(v *VirtualServer) any { return v.SorryInhibit }, false},
		{"sorry server that is no address", vs("sorry_server foo"), "address", 5, func(v *VirtualServer) any { return v.SorryServer == nil }, true},
		{"sorry server of the other family", vs("sorry_server 2001:db8::9 80"), "family-mixed", 5, func(v *VirtualServer) any { return v.SorryServer == nil }, true},
		{"sorry server that is a real server too", block("192.0.2.100 80", rr+"sorry_server 192.0.2.200 80\nreal_server 192.0.2.200 80 {\ninhibit_on_failure\n}\n"), "sorry-server-inhibit", 5,
			func(v *VirtualServer) any { return v.SorryInhibit }, true},
		{"follow_vrrp none", vs("follow_vrrp none"), "", 0, func(v *VirtualServer) any { return v.FollowVRRP }, "none"},
		{"follow_vrrp of nobody", vs("follow_vrrp VI_9"), "follow-vrrp-unknown", 5, func(v *VirtualServer) any { return v.FollowVRRP }, ""},
		{"global smtp_alert", globalsWith("smtp_alert on") + vs(""), "", 0, func(v *VirtualServer) any { return []any{v.SMTPAlert, v.RealServers[0].SMTPAlert} }, []any{true, true}},
		{"smtp_alert of its own", globalsWith("smtp_alert_checker off") + vs("smtp_alert yes"), "", 0, func(v *VirtualServer) any { return []any{v.SMTPAlert, v.RealServers[0].SMTPAlert} }, []any{true, false}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := load(c.text)
			if got := reported(r); got != c.ids {
				t.Errorf("problems %q, want %q", got, c.ids)
			}
			if got := r.TestStatus(); got != c.status {
				t.Errorf("status %d, want %d", got, c.status)
			}
			if len(r.Config.VirtualServers) != 1 {
				t.Fatalf("%d virtual servers", len(r.Config.VirtualServers))
			}
			if diff := cmp.Diff(c.want, c.get(&r.Config.VirtualServers[0]), cmpOptions); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestGroupThatIsDefinedTwiceIsToldOf(t *testing.T) {
	r := load("virtual_server_group web {\n192.0.2.1 80\n}\nvirtual_server_group web {\n192.0.2.2 80\n}\n" + block("group web", rr+rs1))
	told := slices.ContainsFunc(r.Problems, func(p parser.Problem) bool {
		return p.ID == "duplicate-name" && p.Severity == parser.Hint && p.Pos.Line == 4
	})
	if !told || r.TestStatus() != 0 {
		t.Errorf("problems %v, status %d", r.Problems, r.TestStatus())
	}
	if g := r.Config.ServerGroups()["web"]; g == nil || g.Entries[0].First.String() != "192.0.2.1" {
		t.Errorf("the group is %+v", g)
	}
}

func TestVirtualServerThatIsLost(t *testing.T) {
	cases := []struct {
		name, text, ids string
		status          int
	}{
		{"no real server", block("192.0.2.1 80", rr), "no-real-server", 5},
		{"service name", block("192.0.2.1 http", rr+rs1), "port-range", 5},
		{"port too large", block("192.0.2.1 70000", rr+rs1), "port-range", 5},
		{"colon", block("192.0.2.1:80", rr+rs1), "address", 5},
		{"brackets", block("[2001:db8::1] 80", rr+rs1), "address", 5},
		{"host name", block("www 80", rr+rs1), "address", 5},
		{"fwmark too large", block("fwmark 4294967296", rr+rs1), "fwmark-range", 5},
		{"fwmark in hexadecimal", block("fwmark 0x10", rr+rs1), "fwmark-range", 5},
		{"undefined group", block("group web", rr+rs1), "group-unknown", 0},
		{"group of another family", "virtual_server_group web {\n2001:db8::1 80\n}\n" + block("group web", rr+rs1), "group-family", 0},
		{"group of both families under NAT", "virtual_server_group web {\n192.0.2.1 80\n2001:db8::1 80\n}\n" + block("group web", rr+rs1), "group-family", 0},
		{"empty group", "virtual_server_group web {\n}\n" + block("group web", rr+rs1), "group-empty group-unknown", 5},
		{"group that leaves a family open", "virtual_server_group web {\n192.0.2.1 80\n2001:db8::1 80\nfwmark 3\n}\n" + block("group web", rr+rs1), "group-family-open group-unknown", 5},
		{"no address", "virtual_server {\n}\n", "missing-parameter", 2},
		{"group without a name", "virtual_server group {\n}\n", "missing-parameter", 2},
		{"real server without an address", block("192.0.2.1 80", "real_server {\n}"), "missing-parameter", 2},
		{"scheduler without a name", block("192.0.2.1 80", "lb_algo\n"+rs1), "missing-parameter", 2},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := load(c.text)
			if n := len(r.Config.VirtualServers); n != 0 {
				t.Errorf("%d virtual servers", n)
			}
			if got := reported(r); got != c.ids || r.TestStatus() != c.status {
				t.Errorf("problems %q, status %d; want %q, %d", got, r.TestStatus(), c.ids, c.status)
			}
		})
	}
}

func TestGroupOfAddressesAndMarks(t *testing.T) {
	group := "virtual_server_group web {\n192.0.2.100 80\n192.0.2.101-103 80\nfwmark 7\n}\n"
	cases := []struct {
		name, text, ids string
		get             func(v *VirtualServer) any
		want            any
	}{
		{"defined below", block("group web", rr+rs1) + group, "", func(v *VirtualServer) any { return []any{v.Group, v.Family, v.Protocol} }, []any{"web", 4, "TCP"}},
		{"no protocol", group + block("group web", "lb_algo rr\nlb_kind NAT\n"+rs1), "protocol-missing", func(v *VirtualServer) any { return v.Protocol }, "UDP"},
		{"ha_suspend", group + block("group web", rr+"ha_suspend\n"+rs1), "ha-suspend-fwmark", func(v *VirtualServer) any { return v.HASuspend }, false},
		{"marks alone have no protocol", "virtual_server_group web {\nfwmark 7\n}\n" + block("group web", rr+rs1), "protocol-fwmark", func(v *VirtualServer) any { return v.Protocol }, ""},
		{"entry without a port", "virtual_server_group web {\n192.0.2.1-9\n}\n" + block("group web", rr+rs1), "port-zero", func(v *VirtualServer) any { return v.Persistence }, 360 * time.Second},
		{"other port under DR", "virtual_server_group web {\n192.0.2.1 81\n}\n" + block("group web", dr+rs1), "port-mismatch", func(v *VirtualServer) any { return v.RealServers[0].Port }, uint16(80)},
		{"mark under DR", group + block("group web", dr+rs1), "port-fwmark", func(v *VirtualServer) any { return v.RealServers[0].Port }, uint16(80)},
		{"IPv6 entries give the family", "virtual_server_group web {\n2001:db8::1 80\n}\n" + block("group web", "lb_algo rr\nlb_kind TUN\nprotocol TCP\n"+rs1), "", func(v *VirtualServer) any { return v.Family }, 6},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := load(c.text)
			if got := reported(r); got != c.ids {
				t.Errorf("problems %q, want %q:\n%s", got, c.ids, listing(r))
			}
			if len(r.Config.VirtualServers) != 1 {
				t.Fatalf("%d virtual servers", len(r.Config.VirtualServers))
			}
			if diff := cmp.Diff(c.want, c.get(&r.Config.VirtualServers[0])); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestGroupsKeepTheOrderOfTheFile(t *testing.T) {
	text := block("group gone", rr+rs1) + block("192.0.2.1 80", rr+rs1) + block("group web", rr+rs1) + block("192.0.2.2 80", rr+rs1) +
		"virtual_server_group web {\n192.0.2.100 80\n}\n"
	var got []string
	for _, v := range load(text).Config.VirtualServers {
		got = append(got, v.String())
	}
	if diff := cmp.Diff([]string{"192.0.2.1 80", "group web", "192.0.2.2 80"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestManyServersDoNotShareState(t *testing.T) {
	var text strings.Builder
	const n = 700 // more than one chunk of every kind
	for i := range n {
		fmt.Fprintf(&text, "virtual_server 10.0.%d.%d 80 {\n%s", i/256, i%256, rr)
		for j := range i%4 + 1 {
			fmt.Fprintf(&text, "real_server 10.1.%d.%d %d {\nTCP_CHECK {\nconnect_port %d\n}\nTCP_CHECK {\n}\n}\n", i/256, i%256, j+1, 1000+j)
		}
		text.WriteString("}\n")
	}
	c := load(text.String()).Config
	if len(c.VirtualServers) != n {
		t.Fatalf("%d virtual servers", len(c.VirtualServers))
	}
	for i, v := range c.VirtualServers {
		if v.Addr != addr(fmt.Sprintf("10.0.%d.%d", i/256, i%256)) || len(v.RealServers) != i%4+1 {
			t.Fatalf("virtual server %d is %s with %d real servers", i, v.String(), len(v.RealServers))
		}
		for j, r := range v.RealServers {
			if r.Addr != addr(fmt.Sprintf("10.1.%d.%d", i/256, i%256)) || r.Port != uint16(j+1) ||
				len(r.Checkers) != 2 || r.Checkers[0].ConnectPort != uint16(1000+j) || r.Checkers[1].ConnectPort != r.Port {
				t.Fatalf("real server %d of %d: %+v", j, i, r)
			}
		}
		_ = append(v.RealServers[0].Checkers, Checker{ConnectPort: 1}) // must not reach a neighbour
	}
	if c.VirtualServers[1].RealServers[0].Checkers[0].ConnectPort != 1000 {
		t.Error("appending to one server's checks writes into its neighbour's")
	}
}

func TestSSLBlock(t *testing.T) {
	r := load("SSL {\npassword abc\nca /ca\ncertificate /crt\nkey /key\n}\n")
	if diff := cmp.Diff(&SSL{"abc", "/ca", "/crt", "/key"}, r.Config.SSL); diff != "" || r.TestStatus() != 0 {
		t.Errorf("status %d %s", r.TestStatus(), diff)
	}
	r = load("SSL {\nca /a\nkey /b\n}\nSSL {\nca\nkey /c\n}\n")
	if r.Config.SSL.CA != "" || r.Config.SSL.Key != "/c" || reported(r) != "ssl-twice value-missing" {
		t.Errorf("%+v %s", r.Config.SSL, reported(r))
	}
}

func TestEveryProblemCanBeShown(t *testing.T) {
	text := vs("lb_algo xyz\nlb_kind dr\nprotocol ICMP\nquorum 7\nhysteresis 9\nops\nsorry_server foo\nfollow_vrrp X") +
		block("192.0.2.1 http", rs1) + block("group g", rr+rs1) + serverWith("weight -1\nHTTP_GET {\n}\nnotify_up /no/such")
	for _, p := range load(text).Problems {
		if p.Pos.File != "t.conf" || p.Pos.Line == 0 || p.Message == "" || p.ID == "" {
			t.Errorf("incomplete: %+v", p)
		}
		if p.Severity > parser.Hint && p.Instead == "" {
			t.Errorf("%s: does not say what happens instead: %s", p.ID, p.Message)
		}
		if strings.HasSuffix(p.Message, ".") || p.Message[0] >= 'A' && p.Message[0] <= 'Z' && p.Message[1] > 'Z' {
			t.Errorf("%s: message begins or ends as a sentence: %q", p.ID, p.Message)
		}
	}
}
