package wiring_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/checkers/dial"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// checkOf is what becomes of a check of a real server at 192.0.2.10 port 25.
func checkOf(c config.Checker) director.Check {
	return wiring.Director(&config.Config{VirtualServers: []config.VirtualServer{{RealServers: []config.RealServer{
		{Addr: addr("192.0.2.10"), Port: 25, Checkers: []config.Checker{c}},
	}}}}, wiring.Options{}).VirtualServers[0].RealServers[0].Checks[0]
}

// kinds are the checks of the network, each with what it adds, and where their endpoint is found.
var kinds = []struct {
	checker  config.Checker
	want     director.Check // without the endpoint
	endpoint func(*director.Check) *dial.Endpoint
}{
	{config.Checker{Type: "TCP_CHECK"}, director.Check{TCP: &director.TCPCheck{}},
		func(k *director.Check) *dial.Endpoint { return k.TCP }},
	{config.Checker{Type: "SMTP_CHECK", Helo: "me"}, director.Check{SMTP: &director.SMTPCheck{Helo: "me"}},
		func(k *director.Check) *dial.Endpoint { return &k.SMTP.Endpoint }},
	{config.Checker{Type: "DNS_CHECK", DNS: &config.DNSCheck{Type: "MX", Name: "a"}}, director.Check{DNS: &director.DNSCheck{Type: "MX", Name: "a"}},
		func(k *director.Check) *dial.Endpoint { return &k.DNS.Endpoint }},
	{config.Checker{Type: "UDP_CHECK", UDP: &config.UDPCheck{Payload: []byte{1}, RequireReply: true, Reply: []byte{2}, ReplyMask: []byte{3}, MinLen: 4, MaxLen: 5}},
		director.Check{UDP: &director.UDPCheck{Payload: []byte{1}, RequireReply: true, Reply: []byte{2}, Mask: []byte{3}, MinLen: 4, MaxLen: 5}},
		func(k *director.Check) *dial.Endpoint { return &k.UDP.Endpoint }},
	{config.Checker{Type: "PING_CHECK"}, director.Check{Ping: &director.PingCheck{}},
		func(k *director.Check) *dial.Endpoint { return &k.Ping.Endpoint }},
	{config.Checker{Type: "HTTP_GET", HTTP: &config.HTTPCheck{Protocol: "1.1", FastRecovery: true}}, director.Check{HTTP: &director.HTTPCheck{Protocol: "1.1", FastRecovery: true}},
		func(k *director.Check) *dial.Endpoint { return &k.HTTP.Endpoint }},
	{config.Checker{Type: "SSL_GET", HTTP: &config.HTTPCheck{TLS: true}}, director.Check{HTTP: &director.HTTPCheck{SSL: &director.SSL{}}},
		func(k *director.Check) *dial.Endpoint { return &k.HTTP.Endpoint }},
}

func TestEveryCheckHasTheCommonOptions(t *testing.T) {
	same := cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })
	for _, kind := range kinds {
		plain := kind.want
		plain.Name = kind.checker.Type
		*kind.endpoint(&plain) = dial.Endpoint{Target: netip.MustParseAddrPort("192.0.2.10:25")}
		if diff := cmp.Diff(plain, checkOf(kind.checker), same); diff != "" {
			t.Errorf("%s without options (-want +got):\n%s", kind.checker.Type, diff)
		}
		c := kind.checker
		c.ConnectAddr, c.ConnectPort, c.ConnectTimeout = addr("192.0.2.99"), 26, 2*time.Second
		c.BindAddr, c.BindPort, c.BindIf, c.FWMark = addr("192.0.2.1"), 27, "eth1", 9
		c.DelayLoop, c.DelayBeforeRetry, c.Retry, c.Warmup = 3*time.Second, 4*time.Second, 5, 6*time.Second
		c.Alpha, c.LogAllFailures = true, true
		full := plain
		full.DelayLoop, full.DelayBeforeRetry, full.Retry, full.Warmup = 3*time.Second, 4*time.Second, 5, 6*time.Second
		full.Alpha, full.LogAllFailures = true, true
		*kind.endpoint(&full) = dial.Endpoint{
			Target: netip.MustParseAddrPort("192.0.2.99:26"), Bind: netip.MustParseAddrPort("192.0.2.1:27"), BindIf: "eth1", Mark: 9, Timeout: 2 * time.Second,
		}
		if diff := cmp.Diff(full, checkOf(c), same); diff != "" {
			t.Errorf("%s with all of them (-want +got):\n%s", kind.checker.Type, diff)
		}
	}
}

func TestCheckGoesByATrackFile(t *testing.T) {
	c := &config.Config{
		TrackFiles: []config.TrackFile{{Name: "v", File: "/v", VRRPOnly: true}, {Name: "f", File: "/f", Init: true}, {Name: "g", File: "/g"}},
		VirtualServers: []config.VirtualServer{{RealServers: []config.RealServer{{Checkers: []config.Checker{
			{Type: "FILE_CHECK", TrackFile: "f", TrackFileWeight: -2, TrackFileReverse: true, Alpha: true},
			{Type: "FILE_CHECK", TrackFile: "f"}, {Type: "FILE_CHECK", TrackFile: "v"}, {Type: "TCP_CHECK"},
		}}}}},
	}
	checks := wiring.Director(c, wiring.Options{}).VirtualServers[0].RealServers[0].Checks
	want := []director.Check{
		{Name: "FILE_CHECK", Alpha: true, File: &director.FileCheck{Name: "f", Path: "/f", Weight: -2, Reverse: true}},
		{Name: "FILE_CHECK", File: &director.FileCheck{Name: "f", Path: "/f"}},
		{Name: "FILE_CHECK", Unsupported: true},
	}
	if diff := cmp.Diff(want, checks[:3]); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if files := wiring.CheckFiles(c); len(files) != 1 || files[0].File != "/f" || !files[0].Init {
		t.Errorf("files %+v", files)
	}
}
