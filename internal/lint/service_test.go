package lint

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// virtual is a virtual server with one real server; lines stand in front of that.
func virtual(head string, lines ...string) string {
	return "virtual_server " + head + " {\nlb_algo rr\nlb_kind TUN\n" + strings.Join(lines, "\n") + "\nreal_server 192.0.2.21 80 {\n}\n}\n"
}

// groupOfLines is a virtual_server_group.
func groupOfLines(name string, lines ...string) string {
	return "virtual_server_group " + name + " {\n" + strings.Join(lines, "\n") + "\n}\n"
}

func TestServicesThatTwoVirtualServersName(t *testing.T) {
	tcp, nft := "protocol TCP", "global_defs {\nnftables_ipvs ipvs\n}\n"
	both := "; keepalived puts those of both into it"
	cases := []struct {
		name, text string
		line       int32 // of the finding
		want       string
	}{
		{"one address, port and protocol", virtual("192.0.2.1 80", tcp) + virtual("192.0.2.1 80", tcp), 8,
			"virtual servers 192.0.2.1 80 (line 1) and 192.0.2.1 80 both name the service 192.0.2.1 80 TCP"},
		{"two spellings of an address", virtual("2001:db8::1 80", tcp) + virtual("2001:DB8:0::1 80", tcp), 8,
			"virtual servers 2001:db8::1 80 (line 1) and 2001:db8::1 80 both name the service 2001:db8::1 80 TCP"},
		{"no protocol is UDP", virtual("192.0.2.1 53") + virtual("192.0.2.1 53", "protocol UDP"), 8,
			"virtual servers 192.0.2.1 53 (line 1) and 192.0.2.1 53 both name the service 192.0.2.1 53 UDP"},
		{"one mark", virtual("fwmark 7") + virtual("fwmark 7"), 8,
			"virtual servers fwmark 7 (line 1) and fwmark 7 both name the service fwmark 7 (IPv4)"},
		{"a mark in a group", virtual("fwmark 7", "ip_family inet6") + groupOfLines("G", "fwmark 7 inet6") + virtual("group G"), 11,
			"virtual servers fwmark 7 (line 1) and group G both name the service fwmark 7 (IPv6)"},
		{"an address of a range", groupOfLines("G", "192.0.2.1-20 80") + virtual("192.0.2.9 80", tcp) + virtual("group G", tcp), 11,
			"virtual servers 192.0.2.9 80 (line 4) and group G both name the service 192.0.2.9 80 TCP"},
		{"a range behind its group", groupOfLines("G", "198.51.100.1 80", "192.0.2.1-20 80") + virtual("group G", tcp) + virtual("192.0.2.9 80", tcp), 12,
			"virtual servers group G (line 5) and 192.0.2.9 80 both name the service 192.0.2.9 80 TCP"},
		{"two ranges", groupOfLines("G", "192.0.2.1-20 80") + groupOfLines("H", "192.0.2.15-30 80") + virtual("group G", tcp) + virtual("group H", tcp), 14,
			"virtual servers group G (line 7) and group H both name the service 192.0.2.15-192.0.2.20 80 TCP"},
		{"blocks that nobody could count", groupOfLines("G", "2001:db8::/32 80") + groupOfLines("H", "2001:db8:1::/48 80") + virtual("group G", tcp) + virtual("group H", tcp), 14,
			"virtual servers group G (line 7) and group H both name the service 2001:db8:1::-2001:db8:1:ffff:ffff:ffff:ffff:ffff 80 TCP"},
		{"one group twice", groupOfLines("G", "192.0.2.1 80") + virtual("group G", tcp) + virtual("group G", tcp), 11,
			"virtual servers group G (line 4) and group G both name the service 192.0.2.1 80 TCP"},
		{"a group that is marked goes first", nft + groupOfLines("G", "192.0.2.1 80") + virtual("192.0.2.1 80", tcp) + virtual("group G", tcp), 7,
			"virtual servers group G (line 14) and 192.0.2.1 80 both name the service 192.0.2.1 80 TCP"},
		{"two groups that are marked", nft + groupOfLines("G", "192.0.2.1 80") + groupOfLines("H", "192.0.2.1 80") + virtual("group H", tcp) + virtual("group G", tcp), 17,
			"virtual servers group H (line 10) and group G both name the service 192.0.2.1 80 TCP"},
	}
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			_, problems := lintText(tt.text, &machine{})
			problems = slices.DeleteFunc(problems, func(p parser.Problem) bool { return p.ID != "service-twice" })
			if len(problems) != 1 {
				t.Fatalf("%v", problems)
			}
			p := problems[0]
			if p.Message != tt.want || p.Pos != (parser.Pos{File: "test.conf", Line: tt.line, Col: 1}) || p.Severity != parser.Warning {
				t.Errorf("%v\nwant line %d: %s", p, tt.line, tt.want)
			}
			if told, want := strings.HasSuffix(p.Instead, both), !strings.HasPrefix(tt.text, nft); told != want || p.Cure == "" {
				t.Errorf("%q (%q) tells of both: %t, want %t", p.Instead, p.Cure, told, want)
			}
		})
	}
}

