package foreign_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/holdfast-ha/holdfast/internal/foreign"
	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/lvs"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

var hosts = map[string]string{"lvs": "192.168.1.110", "real-server1": "192.168.1.11", "real-server2": "192.168.1.12", "director": "192.168.1.9"}

func names() foreign.Names {
	return foreign.Names{
		Host: func(name string) (netip.Addr, bool) {
			a, ok := hosts[name]
			if !ok {
				return netip.Addr{}, false
			}
			return netip.MustParseAddr(a), true
		},
		Service: func(name, _ string) (uint16, bool) {
			port, ok := map[string]uint16{"http": 80, "telnet": 23, "https": 443}[name]
			return port, ok
		},
	}
}

// table is what the daemon makes of a configuration, all checks passed.
func table(t interface{ Fatalf(string, ...any) }, text string) lvs.Table {
	r := config.Load("a.conf", parser.Options{Files: parser.OneFile("a.conf", text)}, config.AnyHost{})
	for _, p := range r.Problems {
		if p.Severity == parser.Error {
			t.Fatalf("it does not load: %v\n%s", p, text)
		}
	}
	var servers []lvs.VirtualServer
	for _, v := range wiring.Director(r.Config, wiring.Options{}).VirtualServers {
		servers = append(servers, v.VirtualServer)
	}
	d := lvs.NewDirector(servers)
	d.Step(lvs.Event{Kind: lvs.Started})
	return d.Table()
}

func TestImportedRulesMakeTheSavedTable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := lvs.Table{}
		for range rapid.IntRange(1, 4).Draw(t, "services") {
			e := anyEntry(t)
			want[e.Service.ServiceKey] = e
		}
		r := foreign.IPVSAdm(want.Save(), names())
		if got := table(t, r.Text); got.Save() != want.Save() {
			t.Fatalf("saved:\n%s\nthen:\n%s\nimported:\n%s", want.Save(), got.Save(), r.Text)
		}
	})
}

// ipvsadm-save of Debian 12 prints this for the third flag of sh and mh, which it has no word for.
func TestFlagWithoutAWordIsTheThird(t *testing.T) {
	r := foreign.IPVSAdm("-A -t 10.1.0.40:80 -s sh -b\n-a -t 10.1.0.40:80 -r 10.2.0.1:80 -g -w 1\n", names())
	for key, e := range table(t, r.Text) {
		if e.Service.Flags != 0x20 || len(e.Destinations) != 1 {
			t.Errorf("%s: %+v", key, e)
		}
	}
	if len(r.Warnings) != 1 {
		t.Errorf("warnings: %v", r.Warnings)
	}
}

// What ipvsadm-save prints of marks from 2^31 on, of a mark with real servers of the other family, and of a
// service that has none.
func TestMarksAndEmptyServicesOfIPVSAdmSave(t *testing.T) {
	r := foreign.IPVSAdm("-A -f -1 -s rr\n-a -f -1 -r 10.2.0.1:0 -g -w 1\n-A -f -2147483648 -6 -s rr\n-a -f -2147483648 -6 -r [2001:db8::1]:0 -g -w 1\n"+
		"-A -f 77 -s rr\n-a -f 77 -r [2001:db8::1]:0 -i -w 1 --tun-type ipip\n-A -t 10.1.0.1:80 -s rr\n-A -f x -s rr\n", names())
	var keys []string
	for key := range table(t, r.Text) {
		keys = append(keys, key.String())
	}
	slices.Sort(keys)
	if diff := cmp.Diff([]string{"-f 2147483648 -6", "-f 4294967295", "-f 77"}, keys); diff != "" {
		t.Error(diff)
	}
	want := []string{"line 8: x is no firewall mark; the rule is left out", "10.1.0.1 80 has no real server, which a keepalived.conf cannot say; the service is left out"}
	if diff := cmp.Diff(want, r.Warnings[:2]); diff != "" {
		t.Error(diff)
	}
}

