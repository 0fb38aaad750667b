package config

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/parser"
)

// checks loads a real server with the given lines and returns its checks, places aside.
func checks(t *testing.T, text string) ([]Checker, Result) {
	t.Helper()
	r := load(text)
	if len(r.Config.VirtualServers) != 1 || len(r.Config.VirtualServers[0].RealServers) != 1 {
		t.Fatalf("the servers are lost:\n%s", listing(r))
	}
	list := append([]Checker(nil), r.Config.VirtualServers[0].RealServers[0].Checkers...)
	for i := range list {
		list[i].Pos = parser.Pos{}
		if s := list[i].MiscScript; s != nil {
			s.Pos = parser.Pos{}
		}
	}
	return list, r
}

// connected is a check of 192.0.2.200 80 with the defaults, changed by f.
func connected(kind string, f func(c *Checker)) Checker {
	c := Checker{
		Type: kind, ConnectAddr: addr("192.0.2.200"), ConnectPort: 80, ConnectTimeout: 5 * time.Second,
		DelayLoop: time.Minute, DelayBeforeRetry: time.Second, Retry: 1, Warmup: time.Minute,
	}
	if f != nil {
		f(&c)
	}
	return c
}

func TestCheckSettings(t *testing.T) {
	cases := []struct {
		name, lines, ids string
		status           int
		want             []Checker
	}{
		{"TCP defaults", "TCP_CHECK {\n}", "", 0, []Checker{connected("TCP_CHECK", nil)}},
		{"every connection setting", "TCP_CHECK {\nconnect_ip 192.0.2.9\nconnect_port 81\nbindto 192.0.2.1\nbind_port 5\nbind_if eth0\nconnect_timeout 3\nfwmark 9\n}", "", 0,
			[]Checker{connected("TCP_CHECK", func(c *Checker) {
				c.ConnectAddr, c.ConnectPort, c.BindAddr, c.BindPort = addr("192.0.2.9"), 81, addr("192.0.2.1"), 5
				c.BindIf, c.ConnectTimeout, c.FWMark = "eth0", 3*time.Second, 9
			})}},
		{"every time", "TCP_CHECK {\nretry 0\ndelay_before_retry 0.5\nwarmup 2\ndelay_loop 7\nalpha\nlog_all_failures\n}", "", 0,
			[]Checker{connected("TCP_CHECK", func(c *Checker) {
				c.Retry, c.DelayBeforeRetry, c.Warmup, c.DelayLoop = 0, 500*time.Millisecond, 2*time.Second, 7*time.Second
				c.Alpha, c.LogAllFailures, c.LogAllSet = true, true, true
			})}},
		{"times of the real server", "retry 4\ndelay_before_retry 2\nwarmup 3\ndelay_loop 8\nconnect_timeout 9\nalpha\nTCP_CHECK {\n}", "", 0,
			[]Checker{connected("TCP_CHECK", func(c *Checker) {
				c.Retry, c.DelayBeforeRetry, c.Warmup, c.DelayLoop = 4, 2*time.Second, 3*time.Second, 8*time.Second
				c.ConnectTimeout, c.Alpha = 9*time.Second, true
			})}},
		{"warmup follows delay_loop", "TCP_CHECK {\ndelay_loop 7\n}", "", 0,
			[]Checker{connected("TCP_CHECK", func(c *Checker) { c.Warmup, c.DelayLoop = 7*time.Second, 7*time.Second })}},
		{"connect_timeout 0", "TCP_CHECK {\nconnect_timeout 0\n}", "range", 5, []Checker{connected("TCP_CHECK", nil)}},
		{"connect_port 0", "TCP_CHECK {\nconnect_port 0\n}", "range", 5, []Checker{connected("TCP_CHECK", nil)}},
		{"connect_ip foo", "TCP_CHECK {\nconnect_ip foo\n}", "address", 5, []Checker{connected("TCP_CHECK", nil)}},
		{"bindto of the other family", "TCP_CHECK {\nbindto 2001:db8::1\n}", "family-mixed", 5, []Checker{connected("TCP_CHECK", nil)}},
		{"long interface name", "TCP_CHECK {\nbind_if abcdefghijklmnop\n}", "interface-name", 5, []Checker{connected("TCP_CHECK", nil)}},
		{"link-local without an interface", "TCP_CHECK {\nconnect_ip fe80::1\n}", "check-link-local", 5, nil},
		{"link-local with an interface", "TCP_CHECK {\nconnect_ip fe80::1\nbind_if eth0\n}", "", 0,
			[]Checker{connected("TCP_CHECK", func(c *Checker) { c.ConnectAddr, c.BindIf = addr("fe80::1"), "eth0" })}},

		{"HTTP", "HTTP_GET {\nurl {\npath /a\nstatus_code 200 301-302\ndigest 0123456789ABCDEF0123456789abcdef\nvirtualhost w\n}\nhttp_protocol 1.0c\nfast_recovery\nconnect_port 81\n}", "", 0,
			[]Checker{connected("HTTP_GET", func(c *Checker) {
				c.DelayBeforeRetry, c.ConnectPort = 3*time.Second, 81
				c.HTTP = &HTTPCheck{Protocol: "1.0C", FastRecovery: true, URLs: []URL{{Path: "/a", Digest: "0123456789abcdef0123456789abcdef", VirtualHost: "w", Status: []StatusRange{{200, 200}, {301, 302}}}}}
			})}},
		{"virtualhost of the real server", "virtualhost www\nHTTP_GET {\nurl {\npath /\n}\n}", "", 0,
			[]Checker{connected("HTTP_GET", func(c *Checker) {
				c.DelayBeforeRetry = 3 * time.Second
				c.HTTP = &HTTPCheck{Protocol: "1.0", VirtualHost: "www", URLs: []URL{{Path: "/"}}}
			})}},
		{"SSL", "SSL_GET {\nenable_sni\nsni_name n\ntls_compliant\nurl {\npath /\n}\n}", "", 0,
			[]Checker{connected("SSL_GET", func(c *Checker) {
				c.DelayBeforeRetry = 3 * time.Second
				c.HTTP = &HTTPCheck{TLS: true, Protocol: "1.0", SNI: true, SNIName: "n", TLSCompliant: true, URLs: []URL{{Path: "/", TLSCompliant: true}}}
			})}},
		{"regex with escapes", "HTTP_GET {\nurl {\npath /\nregex \"a\\\\.b \\\"c\\\"\"\nregex_options caseless multiline\nregex_min_offset 5\nregex_max_offset 9\nregex_stack 100 2000\nregex_no_match\n}\n}", "", 0,
			[]Checker{connected("HTTP_GET", func(c *Checker) {
				c.DelayBeforeRetry = 3 * time.Second
				c.HTTP = &HTTPCheck{Protocol: "1.0", URLs: []URL{{Path: "/", Regex: `a\.b "c"`, RegexOptions: []string{"caseless", "multiline"}, RegexMin: 5, RegexMax: 9, RegexMaxSet: true, RegexStack: [2]int{100, 2000}, RegexNoMatch: true}}}
			})}},
		{"no url", "HTTP_GET {\n}", "url-missing", 5, nil},
		{"no path", "HTTP_GET {\nurl {\nstatus_code 200\n}\n}", "url-missing path-missing", 5, nil},
		{"wrong codes", "HTTP_GET {\nurl {\npath /\nstatus_code 99 300-200 204\n}\n}", "status-code status-code", 5,
			[]Checker{connected("HTTP_GET", func(c *Checker) {
				c.DelayBeforeRetry = 3 * time.Second
				c.HTTP = &HTTPCheck{Protocol: "1.0", URLs: []URL{{Path: "/", Status: []StatusRange{{204, 204}}}}}
			})}},
		{"wrong digest, second digest, wrong protocol", "HTTP_GET {\nhttp_protocol 2\nurl {\npath /\ndigest 12\ndigest 0123456789abcdef0123456789abcdef\ndigest 1123456789abcdef0123456789abcdef\n}\n}", "http-protocol digest digest-twice", 5,
			[]Checker{connected("HTTP_GET", func(c *Checker) {
				c.DelayBeforeRetry = 3 * time.Second
				c.HTTP = &HTTPCheck{Protocol: "1.0", URLs: []URL{{Path: "/", Digest: "0123456789abcdef0123456789abcdef"}}}
			})}},
		{"old name of retry", "HTTP_GET {\nnb_get_retry 3\nurl {\npath /\n}\n}", "deprecated", 5,
			[]Checker{connected("HTTP_GET", func(c *Checker) {
				c.Retry, c.DelayBeforeRetry = 3, 3*time.Second
				c.HTTP = &HTTPCheck{Protocol: "1.0", URLs: []URL{{Path: "/"}}}
			})}},

		{"SMTP", "SMTP_CHECK {\nhelo_name me\n}", "", 0, []Checker{connected("SMTP_CHECK", func(c *Checker) { c.Helo = "me" })}},
		{"SMTP host instead of the check's own", "SMTP_CHECK {\nhost {\nconnect_port 25\n}\nhost {\nconnect_ip 192.0.2.9\nconnect_timeout 2\n}\nretry 2\n}", "", 0,
			[]Checker{
				connected("SMTP_CHECK", func(c *Checker) { c.Helo, c.ConnectPort, c.Retry = defaultHelo, 25, 2 }),
				connected("SMTP_CHECK", func(c *Checker) {
					c.Helo, c.ConnectAddr, c.ConnectTimeout, c.Retry = defaultHelo, addr("192.0.2.9"), 2*time.Second, 2
				}),
			}},
		{"SMTP host beside the check's own", "SMTP_CHECK {\nconnect_port 26\nhost {\nconnect_port 25\n}\n}", "", 0,
			[]Checker{
				connected("SMTP_CHECK", func(c *Checker) { c.Helo, c.ConnectPort = defaultHelo, 26 }),
				connected("SMTP_CHECK", func(c *Checker) { c.Helo, c.ConnectPort = defaultHelo, 25 }),
			}},

		{"DNS", "DNS_CHECK {\n}", "", 0, []Checker{connected("DNS_CHECK", func(c *Checker) { c.Retry, c.DelayBeforeRetry, c.DNS = 3, time.Minute, &DNSCheck{Type: "SOA"} })}},
		{"DNS with errors", "DNS_CHECK {\ntype FOO\ntype aaaa\nname a..b\nname .a\nname example.com\nname example.org\n}", "dns-type dns-name dns-name dns-name-twice", 5,
			[]Checker{connected("DNS_CHECK", func(c *Checker) {
				c.Retry, c.DelayBeforeRetry, c.DNS = 3, time.Minute, &DNSCheck{Type: "AAAA", Name: "example.com"}
			})}},

		{"UDP", "UDP_CHECK {\npayload 01 02ab c\nrequire_reply 1X XX 05\nmin_reply_length 3\nmax_reply_length 9\n}", "", 0,
			[]Checker{connected("UDP_CHECK", func(c *Checker) {
				c.UDP = &UDPCheck{Payload: []byte{1, 2, 0xab, 0xc}, RequireReply: true, Reply: []byte{0x10, 0, 5}, ReplyMask: []byte{0xf0, 0, 0xff}, MinLen: 3, MaxLen: 9}
			})}},
		{"UDP without wildcards has no mask", "UDP_CHECK {\nrequire_reply 0102\n}", "", 0,
			[]Checker{connected("UDP_CHECK", func(c *Checker) {
				c.UDP = &UDPCheck{RequireReply: true, Reply: []byte{1, 2}, MaxLen: 255}
			})}},
		{"UDP with errors", "UDP_CHECK {\npayload zz\npayload\nrequire_reply 0g\nmin_reply_length 300\n}", "reply-length hex value-missing hex", 5,
			[]Checker{connected("UDP_CHECK", func(c *Checker) { c.UDP = &UDPCheck{RequireReply: true, MinLen: 300, MaxLen: 255} })}},

		{"PING", "PING_CHECK {\nretry 2\n}", "", 0, []Checker{connected("PING_CHECK", func(c *Checker) { c.Retry = 2 })}},

		{"MISC", "MISC_CHECK {\nmisc_path \"/usr/bin/echo a\"\nmisc_timeout 3\nmisc_dynamic\nuser nobody\n}", "", 0,
			[]Checker{{Type: "MISC_CHECK", DelayLoop: time.Minute, DelayBeforeRetry: time.Second, Warmup: time.Minute,
				MiscTimeout: 3 * time.Second, MiscTimeoutSet: true, MiscDynamic: true,
				MiscScript: &Script{Command: "/usr/bin/echo a", Args: []string{"/usr/bin/echo", "a"}, User: "nobody", UID: 65534, GID: 65534}}}},
		{"MISC user above the path", "MISC_CHECK {\nuser nobody root\nmisc_path /usr/bin/true\n}", "", 0,
			[]Checker{{Type: "MISC_CHECK", DelayLoop: time.Minute, DelayBeforeRetry: time.Second, Warmup: time.Minute, MiscTimeout: time.Minute,
				MiscScript: &Script{Command: "/usr/bin/true", Args: []string{"/usr/bin/true"}, User: "nobody", Group: "root", UID: 65534}}}},
		{"MISC with unquoted words", "MISC_CHECK {\nmisc_path /usr/bin/echo a b\n}", "", 0,
			[]Checker{{Type: "MISC_CHECK", DelayLoop: time.Minute, DelayBeforeRetry: time.Second, Warmup: time.Minute, MiscTimeout: time.Minute,
				MiscScript: &Script{Command: "/usr/bin/echo", Args: []string{"/usr/bin/echo"}, User: "root"}}}},
		{"MISC without a path", "MISC_CHECK {\n}", "misc-path-missing", 5, nil},
		{"MISC with an empty path", "MISC_CHECK {\nmisc_path\n}", "misc-path-missing value-missing", 5, nil},
		{"MISC of a missing file", "MISC_CHECK {\nmisc_path /no/such\n}", "script-missing", 0, nil},
		{"MISC of an unknown user", "MISC_CHECK {\nmisc_path /usr/bin/true\nuser nosuch\nretry 0\n}", "script-user script-user", 5, nil},

		{"FILE", "FILE_CHECK {\ntrack_file tf\n}", "", 0, []Checker{{Type: "FILE_CHECK", TrackFile: "tf", TrackFileWeight: 3}}},
		{"FILE with a weight", "FILE_CHECK {\ntrack_file tf\nweight -5 reverse\n}", "", 0,
			[]Checker{{Type: "FILE_CHECK", TrackFile: "tf", TrackFileWeight: -5, TrackFileReverse: true, TrackFileSet: true}}},
		{"FILE without a file", "FILE_CHECK {\nweight 2\n}", "track-file-missing", 5, nil},
		{"FILE of an unknown file", "FILE_CHECK {\ntrack_file other\n}", "track-file-missing track-file-unknown", 5, nil},
		{"BFD", "BFD_CHECK {\nname b1\nalpha\n}", "", 0, []Checker{{Type: "BFD_CHECK", BFD: "b1", Alpha: true}}},
		{"BFD of nobody", "BFD_CHECK {\nname b2\n}", "bfd-unknown", 5, nil},
		{"BFD without a name", "BFD_CHECK {\n}", "bfd-name", 5, nil},
		{"BFD twice", "BFD_CHECK {\nname b1\n}\nBFD_CHECK {\nname b1\n}", "bfd-twice", 5,
			[]Checker{{Type: "BFD_CHECK", BFD: "b1"}}},
	}
	front := globalsWith(secured) + "track_file tf {\nfile /tmp/tf\nweight 3\n}\nbfd_instance b1 {\nneighbor_ip 192.0.2.7\n}\n"
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, r := checks(t, front+serverWith(c.lines))
			if problems := reported(r); problems != c.ids || r.TestStatus() != c.status {
				t.Errorf("problems %q, status %d; want %q, %d\n%s", problems, r.TestStatus(), c.ids, c.status, listing(r))
			}
			if diff := cmp.Diff(c.want, got, cmpOptions); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLostServersTakeTheirChecksAlong(t *testing.T) {
	// What is kept of checks beside the model must stay in step when a real server is dropped.
	lost := "real_server 2001:db8::9 80 {\nTCP_CHECK {\nalpha\n}\nTCP_CHECK {\nalpha\n}\n}\n"
	twice := "real_server 192.0.2.9 80 {\nTCP_CHECK {\n}\n}\nreal_server 192.0.2.9 80 {\nTCP_CHECK {\nalpha\n}\n}\n"
	last := "real_server 192.0.2.10 80 {\nTCP_CHECK {\n}\n}\nreal_server 192.0.2.11 80 {\nTCP_CHECK {\nalpha\n}\n}\n"
	v := load(block("192.0.2.1 80", rr+lost+twice+last)).Config.VirtualServers[0]
	var got []bool
	for _, r := range v.RealServers {
		for _, c := range r.Checkers {
			got = append(got, c.Alpha)
		}
	}
	if diff := cmp.Diff([]bool{false, false, true}, got); diff != "" {
		t.Error(diff)
	}
}

func TestUnknownCheckEndsItsRealServer(t *testing.T) {
	// keepalived does not know the {, so its } closes the real server and the rest is misread; the
	// virtual server lives on.
	r := load(serverWith("FTP_CHECK {\n}"))
	if len(r.Config.VirtualServers) != 1 || r.TestStatus() != 5 || !strings.Contains(reported(r), "extra-close") {
		t.Errorf("%d virtual servers, status %d, %s", len(r.Config.VirtualServers), r.TestStatus(), reported(r))
	}
}
