package lint

import (
	"slices"
	"strings"
	"testing"

	"github.com/holdfast-ha/holdfast/parser"
)

// router reads a text as the file of a router.
func router(name, text string) Router {
	opts := parser.Options{Files: parser.OneFile(name, text)}
	r, _ := lintFile(name, opts, &machine{})
	return Router{Name: name, Config: r.Config, Statements: func(each func(*parser.Statement)) { parser.Parse(name, opts, each) }}
}

func TestFindingsOfAPairNameBothPlaces(t *testing.T) {
	a, b := router("a.conf", instance("priority 150\nadvert_int 1\n")), router("b.conf", instance("priority 100\n\nadvert_int 2\n"))
	problems, ok := Compare([]Router{a, b})
	if !ok || len(problems) != 1 {
		t.Fatalf("%t %v", ok, problems)
	}
	p := problems[0]
	if p.ID != "pair-advert" || p.Pos != (parser.Pos{File: "b.conf", Line: 9, Col: 1}) || !strings.HasSuffix(p.Message, "(a.conf:8:1)") {
		t.Errorf("%+v", p)
	}
}

func TestWhichInstancesAreCompared(t *testing.T) {
	vi := func(name, dev, vrid, addr string) string {
		return "vrrp_instance " + name + " {\ninterface " + dev + "\nvirtual_router_id " + vrid + "\npriority 100\nvirtual_ipaddress {\n" + addr + "\n}\n}\n"
	}
	cases := []struct {
		name, a, b, want string
	}{
		{"number and interface, whatever the name", vi("A", "eth0", "7", "192.0.2.1"), vi("B", "eth0", "7", "192.0.2.1"), "A=B"},
		{"one number on two interfaces", vi("A", "eth0", "7", "192.0.2.1") + vi("B", "eth1", "7", "192.0.2.2"), vi("B", "eth1", "7", "192.0.2.2") + vi("A", "eth0", "7", "192.0.2.1"), "A=A B=B"},
		{"an address, though the number differs", vi("A", "eth0", "7", "192.0.2.1"), vi("A", "eth0", "8", "192.0.2.1"), "A=A"},
		{"number alone, on interfaces of other names", vi("A", "eth0", "7", "192.0.2.1"), vi("A", "ens3", "7", "192.0.2.9"), "A=A"},
		{"not of the other family", vi("A", "eth0", "7", "192.0.2.1"), vi("A", "eth0", "7", "fe80::1"), ""},
		{"nothing in common", vi("A", "eth0", "7", "192.0.2.1"), vi("A", "eth0", "8", "192.0.2.2"), ""},
	}
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			a, b := router("a.conf", tt.a), router("b.conf", tt.b)
			var got []string
			for _, p := range pairs(a.Config, b.Config) {
				got = append(got, p.a.Name+"="+p.b.Name)
			}
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("pairs %q, want %q", s, tt.want)
			}
			if _, ok := Compare([]Router{a, b}); ok != (tt.want != "") {
				t.Errorf("compared: %t", ok)
			}
		})
	}
}

func TestTheThirdRouterIsComparedWithTheNearestThatHasTheInstance(t *testing.T) {
	a := router("a.conf", instance("priority 150\n"))
	other := router("other.conf", strings.Replace(strings.Replace(instance("priority 120\n"), "id 7", "id 9", 1), "192.0.2.1", "192.0.2.9", 1))
	c := router("c.conf", instance("priority 150\n"))
	problems, _ := Compare([]Router{a, other, c})
	if len(problems) != 1 || problems[0].ID != "pair-priority" || problems[0].Pos.File != "c.conf" || !strings.Contains(problems[0].Message, "a.conf:") {
		t.Errorf("%v", problems)
	}
}

// TestExactWeights: the sum is done for every weight around the difference.
func TestExactWeights(t *testing.T) {
	for w, want := range map[string]bool{"-49": true, "-50": true, "-51": false, "49": true, "50": true, "51": false, "-200": false} {
		text := "priority 150\ntrack_interface {\neth1 weight " + w + "\n}\n"
		other := "priority 100\n"
		if w[0] != '-' { // a positive weight stands in both files, as it does in real ones
			other += "track_interface {\neth1 weight " + w + "\n}\n"
		}
		problems, _ := Compare([]Router{router("a.conf", instance(text)), router("b.conf", instance(other))})
		if got := slices.Contains(ids(problems), "pair-weight"); got != want {
			t.Errorf("weight %s: told %t, want %t", w, got, want)
		}
	}
}

func TestAGoodPairIsLeftInPeace(t *testing.T) {
	hmac := "auth_hmac {\nkey 1 0123456789abcdef0123456789abcdef\nactive_key 1\n}\n"
	cases := []struct{ name, a, b string }{
		{"a plain pair", "priority 150\nstate MASTER\n", "priority 100\nstate BACKUP\n"},
		{"nopreempt on both", "priority 150\nstate BACKUP\nnopreempt\n", "priority 100\nstate BACKUP\nnopreempt\n"},
		{"nopreempt where it counts", "priority 150\nstate BACKUP\nnopreempt\n", "priority 100\nstate BACKUP\n"},
		{"unicast both ways", "priority 150\nunicast_src_ip 192.0.2.11\nunicast_peer {\n192.0.2.12\n}\n", "unicast_src_ip 192.0.2.12\nunicast_peer {\n192.0.2.11\n}\n"},
		{"unicast without sources tells nothing", "priority 150\nunicast_peer {\n192.0.2.12\n}\n", "unicast_peer {\n192.0.2.11\n}\n"},
		{"keys that agree", "priority 150\n" + hmac, hmac},
		{"an owner and another", "priority 255\nstate MASTER\n", "priority 100\n"},
	}
	for _, tt := range cases {
		problems, ok := Compare([]Router{router("a.conf", instance(tt.a)), router("b.conf", instance(tt.b))})
		if !ok || len(problems) > 0 {
			t.Errorf("%s: %v", tt.name, problems)
		}
	}
}