func anyEntry(t *rapid.T) lvs.Entry {
	s := lvs.Service{
		Scheduler:  rapid.SampledFrom([]string{"rr", "wrr", "sh", "mh", "wlc"}).Draw(t, "scheduler"),
		Persistent: rapid.Bool().Draw(t, "persistent"), Timeout: rapid.Uint32Range(1, 900).Draw(t, "timeout"), Netmask: 0xffffff00,
	}
	n := byte(rapid.IntRange(1, 3).Draw(t, "address"))
	s.Family = rapid.SampledFrom([]uint8{4, 6}).Draw(t, "family")
	if s.Family == 6 {
		s.Netmask = 64
	}
	if s.Scheduler == "sh" {
		s.Flags = rapid.SampledFrom([]uint32{0, 8, 16, 24}).Draw(t, "flags")
	}
	if rapid.Bool().Draw(t, "mark") {
		s.FWMark = uint32(n)
	} else {
		s.Protocol = rapid.SampledFrom([]lvs.Protocol{lvs.TCP, lvs.UDP}).Draw(t, "protocol")
		s.Port, s.Addr, s.OnePacket = 80, address(s.Family, n), s.Protocol == lvs.UDP && rapid.Bool().Draw(t, "ops")
	}
	e := lvs.Entry{Service: s, Destinations: map[lvs.DestinationKey]lvs.Destination{}}
	for range rapid.IntRange(1, 4).Draw(t, "destinations") {
		d := lvs.Destination{
			DestinationKey: lvs.DestinationKey{Addr: address(s.Family, byte(rapid.IntRange(10, 20).Draw(t, "real"))), Port: s.Port},
			Forward:        rapid.SampledFrom([]lvs.Forward{lvs.Masquerade, lvs.Tunnel, lvs.Direct}).Draw(t, "forward"),
			Weight:         rapid.Uint32Range(0, 300).Draw(t, "weight"),
		}
		if rapid.Bool().Draw(t, "thresholds") {
			d.UpperThreshold, d.LowerThreshold = 20, 10
		}
		if d.Forward == lvs.Tunnel {
			d.TunnelType = uint8(rapid.IntRange(0, 2).Draw(t, "tunnel"))
			d.TunnelFlags = uint16(rapid.IntRange(0, 1).Draw(t, "checksum"))
			if d.TunnelType == 1 {
				d.TunnelPort = 5555
			}
		}
		e.Destinations[d.DestinationKey] = d
	}
	return e
}

func address(family, n byte) netip.Addr {
	if family == 6 {
		return netip.AddrFrom16([16]byte{0: 0x20, 1: 1, 15: n})
	}
	return netip.AddrFrom4([4]byte{192, 0, 2, n})
}

// TestScriptOfTheWriteUp is a script of ipvsadm commands with long options, names and timeouts.
func TestScriptOfTheWriteUp(t *testing.T) {
	r := foreign.IPVSAdm(`#!/bin/sh
ipvsadm -C
ipvsadm --set 30 5 60
/sbin/ipvsadm -A -t 10.10.10.22:http -s wrr -p 20
ipvsadm --add-server --tcp-service 10.10.10.22:http -r 10.10.10.31 -g -w 1
ipvsadm -a -t 10.10.10.22:80 -r nowhere:80 -g -w 1
ipvsadm --start-daemon master
`, names())
	if !strings.Contains(r.Text, "lvs_timeouts tcp 30 tcpfin 5 udp 60\n") {
		t.Errorf("the timeouts are not there:\n%s", r.Text)
	}
	want := "-A -t 10.10.10.22:80 -s wrr -p 20\n-a -t 10.10.10.22:80 -r 10.10.10.31:80 -g -w 1\n"
	if diff := cmp.Diff(want, table(t, r.Text).Save()); diff != "" {
		t.Errorf("%s\n%s", diff, r.Text)
	}
	for _, w := range []string{"line 6: nowhere:80: no such address", "line 7: --start-daemon has no counterpart", "add a checker"} {
		if !slices.ContainsFunc(r.Warnings, func(s string) bool { return strings.Contains(s, w) }) {
			t.Errorf("no warning %q in %q", w, r.Warnings)
		}
	}
}

// FuzzImport: whatever is read, what is written can be read as a keepalived.conf of the same blocks.
func FuzzImport(f *testing.F) {
	f.Add("-A -t 10.10.10.22:http -s wrr -p 20 -M 255.255.255.0\n-a -t 10.10.10.22:80 -r 10.10.10.31:80 -i -w 1 --tun-type gue --tun-port 5555 --tun-csum\n")
	f.Add(lvsDR)
	f.Add(ldirectordCF)
	f.Fuzz(func(t *testing.T, text string) {
		for _, read := range readers {
			r := read(text, names())
			if strings.Count(r.Text, "{") != strings.Count(r.Text, "}") {
				t.Errorf("blocks do not match:\n%s", r.Text)
			}
		}
	})
}

var readers = []func(string, foreign.Names) foreign.Result{foreign.IPVSAdm, foreign.LVSDR, foreign.Ldirectord}
