package lint

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/parser"
)

// instance is a configuration with one instance.
func instance(lines string) string { return wrap("vrrp_instance", lines) }

// server is one with one virtual server.
func server(lines string) string { return wrap("virtual_server", lines) }

func ids(problems []parser.Problem) []string {
	var list []string
	for _, p := range problems {
		list = append(list, p.ID)
	}
	return list
}

// noAcceptOn is an instance with no_accept that holds an address, and a virtual server.
func noAcceptOn(vip, lines, server string) string {
	return "vrrp_instance VI_1 {\ninterface eth0\nvirtual_router_id 7\nno_accept\n" + lines + "virtual_ipaddress {\n" + vip + "\n}\n}\n" +
		"virtual_server " + server + " {\nlb_algo rr\nlb_kind NAT\nprotocol TCP\nreal_server 192.0.2.21 80 {\n}\n}\n"
}

// TestVirtualServersThatNoAcceptCutsOff by address, in a range of a group, and by strict mode.
func TestVirtualServersThatNoAcceptCutsOff(t *testing.T) {
	strict := strings.Replace(noAcceptOn("192.0.2.9", "", "192.0.2.9 80"), "no_accept", "strict_mode", 1)
	for text, want := range map[string]string{
		noAcceptOn("192.0.2.1", "", "192.0.2.1 80"):                                               "virtual server 192.0.2.1 80 is on 192.0.2.1, which no_accept of VI_1 (line 1) shuts",
		"virtual_server_group G {\n192.0.2.2-20 80\n}\n" + noAcceptOn("192.0.2.9", "", "group G"): "virtual server group G is on 192.0.2.9, which no_accept of VI_1 (line 4) shuts",
		strict: "virtual server 192.0.2.9 80 is on 192.0.2.9, which strict mode of VI_1 (line 1) shuts",
	} {
		_, problems := lintText(text, &machine{})
		i := slices.IndexFunc(problems, func(p parser.Problem) bool { return p.ID == "no-accept-server" })
		if i < 0 || problems[i].Message != want {
			t.Errorf("%v\nwant %s", problems, want)
		}
	}
}

