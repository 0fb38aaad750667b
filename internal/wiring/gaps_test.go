package wiring_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

func TestWhatIsDangerousToIgnoreIsAWarning(t *testing.T) {
	one := func(in config.Instance) *config.Config {
		in.Name = "VI"
		return &config.Config{Instances: []config.Instance{in}}
	}
	real := func(types ...string) config.RealServer {
		var r config.RealServer
		for _, kind := range types {
			c := config.Checker{Type: kind}
			if kind == "MISC_CHECK" {
				c.MiscScript = &config.Script{Args: []string{"/c"}}
			}
			r.Checkers = append(r.Checkers, c)
		}
		return r
	}
	track := []config.Track{{Name: "x"}}
	tests := []struct {
		name   string
		config *config.Config
		want   []string // ID and a part of the message
	}{
		{"an ordinary instance", one(config.Instance{Accept: true, Auth: config.Pass}), nil},
		{"use_vmac and use_ipvlan, which are done", one(config.Instance{VMAC: &config.VMAC{}, IPVLAN: &config.IPVLAN{}}), nil},
		{"auth_hmac, which is done", one(config.Instance{HMAC: &config.HMAC{Mode: "enforce"}}), nil},
		{"vrf, which is done", one(config.Instance{VRF: "red"}), nil},
		{"all that can be tracked", one(config.Instance{TrackScripts: track, TrackFiles: track, TrackProcesses: track, TrackBFDs: track}), nil},
		{"real servers that count as up", &config.Config{VirtualServers: []config.VirtualServer{
			{RealServers: []config.RealServer{real("PING_CHECK"), real("PING_CHECK", "PING_CHECK"), real("PING_CHECK", "TCP_CHECK"), real("MISC_CHECK"), real()}},
			{RealServers: []config.RealServer{real("TCP_CHECK", "FILE_CHECK")}},
		}}, []string{"gap-check PING_CHECK is not done yet, for 3 real server(s); 2 of them without any other check", "gap-check FILE_CHECK is not done yet, for 1 real server(s)"}},
		{"regular expressions that are not understood", &config.Config{VirtualServers: []config.VirtualServer{{RealServers: []config.RealServer{{Checkers: []config.Checker{
			{Type: "HTTP_GET", HTTP: &config.HTTPCheck{URLs: []config.URL{{Path: "/a", Regex: "(?R)"}, {Path: "/b", Regex: "(?R)"}, {Path: "/c", Regex: "ok"}, {Path: "/d"}}}},
		}}}}}}, []string{`gap-regex url /a: regex "(?R)" cannot be used: "(?R" is not supported`}},
		{"listeners", &config.Config{Global: config.Global{StatusListen: "127.0.0.1:1"}}, []string{"gap-listen 127.0.0.1:1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := wiring.Gaps(tt.config)
			if len(got) != len(tt.want) {
				t.Fatalf("%d warnings, want %d: %+v", len(got), len(tt.want), got)
			}
			for i, p := range got {
				id, part, _ := strings.Cut(tt.want[i], " ")
				if p.ID != id || !strings.Contains(p.Message, part) {
					t.Errorf("%s %q, want %s with %q", p.ID, p.Message, id, part)
				}
				if p.Severity != parser.Warning || p.Class != parser.Logged || p.Cure == "" {
					t.Errorf("%+v: a warning that changes no status and has a cure is wanted", p)
				}
			}
		})
	}
}

func TestChecksThatAreNotMadeAreTheOnesToldOf(t *testing.T) {
	for _, k := range config.Keywords() {
		if k.Context != "virtual_server/real_server" || !strings.HasSuffix(k.Name, "_CHECK") && !strings.HasSuffix(k.Name, "_GET") {
			continue
		}
		c := &config.Config{VirtualServers: []config.VirtualServer{{RealServers: []config.RealServer{
			{Checkers: []config.Checker{{Type: k.Name, MiscScript: &config.Script{Args: []string{"/c"}}, HTTP: &config.HTTPCheck{}, BFD: "b", DNS: &config.DNSCheck{}, UDP: &config.UDPCheck{}}}},
		}}}}
		idle := wiring.Director(c, wiring.Options{}).VirtualServers[0].RealServers[0].Checks[0].Unsupported
		told := len(wiring.Gaps(c)) > 0
		if diff := cmp.Diff([]bool{idle, idle}, []bool{told, k.Effect == config.ParsedOnly}); diff != "" {
			t.Errorf("%s: not made, told of, ParsedOnly (-want +got):\n%s", k.Name, diff)
		}
	}
}
