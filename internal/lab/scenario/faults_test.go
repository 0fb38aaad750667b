//go:build lab && amd64

package scenario

import (
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/lab"
)

var soak = flag.Duration("soak", 0, "how long TestFaults goes on with the faults; 0: each once")

// faultRow is a real server or a script that does its worst under one check.
type faultRow struct {
	name  string
	check string
	net   string
	act   lab.Act
	up    bool   // keepalived takes it for well, and so do we
	says  string // the reason in the status
}

var faultRows = []faultRow{
	{name: "accepts and never answers TCP_CHECK", check: "TCP_CHECK {", net: "tcp", act: hangs, up: true},
	{name: "accepts and never answers HTTP_GET", check: "HTTP_GET {\n url {\n path /\n status_code 200\n }", net: "tcp", act: hangs, says: "no answer within"},
	{name: "accepts and never answers SMTP_CHECK", check: "SMTP_CHECK {", net: "tcp", act: hangs, says: "no greeting within"},
	{name: "sends 10 GB", check: "HTTP_GET {\n url {\n path /\n digest 0123456789abcdef0123456789abcdef\n }", net: "tcp", act: sendsMuch, says: "longer than"},
	{name: "sends 10 GB of greeting", check: "SMTP_CHECK {", net: "tcp", act: floods, says: "greeting"},
	{name: "stalls in the handshake", check: "SSL_GET {\n url {\n path /\n status_code 200\n }", net: "tcp", act: stallsTLS, says: "TLS handshake"},
	{name: "trickles in the handshake", check: "SSL_GET {\n url {\n path /\n status_code 200\n }", net: "tcp", act: tricklesTLS, says: "TLS handshake"},
	{name: "lies about the id", check: "DNS_CHECK {\n retry 1", net: "udp", act: nameServer(func(a []byte) []byte { a[0]++; return a }), says: "id"},
	{name: "answers another question", check: "DNS_CHECK {\n retry 1\n name a.example", net: "udp", act: nameServer(func(a []byte) []byte { a[14]++; return a }), up: true},
	{name: "cuts answers short", check: "DNS_CHECK {\n retry 1\n name a.example", net: "udp", act: flags(2, 0), up: true},
	{name: "compresses names without end", check: "DNS_CHECK {\n retry 1\n name a.example", net: "udp", act: endlessName, up: true},
	{name: "answers too late", check: "DNS_CHECK {\n retry 1", net: "udp", act: lateAnswer, says: "no answer within"},
	{name: "answers with a hundred lies", check: "DNS_CHECK {\n retry 1", net: "udp", act: manyLies, says: "datagrams without an answer"},
	{name: "forks without end", check: miscCheck("bomb"), says: "timed out"},
	{name: "ignores SIGTERM", check: miscCheck("deaf"), says: "timed out"},
	{name: "writes without end", check: miscCheck("noisy"), says: "timed out"},
	{name: "leaves orphans", check: miscCheck("orphans"), says: "status 3"},
}

func miscCheck(name string) string {
	return "MISC_CHECK {\n misc_path /etc/keepalived/" + name + "\n misc_timeout 1"
}

// faultScripts are the checks' programs: a bomb that is not to be hit by SIGTERM either, and so on.
// Orphans end by themselves: they are not ours any more.
var faultScripts = map[string]string{
	"bomb":    "trap '' TERM\nfor i in 1 2 3 4 5 6; do (trap '' TERM; for j in 1 2 3 4 5 6; do sleep 1000 & done; wait) & done\nwait\n",
	"deaf":    "trap '' TERM INT HUP\nwhile :; do sleep 1; done\n",
	"noisy":   "while :; do head -c 1000000 /dev/zero; sleep 0.5; done\n",
	"orphans": "sleep 2 &\nsleep 2 &\nexit 3\n",
}

