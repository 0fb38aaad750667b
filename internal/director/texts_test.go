package director

import (
	"net/netip"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/lvs"
)

// TestChecksAreLoggedInKeepalivedsWords: what keepalived 2.2.7 logs of a check that succeeds, and of one
// that fails for good.
func TestChecksAreLoggedInKeepalivedsWords(t *testing.T) {
	cases := []struct {
		config        Check
		success, fail string
	}{
		{Check{Name: "TCP_CHECK", TCP: &TCPCheck{}}, "TCP connection to [rs] success.", "TCP_CHECK on service [rs] failed after 2 retries."},
		{Check{Name: "SMTP_CHECK", SMTP: &SMTPCheck{}}, "Remote SMTP server [rs] succeed on service.", "SMTP_CHECK on service [rs] failed after 2 retries."},
		{Check{Name: "UDP_CHECK", UDP: &UDPCheck{}}, "UDP connection to [rs] success.", "UDP_CHECK on service [rs] failed after 2 retries."},
		{Check{Name: "PING_CHECK", Ping: &PingCheck{}}, "ICMP connection to [rs] success.", "ICMP CHECK on service [rs] failed after 2 retries."},
		{Check{Name: "DNS_CHECK", DNS: &DNSCheck{}}, "DNS_CHECK on service [rs] succeeded.", "DNS_CHECK ([rs]) why after 2 retries"},
		{Check{Name: "FILE_CHECK", File: &FileCheck{Name: "f"}}, "([rs]): tracked file f leaving FAULT state", "([rs]): tracked file f now FAULT state"},
	}
	for _, c := range cases {
		c.config.Retry = 2
		j := &job{real: "[rs]", config: c.config, runs: 3}
		if got := successText(j); got != c.success {
			t.Errorf("%s: %q, want %q", c.config.Name, got, c.success)
		}
		if got := failureText(j, checkers.Change{Health: true}, "why"); got != c.fail {
			t.Errorf("%s: %q, want %q", c.config.Name, got, c.fail)
		}
	}
	first := &job{real: "[rs]", config: Check{Name: "TCP_CHECK", TCP: &TCPCheck{}, Retry: 2}, runs: 1}
	if got, want := failureText(first, checkers.Change{Health: true}, ""), "TCP_CHECK on service [rs] failed."; got != want {
		t.Errorf("the first check is not retried: %q, want %q", got, want)
	}
}

func TestChangedWeightsAreLoggedInKeepalivedsWords(t *testing.T) {
	for want, up := range map[string]bool{
		"Changing weight from 6 to 9 for active service [rs] of VS [vs]":   true,
		"Changing weight from 6 to 9 for inactive service [rs] of VS [vs]": false,
	} {
		if got := changeText(lvs.Change{Kind: lvs.WeightChanged, Name: "[rs]", Server: "[vs]", From: 6, To: 9, Up: up}); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestRunHasTimeForEachWait: an SMTP_CHECK waits four times, each as long as connect_timeout says.
func TestRunHasTimeForEachWait(t *testing.T) {
	e := TCPCheck{Timeout: 3 * time.Second}
	for want, c := range map[time.Duration]Check{
		3 * time.Second:  {TCP: &e},
		12 * time.Second: {SMTP: &SMTPCheck{Endpoint: e}},
		20 * time.Second: {SMTP: &SMTPCheck{}},
		5 * time.Second:  {UDP: &UDPCheck{}},
	} {
		if got := (&job{config: c}).timeout(); got != want {
			t.Errorf("%+v: %v, want %v", c, got, want)
		}
	}
}

// TestChecksThatDoAnotherThingAreOthers: a reload keeps the state of a check only where it does the same.
func TestChecksThatDoAnotherThingAreOthers(t *testing.T) {
	e := TCPCheck{Target: netip.MustParseAddrPort("192.0.2.1:53")}
	late := e
	late.Timeout = time.Second
	other := e
	other.Mark = 7
	kinds := [][]Check{
		{{Name: "SMTP_CHECK", SMTP: &SMTPCheck{Endpoint: e, Helo: "a"}}, {Name: "SMTP_CHECK", SMTP: &SMTPCheck{Endpoint: e, Helo: "b"}}, {Name: "SMTP_CHECK", SMTP: &SMTPCheck{Endpoint: other, Helo: "a"}}},
		{{Name: "DNS_CHECK", DNS: &DNSCheck{Endpoint: e, Type: "A"}}, {Name: "DNS_CHECK", DNS: &DNSCheck{Endpoint: e, Type: "A", Name: "a"}}, {Name: "DNS_CHECK", DNS: &DNSCheck{Endpoint: other, Type: "A"}}},
		{{Name: "UDP_CHECK", UDP: &UDPCheck{Endpoint: e}}, {Name: "UDP_CHECK", UDP: &UDPCheck{Endpoint: e, RequireReply: true}}, {Name: "UDP_CHECK", UDP: &UDPCheck{Endpoint: e, Mask: []byte{1}}}, {Name: "UDP_CHECK", UDP: &UDPCheck{Endpoint: e, MinLen: 1}}},
		{{Name: "PING_CHECK", Ping: &PingCheck{Endpoint: e}}, {Name: "PING_CHECK", Ping: &PingCheck{Endpoint: other}}},
		{{Name: "FILE_CHECK", File: &FileCheck{Path: "/a"}}, {Name: "FILE_CHECK", File: &FileCheck{Path: "/b"}}, {Name: "FILE_CHECK", File: &FileCheck{Path: "/a", Weight: 1}}},
	}
	seen := map[string]Check{}
	for _, list := range kinds {
		for _, c := range list {
			if twin, there := seen[identity(c)]; there {
				t.Errorf("%+v and %+v are the same", twin, c)
			}
			seen[identity(c)] = c
		}
	}
	for _, c := range []Check{{Name: "SMTP_CHECK", SMTP: &SMTPCheck{Endpoint: late, Helo: "a"}, Retry: 5}, {Name: "PING_CHECK", Ping: &PingCheck{Endpoint: late}}} {
		if _, there := seen[identity(c)]; !there {
			t.Errorf("%+v is another for its times alone", c)
		}
	}
}
