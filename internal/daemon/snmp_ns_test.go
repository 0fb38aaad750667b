package daemon

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var recordKeepalived = flag.Bool("record-keepalived", false, "record the answers of keepalived 2.2.7, of Debian 12, to compare with")

// snmpConfig has something in every table of the three modules that does not need IPVS. One interface and
// family has one instance of version 2 only: keepalived forgets the rows behind the first one. The second
// one stays BACKUP: it waits for a master for three hours; the third has no link.
const snmpConfig = `global_defs {
    router_id lb1
    enable_snmp_vrrp
    enable_snmp_rfc
    enable_traps
    snmp_socket tcp:127.0.0.1:705
    notification_email {
        ops@example.org
        night@example.org
    }
    notification_email_from lb1@example.org
    smtp_server 127.0.0.1 2525
    smtp_connect_timeout 20
    smtp_alert_vrrp
    script_user root
    enable_script_security
    dynamic_interfaces
}
static_ipaddress {
    10.9.9.1/24 dev eth1
    2001:db8:9::1/64 dev eth1
}
static_routes {
    10.8.0.0/16 via 10.9.9.2 dev eth1 metric 7 mtu lock 1400 hoplimit 9
    blackhole 10.7.0.0/16 no_track
    default via 192.0.2.254 dev eth0 table 77
}
static_rules {
    from 10.6.0.0/16 table 100 preference 300
}
track_file level {
    file DIR/level
    weight 2
    init_file 1
}
vrrp_track_process nobody {
    process no-such-program
    weight 3
    quorum 1
}
vrrp_script good {
    script "/usr/bin/true"
    interval 1
    weight 4
    rise 2
    fall 3
}
vrrp_script bad {
    script "/usr/bin/false"
    interval 2
    timeout 1
    weight -5
}
vrrp_sync_group G {
    group {
        VI_1
        VI_3
    }
    notify_master "/usr/bin/true master"
    notify_backup "/usr/bin/true backup"
    notify "/usr/bin/true"
    track_interface {
        eth1 weight -2
    }
    track_script {
        good
    }
    sync_group_tracking_weight
    smtp_alert
}
vrrp_instance VI_1 {
    state MASTER
    interface eth0
    virtual_router_id 51
    priority 100
    authentication {
        auth_type PASS
        auth_pass secret
    }
    virtual_ipaddress {
        192.0.2.10/24 dev eth0 label eth0:1
        192.0.2.11/24 brd 192.0.2.255
        10.5.0.1/30 peer 10.5.0.2 dev eth1
    }
    virtual_ipaddress_excluded {
        2001:db8::5/64
        192.0.2.12
    }
    virtual_routes {
        10.1.0.0/16 via 192.0.2.2 dev eth0
        10.2.0.0/16 src 192.0.2.10 nexthop via 192.0.2.3 dev eth0 weight 2 nexthop via 192.0.2.4 dev eth0 onlink
        unreachable 10.4.0.0/16
    }
    virtual_rules {
        from 192.0.2.10 lookup 200 preference 400
        to 10.3.0.0/16 iif eth0 tos 16 fwmark 3/7 table 201 preference 401
        not from 10.30.0.0/16 to 10.31.0.0/16 blackhole preference 402
        from 10.32.0.0/16 goto 500 preference 403
        from 10.33.0.0/16 table 202 suppress_prefixlength 8 uidrange 10-20 preference 404
    }
    notify_master "/usr/bin/true m"
    notify "/usr/bin/true n"
    garp_master_delay 3
}
vrrp_instance VI_2 {
    state BACKUP
    version 3
    interface eth1
    virtual_router_id 52
    priority 90
    advert_int 40
    preempt_delay 7
    nopreempt
    virtual_ipaddress {
        198.51.100.10
    }
    track_interface {
        eth0 weight -3
    }
    notify_fault "/usr/bin/true f"
    smtp_alert
}
vrrp_instance VI_3 {
    state MASTER
    version 3
    interface eth1
    virtual_router_id 53
    priority 120
    advert_int 0.5
    virtual_ipaddress {
        198.51.100.30/24
    }
    no_accept
    promote_secondaries
    notify_deleted
}
vrrp_instance VI_4 {
    interface eth0
    virtual_router_id 54
    priority 80
    virtual_ipaddress {
        fe80::54
        2001:db8::54/64
    }
    track_script {
        good weight 1
        bad
    }
    track_file {
        level weight 1
    }
    track_process {
        nobody
    }
}
vrrp_instance VI_5 {
    version 3
    interface eth1
    virtual_router_id 55
    priority 70
    unicast_peer {
        198.51.100.2
    }
    virtual_ipaddress {
        198.51.100.20
    }
}
vrrp_instance VI_6 {
    version 3
    interface eth0
    virtual_router_id 56
    virtual_ipaddress {
        192.0.2.60
    }
    track_interface {
        down0
    }
}
`