// TestGoodFilesAreLeftInPeace are the configurations next to those that rules speak of. That a rule
// does speak where it has to is shown by the examples of the explanations.
func TestGoodFilesAreLeftInPeace(t *testing.T) {
	cases := []struct{ name, id, text string }{
		{"the owner that nobody wrote is told of by the reader", "owner-priority", instance("state MASTER\n")},
		{"a MASTER at the default", "state-priority", instance("state MASTER\npriority 100\n")},
		{"three seconds are usual", "advert-slow", instance("advert_int 3\n")},
		{"ten a second", "advert-fast", instance("version 3\nadvert_int 0.1\n")},
		{"strict mode of an owner drops nothing", "strict-blackhole", instance("strict_mode\nstate MASTER\npriority 255\n")},
		{"strict mode with accept", "strict-blackhole", instance("strict_mode\nversion 3\naccept\n")},
		{"51 with another password", "sample-vrid", instance("virtual_router_id 51\nauthentication {\nauth_type PASS\nauth_pass other\n}\n")},
		{"one announcement that is refreshed", "garp-once", instance("garp_master_repeat 1\ngarp_master_delay 0\ngarp_master_refresh 60\n")},
		{"a weight without nopreempt", "nopreempt-weight", instance("track_interface {\neth1 weight -20\n}\n")},
		{"nopreempt without a weight", "nopreempt-weight", instance("state BACKUP\nnopreempt\ntrack_interface {\neth1\n}\n")},
		{"a small weight is nopreempt's matter", "weight-small", instance("nopreempt\ntrack_interface {\neth1 weight -2\n}\n")},
		{"a weight that is cut to 4 is small, not nothing", "weight-no-effect", instance("priority 250\ntrack_interface {\neth1 weight 20\n}\n")},
		{"a host address in a /24", "vip-network", wrap("virtual_ipaddress", "192.0.2.7/24\n")},
		{"both addresses of a /31 are hosts", "vip-network", wrap("virtual_ipaddress", "192.0.2.6/31\n")},
		{"no length is the host", "vip-network", wrap("virtual_ipaddress", "192.0.2.0\n")},
		{"a loopback address on lo", "vip-special", wrap("virtual_ipaddress", "127.0.0.5/8 dev lo\n")},
		{"unicast with signatures", "unicast-unsigned", instance("unicast_src_ip 192.0.2.11\nunicast_peer {\n192.0.2.12\n}\nauth_hmac {\nkey 1 0123456789abcdef0123456789abcdef\nactive_key 1\n}\n")},
		{"a shell that is asked for", "script-shell", instance("notify \"/bin/sh -c 'date >> /tmp/x'\"\n")},
		{"test has operators of its own", "script-shell", instance("notify \"/usr/bin/test 1 > 2\"\n")},
		{"a redirection is no part of a word", "script-shell", instance("notify \"/usr/local/bin/x a=>b\"\n")},
		{"two commands that differ", "notify-same", instance("notify_master \"/bin/x m\"\nnotify_backup \"/bin/x b\"\n")},
		{"localhost needs no name server", "smtp-dns", wrap("global_defs", "smtp_server localhost\n")},
		{"an address", "smtp-dns", wrap("global_defs", "smtp_server 2001:db8::25\n")},
		{"weight 0 is looked at by every scheduler", "weights-ignored", server("real_server 192.0.2.21 80 {\nweight 0\n}\nreal_server 192.0.2.22 80 {\nweight 1\n}\n")},
		{"wrr", "weights-ignored", server("lb_algo wrr\nreal_server 192.0.2.21 80 {\nweight 2\n}\nreal_server 192.0.2.22 80 {\nweight 1\n}\n")},
		{"no_accept on another address", "no-accept-server", noAcceptOn("192.0.2.7", "", "192.0.2.1 80")},
		{"the owner's own", "no-accept-server", noAcceptOn("192.0.2.1", "state MASTER\npriority 255\n", "192.0.2.1 80")},
		{"a chain behind IPVS", "no-accept-server", "global_defs {\nnftables keepalived\nnftables_priority 100\n}\n" + noAcceptOn("192.0.2.1", "", "192.0.2.1 80")},
		{"a group of others", "no-accept-server", "virtual_server_group G {\n192.0.2.2-20 80\nfwmark 7\n}\n" + noAcceptOn("192.0.2.1", "", "group G")},
		{"another port of the same host", "sorry-server-real", server("sorry_server 192.0.2.21 8080\nreal_server 192.0.2.21 80 {\n}\n")},
		{"the same check of another port", "check-twice", server("real_server 192.0.2.21 80 {\nTCP_CHECK {\nconnect_port 80\n}\nTCP_CHECK {\nconnect_port 81\n}\n}\n")},
		{"UDP asked over TCP at another port", "check-udp-by-tcp", strings.Replace(server("real_server 192.0.2.21 80 {\nTCP_CHECK {\nconnect_port 8080\n}\n}\n"), "TCP\n", "UDP\n", 1)},
		{"families in a group", "families-apart", "vrrp_sync_group G {\ngroup {\nVI_1\nVI_6\n}\n}\n" + instance("") + "vrrp_instance VI_6 {\ninterface eth0\nvirtual_router_id 7\nvirtual_ipaddress {\nfe80::1\n}\n}\n"},
		{"IPv6 on another interface", "families-apart", instance("") + "vrrp_instance VI_6 {\ninterface eth1\nvirtual_router_id 7\nvirtual_ipaddress {\nfe80::1\n}\n}\n"},
	}
	for _, tt := range cases {
		t.Run(tt.id+"/"+tt.name, func(t *testing.T) {
			if _, ok := RuleOf(tt.id); !ok {
				t.Fatalf("there is no rule %s", tt.id)
			}
			r, problems := lintText(tt.text, &machine{})
			if len(r.Config.Instances)+len(r.Config.VirtualServers)+len(r.Config.Global.SMTPServer) == 0 {
				t.Fatalf("the text is not read: %v", r.Problems)
			}
			if slices.Contains(ids(problems), tt.id) {
				t.Errorf("%s is told of", tt.id)
			}
		})
	}
}

func TestFindingsStandAtTheWordsMeant(t *testing.T) {
	cases := []struct{ text, id, want string }{
		{instance("priority 255\n"), "owner-priority", "255"},
		{instance("authentication {\n\tauth_type PASS\n\tauth_pass x\n}\n"), "auth-plain", "auth_type PASS"},
		{instance("track_interface {\n  eth1 weight 0\n}\n"), "weight-zero", "weight 0"},
		{wrap("global_defs", "  smtp_server mail.example.com\n"), "smtp-dns", "mail.example.com"},
		{server("real_server 192.0.2.21 80 {\n}\nquorum 2\n"), "quorum-all", ""},
		{server("persistence_timeout 3\ninhibit_on_failure\nreal_server 192.0.2.21 80 {\n}\n"), "persistence-inhibit", "inhibit_on_failure"},
		{wrap("virtual_ipaddress", "192.0.2.1\n 2001:db8::1\n"), "families-mixed", "2001:db8::1"},
	}
	for _, tt := range cases {
		_, problems := lintText(tt.text, &machine{})
		got := ""
		lines := strings.Split(tt.text, "\n")
		for _, p := range problems {
			if p.ID == tt.id && p.End > 0 {
				got = lines[p.Pos.Line-1][p.Pos.Col-1 : p.End-1]
			}
		}
		if got != tt.want {
			t.Errorf("%s points at %q, want %q", tt.id, got, tt.want)
		}
	}
}

