package doctor_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/holdfast-ha/holdfast/internal/doctor"
)

// ruleset is what nft 1.0.6 printed for: policy drop; VRRP only of known connections; tcp 80, 443; vmap.
const ruleset = `{"nftables": [{"metainfo": {"version": "1.0.6", "json_schema_version": 1}},
{"table": {"family": "ip", "name": "t", "handle": 1}},
{"chain": {"family": "ip", "table": "t", "name": "c", "handle": 1, "type": "filter", "hook": "input", "prio": 0, "policy": "drop"}},
{"chain": {"family": "ip", "table": "t", "name": "web", "handle": 9}},
{"rule": {"family": "ip", "table": "t", "chain": "c", "handle": 2, "expr": [{"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "protocol"}}, "right": "vrrp"}}, {"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": ["established", "related"]}}, {"accept": null}]}},
{"rule": {"family": "ip", "table": "t", "chain": "c", "handle": 3, "expr": [{"vmap": {"key": {"ct": {"key": "state"}}, "data": {"set": [["established", {"accept": null}], ["invalid", {"drop": null}]]}}}]}},
{"rule": {"family": "ip", "table": "t", "chain": "c", "handle": 4, "expr": [{"match": {"op": "==", "left": {"meta": {"key": "iifname"}}, "right": "eth*"}}, {"jump": {"target": "web"}}]}},
{"rule": {"family": "ip", "table": "t", "chain": "web", "handle": 5, "expr": [{"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": {"set": [80, {"range": [8000, 8100]}]}}}, {"counter": {"packets": 0, "bytes": 0}}, {"accept": null}]}},
{"table": {"family": "arp", "name": "a", "handle": 2}},
{"chain": {"family": "arp", "table": "a", "name": "i", "handle": 1, "type": "filter", "hook": "input", "prio": 0, "policy": "accept"}},
{"rule": {"family": "arp", "table": "a", "chain": "i", "handle": 2, "expr": [{"match": {"op": "==", "left": {"payload": {"protocol": "arp", "field": "daddr ip"}}, "right": "10.0.0.22"}}, {"drop": null}]}}]}`

func TestRulesOfNFTAreFollowed(t *testing.T) {
	chains, arp, err := doctor.ParseNFT([]byte(ruleset))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		p    doctor.Packet
		want bool
	}{
		"VRRP that is no known connection":    {doctor.Packet{Hook: "input", Proto: 112, In: "eth0", Dst: addr("224.0.0.18")}, true},
		"a port that a chain lets in":         {doctor.Packet{Hook: "input", Proto: 6, In: "eth0", Dst: addr("10.0.0.22"), Port: 80}, false},
		"a port of a range":                   {doctor.Packet{Hook: "input", Proto: 6, In: "eth0", Dst: addr("10.0.0.22"), Port: 8050}, false},
		"a port of no rule":                   {doctor.Packet{Hook: "input", Proto: 6, In: "eth0", Dst: addr("10.0.0.22"), Port: 81}, true},
		"an interface of no rule":             {doctor.Packet{Hook: "input", Proto: 6, In: "ens3", Dst: addr("10.0.0.22"), Port: 80}, true},
		"IPv6, which the chain does not see":  {doctor.Packet{Hook: "input", Proto: 6, In: "eth0", Dst: addr("2001:db8::1"), Port: 81}, false},
		"another hook, where there is nobody": {doctor.Packet{Hook: "output", Proto: 112, Out: "eth0", Dst: addr("224.0.0.18")}, false},
	} {
		if rule := doctor.Drops(chains, c.p); (rule != "") != c.want {
			t.Errorf("%s: dropped by %q, want %t", name, rule, c.want)
		}
	}
	if len(arp) != 1 || len(arp[0].Rules) != 1 || arp[0].Rules[0].Verdict != "drop" || arp[0].Rules[0].Dst[0] != prefix("10.0.0.22/32") {
		t.Errorf("rules of arp: %+v", arp)
	}
}

