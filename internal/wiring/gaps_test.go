package wiring_test

import (
	"strings"
	"testing"

	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

func TestWhatIsDangerousToIgnoreIsAWarning(t *testing.T) {
	one := func(in config.Instance) *config.Config {
		in.Name = "VI"
		return &config.Config{Instances: []config.Instance{in}}
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
		{"regular expressions that are not understood", &config.Config{VirtualServers: []config.VirtualServer{{RealServers: []config.RealServer{{Checkers: []config.Checker{
			{Type: "HTTP_GET", HTTP: &config.HTTPCheck{URLs: []config.URL{{Path: "/a", Regex: "(?R)"}, {Path: "/b", Regex: "(?R)"}, {Path: "/c", Regex: "ok"}, {Path: "/d"}}}},
		}}}}}}, []string{`gap-regex url /a: regex "(?R)" cannot be used: "(?R" is not supported`}},
		{"listeners, which are done", &config.Config{Global: config.Global{StatusListen: "127.0.0.1:1"}}, nil},
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

func TestEveryKindOfCheckIsMade(t *testing.T) {
	kinds := 0
	for _, k := range config.Keywords() {
		if k.Context != "virtual_server/real_server" || !strings.HasSuffix(k.Name, "_CHECK") && !strings.HasSuffix(k.Name, "_GET") {
			continue
		}
		kinds++
		c := &config.Config{
			TrackFiles: []config.TrackFile{{Name: "f", File: "/f"}},
			VirtualServers: []config.VirtualServer{{RealServers: []config.RealServer{{Checkers: []config.Checker{{
				Type: k.Name, MiscScript: &config.Script{Args: []string{"/c"}}, HTTP: &config.HTTPCheck{}, BFD: "b", DNS: &config.DNSCheck{}, UDP: &config.UDPCheck{}, TrackFile: "f",
			}}}}}},
		}
		if wiring.Director(c, wiring.Options{}).VirtualServers[0].RealServers[0].Checks[0].Unsupported {
			t.Errorf("%s is not made", k.Name)
		}
	}
	if kinds != 10 {
		t.Errorf("%d kinds", kinds)
	}
}