var (
	sendsMuch = lab.Act{Talk: func(c net.Conn) {
		const size = 10 << 30
		fmt.Fprintf(c, "HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n", size)
		block := make([]byte, 1<<18)
		for sent := 0; sent < size; sent += len(block) {
			if _, err := c.Write(block); err != nil {
				return
			}
			time.Sleep(20 * time.Millisecond) // a guest has one processor
		}
	}}
	stallsTLS = lab.Act{Talk: func(c net.Conn) {
		_, _ = c.Write([]byte{0x16, 3, 3, 0x40, 0}) // a record of 16 KB begins
		_, _ = io.Copy(io.Discard, c)
	}}
	tricklesTLS = lab.Act{Talk: func(c net.Conn) {
		for _, b := range append([]byte{0x16, 3, 3, 0x40, 0, 2}, make([]byte, 1<<14)...) {
			if _, err := c.Write([]byte{b}); err != nil {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
	}}
	// endlessName answers with a record whose name is a pointer to itself.
	endlessName = nameServer(func(a []byte) []byte {
		binary.BigEndian.PutUint16(a[6:], 1)
		at := uint16(len(a))
		a = binary.BigEndian.AppendUint16(a, 0xc000|at)
		return append(a, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4)
	})
	lateAnswer = lab.Act{Answer: func(q []byte) [][]byte {
		time.Sleep(3 * faultLimit)
		q[2] |= 0x80
		return [][]byte{q}
	}}
	manyLies = lab.Act{Answer: func(q []byte) [][]byte {
		var all [][]byte
		for i := range 100 {
			a := slices.Clone(q)
			a[0], a[2] = a[0]+byte(i%255)+1, a[2]|0x80
			all = append(all, a)
		}
		return all
	}}
)

// faultPatience is how long anything may take: a guest has one processor, and all its faults on it.
const faultPatience = 3 * time.Minute

// faultLimit is the connect_timeout of all checks.
const faultLimit = 500 * time.Millisecond

const faultHead = `
global_defs {
    lvs_reconcile_interval 1
    vrrp_netlink_monitor_rcv_bufs 2304
    enable_script_security
    script_user root
}
vrrp_script chk {
    script "/etc/keepalived/deaf"
    interval 2
    timeout 1
    weight -10
}
vrrp_instance VI_1 {
    state MASTER
    interface eth0
    virtual_router_id 51
    version 3
    priority 150
    advert_int 0.5
    track_script {
        %s
    }
    virtual_ipaddress {
        10.10.10.22
    }
}
vrrp_instance VI_2 {
    state MASTER
    interface eth0
    virtual_router_id 52
    version 3
    priority 150
    advert_int 0.5
    track_interface {
        dummy1
    }
    virtual_ipaddress {
        10.10.10.23
    }
}
virtual_server 10.10.10.22 80 {
    delay_loop 1
    lb_algo rr
    lb_kind DR
    protocol TCP
    real_server 10.10.10.31 80 {
        TCP_CHECK {
        }
    }
    real_server 10.10.10.32 80 {
        TCP_CHECK {
        }
    }
}
`

const faultServer = `virtual_server %s 80 {
 delay_loop %d
 warmup 0
 delay_before_retry 0.2
 connect_timeout 0.5
 lb_algo rr
 lb_kind NAT
 protocol TCP
 real_server %s %d {
  %s
  }
 }
}
`

// faulty is a director among faults.
type faulty struct {
	*site
	d      *lab.Director
	client *lab.Host
	told   map[string]bool
}

func newFaulty(t *testing.T) *faulty {
	s := &faulty{site: newSite(t)}
	s.d = s.host("d", "10.10.10.30/24", "10.0.0.1/24").Direct(lab.Holdfast)
	logsOnFailure(t, s.d)
	vip := address("10.10.10.22")
	s.realServer("r31", "10.10.10.31/24", 80, vip)
	s.realServer("r32", "10.10.10.32/24", 80, vip)
	s.client = s.host("client", "10.10.10.100/24")
	must(t, s.d.IP("link add dummy0 type dummy\nlink add dummy1 type dummy\nlink set dummy0 up\nlink set dummy1 up"))
	for name, text := range faultScripts {
		must(t, s.d.WriteFile("/etc/keepalived/"+name, "#!/bin/sh\n"+text, 0o755))
	}
	stage := s.host("stage", "10.0.0.9/24")
	for n, row := range faultRows {
		must(t, stage.Address("eth0", checkedReal(n)+"/24"))
		if row.net != "" {
			_, err := stage.Act(row.net, at(address(checkedReal(n)), checkedPort), row.act)
			must(t, err)
		}
	}
	return s
}

// file is the configuration, with or without what goes wrong.
func (s *faulty) file(faults bool) string {
	text := fmt.Sprintf(faultHead, map[bool]string{true: "chk"}[faults])
	if !faults {
		return text
	}
	for n, row := range faultRows {
		loop := 4
		if strings.Contains(row.name, "10 GB") || strings.Contains(row.name, "forks") {
			loop = 15
		}
		text += fmt.Sprintf(faultServer, checkedVirtual(n), loop, checkedReal(n), checkedPort, row.check)
	}
	return text
}

func (s *faulty) reload(faults bool) {
	s.t.Helper()
	n := s.d.Process.Said("Reload complete")
	must(s.t, s.d.Configure(s.file(faults)))
	must(s.t, s.d.Reload())
	eventually(s.t, faultPatience, "the reload is over", func() bool { return s.d.Process.Said("Reload complete") > n })
}

// status asks the daemon.
func (s *faulty) status() *control.Status {
	var reply control.Reply
	must(s.t, s.d.Do(func() (err error) {
		reply, err = control.Ask("/run/holdfast/control.sock", control.Request{Command: control.CommandStatus}, time.Minute)
		return err
	}))
	return reply.Status
}

// check is the state of a row's only check.
func (s *faulty) check(status *control.Status, n int) (server director.RealServerStatus, check director.CheckStatus) {
	if status.LVS == nil {
		return server, check
	}
	for _, v := range status.LVS.VirtualServers {
		if strings.HasPrefix(v.Label, checkedVirtual(n)+":") {
			return v.RealServers[0], v.RealServers[0].Checks[0]
		}
	}
	return server, check
}

// reported waits until each fault shows in the status as it ought to.
func (s *faulty) reported() {
	s.t.Helper()
	var wrong []string
	for begin := time.Now(); ; time.Sleep(500 * time.Millisecond) {
		status := s.status()
		wrong = nil
		for n, row := range faultRows {
			server, check := s.check(status, n)
			if check.Runs == 0 || check.Last.IsZero() || server.Up != row.up || !strings.Contains(check.Detail, row.says) {
				wrong = append(wrong, fmt.Sprintf("%s: up %v after %d runs, %q; want up %v, %q", row.name, server.Up, check.Runs, check.Detail, row.up, row.says))
			}
		}
		if len(wrong) == 0 || time.Since(begin) > faultPatience {
			break
		}
	}
	for _, w := range wrong {
		s.t.Error(w)
	}
	for n, row := range faultRows {
		if !row.up && s.d.Process.Said(checkedReal(n)) == 0 {
			s.t.Errorf("%s: the log does not name it", row.name)
		}
	}
}

// well demands that what works does, and that each process is the one that was started.
func (s *faulty) well(what string) {
	s.t.Helper()
	eventually(s.t, faultPatience, what+": the addresses and the table are there", func() bool {
		table, err := s.d.IPVS()
		must(s.t, err)
		return s.d.Has("eth0", address("10.10.10.22")) && s.d.Has("eth0", address("10.10.10.23")) && len(table.Service("TCP 10.10.10.22:80").Weights()) == 2
	})
	if a := s.client.Ask(at(address("10.10.10.22"), 80), 4, 10*time.Second); a.Answered() != 4 {
		s.t.Errorf("%s: 4 connections: %v", what, a)
	}
	for _, p := range s.status().Processes {
		if p.Restarts != 0 {
			s.t.Errorf("%s: the %s process was restarted %d times", what, p.Role, p.Restarts)
		}
	}
}

// said waits for words in the log that came since it had so many lines.
func (s *faulty) said(what string, since int, words ...string) {
	s.t.Helper()
	eventually(s.t, faultPatience, what+" is in the log", func() bool {
		for _, l := range s.d.Process.Lines()[since:] {
			if slices.ContainsFunc(words, func(w string) bool { return strings.Contains(l.Text, w) }) {
				if !s.told[what] {
					s.told[what] = true
					s.t.Logf("%s: %s", what, l.Text)
				}
				return true
			}
		}
		return false
	})
}

// TestFaults has a director meet everything at once that may go wrong with what it talks to: real
// servers, name servers, scripts, the kernel. Each is reported, nothing is lost, and when all is over
// every process has as many goroutines and descriptors as before. With -soak it goes on with it.
func TestFaults(t *testing.T) {
	if os.Getenv(lab.InLab) != "guest" {
		t.Fatal("the host's own modules are not ours to remove: run this scenario in a guest")
	}
	s := newFaulty(t)
	s.told = map[string]bool{}
	must(t, s.d.Start(s.file(false)))
	s.well("at the start")
	time.Sleep(3 * time.Second) // the announcements that are repeated
	before := s.usage()
	t.Logf("at the start:\n%v", before)
	s.reload(true)
	s.reported()
	begin, next := time.Now(), 5*time.Minute
	for {
		for _, f := range []func(){s.module, s.flood, s.permission} {
			f()
		}
		if time.Since(begin) >= *soak {
			break
		}
		if d := time.Since(begin); d >= next {
			t.Logf("after %v:\n%v", d.Round(time.Second), s.usage())
			next += 5 * time.Minute
		}
		time.Sleep(15 * time.Second)
	}
	s.reported()
	t.Logf("among the faults, after %v:\n%v", time.Since(begin).Round(time.Second), s.usage())
	s.reload(false)
	s.well("at the end")
	s.asBefore(before)
}

// module takes IPVS out of the kernel and puts it back.
func (s *faulty) module() {
	s.t.Helper()
	lines := len(s.d.Process.Lines())
	const loader = "/proc/sys/kernel/modprobe"
	must(s.t, os.WriteFile(loader, []byte("/bin/false"), 0))
	defer func() { must(s.t, os.WriteFile(loader, []byte("/sbin/modprobe"), 0)) }()
	eventually(s.t, faultPatience, "ip_vs is out of the kernel", func() bool {
		_, _ = s.d.Exec("ipvsadm", "-C")
		_, _ = s.d.Exec("modprobe", "-r", "ip_vs_rr", "ip_vs")
		_, err := os.Stat("/proc/net/ip_vs")
		return err != nil
	})
	s.said("the module is gone", lines, "ip_vs is not in this kernel")
	eventually(s.t, faultPatience, "the status tells that the module is gone", func() bool {
		lvs := s.status().LVS
		return lvs != nil && strings.Contains(lvs.LastError, "ip_vs")
	})
	if !s.d.Has("eth0", address("10.10.10.22")) {
		s.t.Error("the module is gone, and so is the address")
	}
	must(s.t, os.WriteFile(loader, []byte("/sbin/modprobe"), 0))
	_, err := s.d.Exec("modprobe", "ip_vs")
	must(s.t, err)
	s.well("the module is back")
	eventually(s.t, faultPatience, "the status has no error", func() bool {
		lvs := s.status().LVS
		return lvs != nil && lvs.LastError == ""
	})
}

// flood has the kernel tell of far more changes than the receive buffer holds, with one among them that
// matters.
func (s *faulty) flood() {
	s.t.Helper()
	lost := func() uint64 {
		if v := s.status().VRRP; v != nil {
			return v.EventsLost
		}
		return 0
	}
	before, lines := lost(), 0
	var add, del strings.Builder
	for i := range 300 {
		fmt.Fprintf(&add, "address add 10.99.%d.%d/32 dev dummy0\n", i/250, i%250)
		fmt.Fprintf(&del, "address del 10.99.%d.%d/32 dev dummy0\n", i/250, i%250)
	}
	other := address("10.10.10.23")
	must(s.t, s.d.IP(add.String()+"link set dummy1 down\n"+del.String()))
	eventually(s.t, faultPatience, "an interface that is down is seen in the flood", func() bool { return !s.d.Has("eth0", other) })
	must(s.t, s.d.IP(add.String()+"link set dummy1 up\n"+del.String()))
	eventually(s.t, faultPatience, "an interface that is up is seen in the flood", func() bool { return s.d.Has("eth0", other) })
	eventually(s.t, faultPatience, "lost events are counted", func() bool { return lost() > before })
	s.said("netlink is flooded", lines, "netlink events were lost")
	s.well("after a flood")
}

// permission takes the right to change the network from a running process, and gives it back.
func (s *faulty) permission() {
	s.t.Helper()
	pids := map[string]int{}
	for _, p := range s.status().Processes {
		pids[p.Role] = p.PID
	}
	lines := len(s.d.Process.Lines())
	must(s.t, setEffectiveUser(pids["lvs"], 65534))
	_, err := s.d.Exec("ipvsadm", "-d", "-t", "10.10.10.22:80", "-r", "10.10.10.32")
	must(s.t, err)
	s.said("IPVS may not be changed", lines, "not permitted")
	eventually(s.t, faultPatience, "the status tells of it", func() bool {
		lvs := s.status().LVS
		return lvs != nil && strings.Contains(lvs.LastError, "permitted")
	})
	must(s.t, setEffectiveUser(pids["lvs"], 0))
	s.well("IPVS may be changed again")

	lines = len(s.d.Process.Lines())
	must(s.t, setEffectiveUser(pids["vrrp"], 65534))
	must(s.t, s.d.IP("address del 10.10.10.23/32 dev eth0"))
	s.said("addresses may not be changed", lines, "permitted", "ermission")
	must(s.t, setEffectiveUser(pids["vrrp"], 0))
	s.well("addresses may be changed again")
}