// chainOf is a ruleset of nft with a base chain, one more chain, and one rule of the first.
func chainOf(rule string) string {
	return `{"nftables":[{"chain":{"family":"ip","table":"t","name":"c","type":"filter","hook":"input","policy":"drop"}},{"chain":{"family":"ip","table":"t","name":"d"}},` +
		`{"rule":{"family":"ip","table":"t","chain":"c","expr":[` + rule + `]}}]}`
}

// seeds have one form each.
var seeds = []string{
	chainOf(`{"accept":null}`),
	chainOf(`{"jump":{"target":"d"}}`),
	chainOf(`{"goto":{"target":"c"}}`),
	chainOf(`{"vmap":{"key":{"ct":{"key":"state"}},"data":{"set":[["new",{"drop":null}]]}}}`),
	chainOf(`{"match":{"op":"in","left":{"ct":{"key":"state"}},"right":["new"]}},{"drop":null}`),
	chainOf(`{"match":{"op":"==","left":{"payload":{"protocol":"tcp","field":"dport"}},"right":{"set":[80,{"range":[1,9]}]}}}`),
	chainOf(`{"match":{"op":"!=","left":{"payload":{"protocol":"ip","field":"daddr"}},"right":{"prefix":{"addr":"10.0.0.0","len":8}}}}`),
	chainOf(`{"match":{"op":"==","left":{"meta":{"key":"iifname"}},"right":"eth*"}}`),
	"*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -d 10.0.0.22/32 -p tcp -m tcp --dport 80:90 -j REDIRECT --to-ports 1\n",
	"*filter\n:INPUT DROP [0:0]\n-A INPUT -i eth+ -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT\n",
	"*filter\n:INPUT ACCEPT [0:0]\n:B - [0:0]\n-A INPUT -p 6 -j B\n-A B -j RETURN\n-A B -j LOG --log-prefix \"x y\"\n",
}

// A chain that all others jump to several times is looked at once, or this would take for ever; and one
// that leads to itself comes to an end.
func TestChainsThatBranchAndLoopComeToAnEnd(t *testing.T) {
	var b strings.Builder
	b.WriteString("*filter\n:INPUT DROP [0:0]\n-A INPUT -j C0\n")
	for i := range 60 {
		fmt.Fprintf(&b, ":C%d - [0:0]\n", i)
		for range 3 {
			fmt.Fprintf(&b, "-A C%d -j C%d\n", i, i+1)
		}
	}
	last := b.String() + ":C60 - [0:0]\n"
	p := doctor.Packet{Hook: "input", Proto: 6, In: "eth0", Dst: addr("10.0.0.22"), Port: 80}
	for rule, want := range map[string]string{
		"":                   "ip filter INPUT: policy drop",
		"-A C60 -j ACCEPT\n": "",
		"-A C60 -j DROP\n":   "ip filter INPUT: -A C60 -j DROP",
		"-A C60 -j C0\n":     "", // nobody can say
	} {
		if got := doctor.Drops(doctor.ParseIPTables(last+rule, "ip"), p); got != want {
			t.Errorf("%q: dropped by %q, want %q", rule, got, want)
		}
	}
}

// FuzzRules: whatever a firewall has, reading and following it comes to an end.
func FuzzRules(f *testing.F) {
	for _, seed := range seeds { // short ones: each is read and walked thousands of times a second
		f.Add(seed)
	}
	f.Add("*filter\n:INPUT DROP [0:0]\n:A - [0:0]\n-A INPUT -j A\n-A A ! -s 10.0.0.0/255.0.0.0 -m comment --comment \"a \\\"b\" -g A\n")
	f.Fuzz(func(t *testing.T, text string) {
		p := doctor.Packet{Hook: "input", Proto: 6, In: "eth0", Dst: addr("10.0.0.22"), Port: 80}
		doctor.Drops(doctor.ParseIPTables(text, "ip"), p)
		if chains, arp, err := doctor.ParseNFT([]byte(text)); err == nil {
			doctor.Drops(append(chains, arp...), p)
		}
	})
}