// Roots of the three modules.
var mibRoots = map[string]string{
	"KEEPALIVED-MIB": ".1.3.6.1.4.1.9586.100.5", "VRRP-MIB": ".1.3.6.1.2.1.68", "VRRPV3-MIB": ".1.3.6.1.2.1.207",
}

// startSNMP starts a master agent and a receiver of notifications.
func (s *side) startSNMP() {
	s.t.Helper()
	conf := `agentAddress udp:127.0.0.1:1161
rocommunity public
rwcommunity private
master agentx
agentXSocket tcp:127.0.0.1:705
agentXTimeout 10
trap2sink 127.0.0.1:1162 public
`
	if err := os.WriteFile(s.file("snmpd.conf"), []byte(conf), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.background("traps", "snmptrapd", "-f", "-On", "-Lo", "-C", "--disableAuthorization=yes", "-F", "%v\\n", "127.0.0.1:1162")
	wait(s.t, "snmptrapd listens", func() bool { return strings.Contains(s.read("traps"), "NET-SNMP version") })
	s.background("snmpd.log", "snmpd", "-f", "-Lo", "-C", "-I", "-smux", "-c", s.file("snmpd.conf"))
	// Its own coldStart.
	wait(s.t, "snmpd sends and snmptrapd receives", func() bool { return strings.Contains(s.read("traps"), ".1.3.6.1.6.3.1.1.5.1") })
	time.Sleep(time.Second) // in its first moments it takes notifications of others and loses them
}

// snmp runs one of the SNMP commands.
func (s *side) snmp(command, community string, args ...string) string {
	cmd := s.host.Command(command, append([]string{"-v2c", "-c", community, "-On", "-t", "10", "-r", "1", "127.0.0.1:1161"}, args...)...)
	cmd.Env = append(os.Environ(), "MIBS=")
	out, _ := cmd.CombinedOutput() // what it says of an error is the answer
	return strings.ReplaceAll(string(out), s.dir, "DIR")
}

// settle starts the daemon and waits until all that the configuration starts has come to its end: the
// states of the instances, and the results of the scripts, which count in the priorities. The subagent of
// keepalived waits a third of a second for its master and may lose its variables for good on a busy
// machine; then it has to start again.
func (s *side) settle(config string) {
	s.t.Helper()
	const want = "2 1 2 2 2 3 104 90 124 77 70 100"
	s.startSNMP()
	for range 5 {
		s.start(config)
		if *recordKeepalived {
			// A question to a keepalived that is registering or notifying would be lost, and its variables with it.
			time.Sleep(10 * time.Second)
		}
		for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(300 * time.Millisecond) {
			got := s.column(4) + " " + s.column(8)
			if got == want {
				return
			}
			s.now = got
		}
		s.t.Logf("%s: the states and priorities are %q, not %q", s.name, s.now, want)
		if s.name != "keepalived" {
			break
		}
		s.stop()
		s.end()
		s.startSNMP()
	}
	s.t.Fatalf("%s does not settle", s.name)
}

// column is a column of vrrpInstanceTable.
func (s *side) column(n int) string {
	var all []string
	for line := range strings.Lines(s.snmp("snmpwalk", "public", fmt.Sprintf("%s.2.3.1.%d", mibRoots["KEEPALIVED-MIB"], n))) {
		_, value, _ := strings.Cut(line, "INTEGER: ")
		all = append(all, strings.TrimSpace(value))
	}
	return strings.Join(all, " ")
}

// different are the variables in which the two are not compared, with the reason.
var different = []struct {
	oid *regexp.Regexp
	why string
}{
	{regexp.MustCompile(`^\.1\.3\.6\.1\.4\.1\.9586\.100\.5\.1\.1\.0 `), "the version of the program"},
	{regexp.MustCompile(`^\.1\.3\.6\.1\.4\.1\.9586\.100\.5\.(1\.12\.0|2\.3\.1\.36\.\d+|2\.9\.1\.1[0-2]\.\d+) `), "newer than 2.2.7"},
	{regexp.MustCompile(`^\.1\.3\.6\.1\.4\.1\.9586\.100\.5\.2\.7\.1\.25\.`), "keepalived shows advmss where hoplimit is given"},
	{regexp.MustCompile(`^\.1\.3\.6\.1\.4\.1\.9586\.100\.5\.2\.6\.1\.11\.[2-9]\.`), "keepalived forgets that an address is advertised behind the first excluded one"},
}

// comparable keeps a line of a walk; of times the variable alone counts.
func comparable(line string) (string, bool) {
	for _, d := range different {
		if d.oid.MatchString(line) {
			return "", false
		}
	}
	if name, _, isTime := strings.Cut(line, " = Timeticks: "); isTime {
		return name + " = Timeticks", true
	}
	return line, true
}

// recorded is where the answers of keepalived 2.2.7 stand. Its subagent waits a third of a second for the
// master and loses variables on a busy machine, so they are not asked for in every run: -record-keepalived does.
const recorded = "testdata/snmp"

func TestNSWalksAndTrapsAreThoseOfKeepalived(t *testing.T) {
	s := sides(t)[1]
	if *recordKeepalived {
		s = sides(t)[0]
	}
	s.host.Run("ip", "link", "add", "down0", "type", "veth", "peer", "name", "pdown0")
	s.settle(snmpConfig)
	total := 0
	for _, module := range []string{"KEEPALIVED-MIB", "VRRP-MIB", "VRRPV3-MIB"} {
		walk := s.snmp("snmpwalk", "public", mibRoots[module])
		total += s.compare(module, walk, comparable)
		if bulk := s.snmp("snmpbulkwalk", "public", mibRoots[module]); withoutTimes(bulk) != withoutTimes(walk) {
			t.Errorf("%s: a walk in bulk answers otherwise:\n%s", module, bulk)
		}
	}
	t.Logf("three modules: %d variables compared", total)
	if total < 700 {
		t.Error("too few variables: the walk is not whole")
	}
	s.sets()
	s.stop()
	if n := s.compare("traps", s.notifications(), func(l string) (string, bool) { return l, true }); n < 20 {
		t.Error("too few notifications")
	}
}

// compare compares an answer with that of keepalived, or records it. It returns how many lines there are.
func (s *side) compare(what, answer string, keep func(string) (string, bool)) int {
	s.t.Helper()
	file := filepath.Join(recorded, what)
	if *recordKeepalived {
		if err := os.WriteFile(file, []byte(answer), 0o644); err != nil {
			s.t.Fatal(err)
		}
	}
	theirs, err := os.ReadFile(file)
	if err != nil {
		s.t.Fatal(err)
	}
	return compareLines(s.t, what, string(theirs), answer, keep)
}

// withoutTimes is a walk without times, which go on.
func withoutTimes(walk string) string { return strings.Join(kept(walk, comparable), "\n") }

// sets sets what can be set, and what cannot.
func (s *side) sets() {
	s.t.Helper()
	instance := mibRoots["KEEPALIVED-MIB"] + ".2.3.1."
	var answers strings.Builder
	for _, set := range [][]string{
		{instance + "7.2", "i", "93"},
		{instance + "13.2", "i", "1"},
		{instance + "7.2", "i", "0"},
		{instance + "13.1", "i", "3"},
		{instance + "7.2", "s", "high"},
		{instance + "2.1", "s", "name"},
	} {
		fmt.Fprintf(&answers, "%v: %s", set, s.snmp("snmpset", "private", set...))
	}
	s.compare("sets", answers.String(), func(l string) (string, bool) { return l, true })
	wait(s.t, "the instance has the priority that was set", func() bool { return s.value(7, 2) == "93" && s.value(8, 2) == "93" })
	wait(s.t, "it preempts as it was set", func() bool { return s.value(13, 2) == "1" })
}

// value is a cell of vrrpInstanceTable.
func (s *side) value(column, row int) string {
	_, value, _ := strings.Cut(s.snmp("snmpget", "public", fmt.Sprintf("%s.2.3.1.%d.%d", mibRoots["KEEPALIVED-MIB"], column, row)), "INTEGER: ")
	return strings.TrimSpace(value)
}

// notifications are those that arrive from the start to the stop, without their times. Which of several
// instances came first is chance.
func (s *side) notifications() string {
	received := func() []string {
		var lines []string
		for line := range strings.Lines(s.read("traps")) {
			_, rest, _ := strings.Cut(line, "\t")                                                                           // behind the time
			if strings.HasPrefix(rest, ".1.3.6.1.6.3.1.1.4.1.0 = OID: ") && !strings.Contains(rest, ".1.3.6.1.4.1.8072.") { // not of snmpd
				lines = append(lines, rest)
			}
		}
		slices.Sort(lines)
		return slices.Compact(lines) // keepalived tells the first states twice when one of them is FAULT
	}
	lines := received()
	for { // until no more come
		time.Sleep(time.Second)
		before := len(lines)
		if lines = received(); len(lines) == before {
			return strings.Join(lines, "")
		}
	}
}