func TestScriptPathsAreLookedAtAsTheirAccount(t *testing.T) {
	text := "vrrp_script chk {\nscript \"/root/bin/chk\"\nuser haproxy\n}\n" + instance("track_script {\nchk\n}\n")
	dir := func(mode fs.FileMode) File { return File{Mode: fs.ModeDir | mode} }
	host := &machine{files: map[string]File{"/": dir(0o755), "/root": dir(0o700), "/root/bin": dir(0o755), "/bin/sh": {Mode: 0o755}}}
	_, problems := lintText(text, host)
	at := slices.IndexFunc(problems, func(p parser.Problem) bool { return p.ID == "script-unreachable" })
	if at < 0 {
		t.Fatalf("not told of: %v", ids(problems))
	}
	want := "script: uid 998 may not enter /root (mode 0700, owner 0), on the way to /root/bin/chk"
	if problems[at].Message != want {
		t.Errorf("message %q, want %q", problems[at].Message, want)
	}
	host.files["/root"] = dir(0o711)
	if _, problems = lintText(text, host); slices.Contains(ids(problems), "script-unreachable") {
		t.Error("a directory that everybody may enter is told of")
	}
	for line, want := range map[string]bool{"#!/bin/sh": false, "#! /bin/sh -e": false, "#!/bin/sh\r": true, "#!/usr/bin/python": true, "\x7fELF": false} {
		host.lines = map[string]string{"/root/bin/chk": line}
		if _, problems = lintText(text, host); slices.Contains(ids(problems), "script-interpreter") != want {
			t.Errorf("first line %q: script-interpreter %t, want %t", line, !want, want)
		}
	}
}

func TestMixedFamiliesAreRewrittenAsTextThatLoads(t *testing.T) {
	text := instance("priority 150\nauthentication {\nauth_type PASS\nauth_pass \"a b\"\n}\nvirtual_ipaddress {\n192.0.2.1\n2001:db8::1/64\n192.0.2.2/24 dev eth1\n}\n")
	_, problems := lintText(text, &machine{})
	at := slices.IndexFunc(problems, func(p parser.Problem) bool { return p.ID == "families-mixed" })
	if at < 0 {
		t.Fatalf("not told of: %v", ids(problems))
	}
	_, paste, _ := strings.Cut(problems[at].Cure, "\n")
	r, again := lintText(paste, &machine{})
	for _, id := range []string{"families-mixed", "families-apart"} {
		if slices.Contains(ids(again), id) {
			t.Errorf("the rewrite has %s:\n%s", id, paste)
		}
	}
	var got []string
	for _, p := range r.Problems {
		if p.Severity > parser.Hint && p.ID != "address-link-local" {
			t.Errorf("the rewrite has a problem: %v\n%s", p, paste)
		}
	}
	for _, in := range r.Config.Instances {
		for _, a := range in.Addresses {
			got = append(got, in.Name+" "+a.Prefix.String()+" "+a.Dev)
		}
	}
	want := []string{"VI_1_4 192.0.2.1/32 eth0", "VI_1_4 192.0.2.2/24 eth1", "VI_1_6 2001:db8::1/64 eth0"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("addresses (-want +got):\n%s\n%s", diff, paste)
	}
}

func TestManyFindingsOfOneRuleAreCounted(t *testing.T) {
	var b strings.Builder
	for i := range 30 {
		b.WriteString(strings.Replace(server("real_server 192.0.2.21 80 {\n}\n"), "192.0.2.1 ", fmt.Sprintf("192.0.2.%d ", 100+i), 1))
	}
	_, problems := lintText(b.String(), &machine{})
	n, last := 0, ""
	for _, p := range problems {
		if p.ID == "check-none" {
			n, last = n+1, p.Message
		}
	}
	if n != most || !strings.HasSuffix(last, "(and 10 more like this in the file)") {
		t.Errorf("%d findings, the last %q", n, last)
	}
}

func TestLintNeverTouchesTheExitStatus(t *testing.T) {
	for _, name := range corpusFiles(t) {
		_, problems := lintFile(name, osOptions(), &machine{})
		for _, p := range problems {
			if p.Class != parser.Logged || p.Severity == parser.Error || p.StopsRun {
				t.Errorf("%s: %v", name, p)
			}
			if p.Message == "" || strings.HasSuffix(p.Message, ".") || p.Cure == "" {
				t.Errorf("%s: a message without a cure or with a full stop: %v", name, p)
			}
		}
	}
}
