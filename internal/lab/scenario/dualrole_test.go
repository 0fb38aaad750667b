//go:build lab

package scenario

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

// dualRole is the site of examples/dual-role: two machines that are directors and real servers at
// once, each with the address on lo so that it takes what the other one forwards to it.
type dualRole struct {
	*site
	vip        netip.Addr
	d233, d213 *lab.Director
	client     *lab.Host
	both       []*lab.Director
	strict     bool
}

func newDualRole(t *testing.T, p lab.Program, strict bool) *dualRole {
	t.Helper()
	s := &dualRole{site: newSite(t), vip: address("192.168.1.253"), strict: strict}
	h233, _ := s.realServer("d233", "192.168.1.233/24", 3306, s.vip)
	h213, _ := s.realServer("d213", "192.168.1.213/24", 3306, s.vip)
	s.d233, s.d213 = h233.Direct(p), h213.Direct(p)
	s.client = s.host("client", "192.168.1.50/24")
	s.both = []*lab.Director{s.d233, s.d213}
	logsOnFailure(t, s.both...)
	return s
}

// begin starts both directors and waits until 233 is MASTER, the given service full there and, if it
// is to be active there, on 213 as well.
func (s *dualRole) begin(kind, service, other string) {
	s.t.Helper()
	must(s.t, s.d213.Start(example(s.t, "dual-role/"+kind+"-213.conf")))
	must(s.t, s.d233.Start(example(s.t, "dual-role/"+kind+"-233.conf")))
	eventually(s.t, 20*time.Second, "d233 is MASTER with a full table", func() bool {
		if !s.d233.Has("eth0", s.vip) || !s.full(s.d233, service) || s.d213.Has("eth0", s.vip) {
			return false
		}
		// keepalived programs both; to measure it fairly its second table must be there too.
		return s.strict || s.full(s.d213, other)
	})
	states(s.t, "at rest", "eth0", []netip.Addr{s.vip}, s.both...)
}

func (s *dualRole) full(d *lab.Director, service string) bool {
	table, err := d.IPVS()
	return err == nil && table.Service(service) != nil && len(table.Service(service).Servers) == 2
}

// TestDirectorsThatAreRealServers connects 20 times to the plain address of a pair whose directors
// are its real servers. A second table on the BACKUP balances once more what the MASTER sent it.
func TestDirectorsThatAreRealServers(t *testing.T) {
	beside(t, func(t *testing.T, p lab.Program, strict bool) {
		s := newDualRole(t, p, strict)
		const service = "TCP 192.168.1.253:3306"
		s.begin("plain", service, service)
		s.twenty("at rest")
		if table, err := s.d213.IPVS(); err != nil || len(table) > 0 {
			demand(t, strict, false, "d213 is BACKUP but has IPVS services: %s (%v)", table.Short(), err)
		}
		s.takeover(service)
		s.twenty("after the takeover")
	})
}

// twenty demands 20 of 20 answers, from both machines.
func (s *dualRole) twenty(when string) {
	s.t.Helper()
	answers := s.client.Ask(at(s.vip, 3306), 20, 2*time.Second)
	s.t.Logf("%s, 20 connections: %v", when, answers)
	demand(s.t, s.strict, answers.Answered() == 20, "%s: %v, want 20 of 20", when, answers)
}

// takeover stops the master's daemon for good, so that both machines go on as real servers.
func (s *dualRole) takeover(service string) {
	s.t.Helper()
	must(s.t, s.d233.StopPlanned())
	eventually(s.t, 15*time.Second, "d213 is MASTER with a full table", func() bool {
		return s.d213.Has("eth0", s.vip) && s.full(s.d213, service) && !s.d233.Has("eth0", s.vip)
	})
	states(s.t, "d233 stopped", "eth0", []netip.Addr{s.vip}, s.both...)
}

// TestMarkedByMAC runs the write-up's own way out of the loop: only packets that do not come from
// the other director are marked, and only marked ones are balanced. Weights come from scripts.
func TestMarkedByMAC(t *testing.T) {
	beside(t, func(t *testing.T, p lab.Program, strict bool) {
		s := newDualRole(t, p, strict)
		s.mark(s.d233, s.d213, 4)
		s.mark(s.d213, s.d233, 3)
		for _, d := range s.both {
			must(t, d.WriteFile("/etc/keepalived/check_slave.pl", "#!/bin/sh\nexit $(cat /run/slave-$1)\n", 0o755))
			s.reply(d, 3, 3)
		}
		s.begin("fwmark", "FWM 4", "FWM 3")
		// An exit status of 2 to 255 is the weight plus 2.
		s.weights(s.d233, "FWM 4", 1, 1)
		s.balanced("equal weights", 1)
		s.reply(s.d233, 3, 5)
		s.weights(s.d233, "FWM 4", 1, 3)
		s.takeover("FWM 3")
		s.weights(s.d213, "FWM 3", 1, 1)
		s.balanced("after the takeover", 1)
	})
}

func (s *dualRole) mark(on, not *lab.Director, mark int) {
	s.t.Helper()
	mac, err := not.MAC("eth0")
	must(s.t, err)
	_, err = on.Exec("iptables-legacy", "-t", "mangle", "-A", "PREROUTING", "-d", s.vip.String(), "-p", "tcp",
		"--dport", "3306", "-m", "mac", "!", "--mac-source", mac, "-j", "MARK", "--set-mark", fmt.Sprint(mark))
	must(s.t, err)
}

// reply sets the exit status of the check for each machine.
func (s *dualRole) reply(d *lab.Director, of213, of233 int) {
	s.t.Helper()
	must(s.t, d.WriteFile("/run/slave-192.168.1.213", fmt.Sprintln(of213), 0o644))
	must(s.t, d.WriteFile("/run/slave-192.168.1.233", fmt.Sprintln(of233), 0o644))
}

// weights waits until the table has the weights that the scripts asked for: checks run every 10 s.
func (s *dualRole) weights(d *lab.Director, service string, of213, of233 int) {
	s.t.Helper()
	took := eventually(s.t, 30*time.Second, fmt.Sprintf("%s has weights %d and %d", d.Name, of213, of233), func() bool {
		table, err := d.IPVS()
		must(s.t, err)
		w := table.Service(service).Weights()
		return w["192.168.1.213"] == of213 && w["192.168.1.233"] == of233
	})
	s.t.Logf("%s: weight of .213 is %d, of .233 %d, after %.1f s", d.Name, of213, of233, took.Seconds())
}

func (s *dualRole) balanced(when string, least int) {
	s.t.Helper()
	answers := s.client.Ask(at(s.vip, 3306), 20, 2*time.Second)
	s.t.Logf("%s, 20 connections: %v", when, answers)
	if answers.Answered() != 20 || answers.By["d233"] < least || answers.By["d213"] < least {
		s.t.Errorf("%s: %v, want 20 of 20 from both", when, answers)
	}
}