func TestServicesThatDifferAreLeftInPeace(t *testing.T) {
	tcp, udp := "protocol TCP", "protocol UDP"
	for name, text := range map[string]string{
		"protocols":                 virtual("192.0.2.1 53", tcp) + virtual("192.0.2.1 53", udp),
		"ports":                     virtual("192.0.2.1 80", tcp) + virtual("192.0.2.1 443", tcp),
		"all ports and one":         virtual("192.0.2.1", tcp, "persistence_timeout 60") + virtual("192.0.2.1 443", tcp),
		"addresses":                 virtual("192.0.2.1 80", tcp) + virtual("192.0.2.2 80", tcp),
		"families":                  virtual("fwmark 7") + virtual("fwmark 7", "ip_family inet6"),
		"a group for two protocols": groupOfLines("G", "192.0.2.1 53") + virtual("group G", tcp) + virtual("group G", udp),
		"ranges side by side":       groupOfLines("G", "192.0.2.1-9 80") + groupOfLines("H", "192.0.2.10-19 80") + virtual("group G", tcp) + virtual("group H", tcp),
		"a group that nobody uses":  groupOfLines("G", "192.0.2.1-9 80") + virtual("192.0.2.1 80", tcp),
		"lines of one group":        groupOfLines("G", "192.0.2.1-9 80", "192.0.2.5 80", "fwmark 7", "fwmark 7") + virtual("group G", tcp),
		"a mark and an address":     virtual("192.0.2.1 80", tcp) + virtual("fwmark 80"),
		"in a real server as well":  virtual("192.0.2.21 80", tcp),
	} {
		r, problems := lintText(text, &machine{})
		if len(r.Config.VirtualServers) == 0 || slices.Contains(ids(problems), "service-twice") {
			t.Errorf("%s: %v", name, problems)
		}
	}
}

// TestWhoLosesAServiceIsTold compares the search with one that asks every service of every virtual server.
func TestWhoLosesAServiceIsTold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, owner, want := &config.Config{}, map[string]int{}, map[int]bool{}
		for i := range rapid.IntRange(1, 8).Draw(t, "servers") {
			g := config.VirtualServerGroup{Name: fmt.Sprint("G", i)}
			for range rapid.IntRange(1, 3).Draw(t, "entries") {
				from := rapid.IntRange(1, 20).Draw(t, "from")
				to := from + rapid.IntRange(0, 8).Draw(t, "more")
				e := config.GroupEntry{Port: uint16(rapid.IntRange(80, 81).Draw(t, "port"))}
				if rapid.IntRange(0, 4).Draw(t, "mark") == 0 {
					e, to = config.GroupEntry{FWMark: uint32(from)}, from
				} else {
					e.First, e.Last = netip.AddrFrom4([4]byte{192, 0, 2, byte(from)}), netip.AddrFrom4([4]byte{192, 0, 2, byte(to)})
				}
				g.Entries = append(g.Entries, e)
				for n := from; n <= to; n++ {
					service := fmt.Sprint(e.FWMark, e.Port, n)
					if first, taken := owner[service]; !taken {
						owner[service] = i
					} else if first != i {
						want[i] = true
					}
				}
			}
			c.VirtualServerGroups = append(c.VirtualServerGroups, g)
			c.VirtualServers = append(c.VirtualServers, config.VirtualServer{Group: g.Name, Family: 4, Protocol: "TCP"})
		}
		got := map[int]bool{}
		meet(claims(c), func(winner, loser claim) {
			if winner.rank >= loser.rank {
				t.Fatalf("%v wins against %v", winner, loser)
			}
			got[loser.rank-len(c.VirtualServers)] = true
		})
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%+v: losers %v, want %v", c.VirtualServerGroups, got, want)
		}
	})
}
