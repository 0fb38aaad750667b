//go:build lab

package scenario

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

// The times of a check, where its row does not say otherwise.
const (
	checkedLoop  = 2 * time.Second
	checkedLimit = time.Second // connect_timeout
)

// checkedRow is a real server with one check of it, which does well, then badly, then well again.
type checkedRow struct {
	name  string
	check string // the block, without its end
	// extra is what stands outside of virtual servers; %d: the row's number.
	extra string
	set   func(s *checkedSite, n int) (spoil, heal func() error)
	// lost: keepalived takes the real server out while it does badly. weights are its weights well and
	// badly, where they are not 1.
	lost    bool
	weights [2]int
	// differs says why Holdfast sees it otherwise than keepalived 2.2.7; empty: it does not.
	differs string
}

// plays is the set of a service that plays two acts.
func plays(network string, good, bad lab.Act) func(s *checkedSite, n int) (spoil, heal func() error) {
	return func(s *checkedSite, n int) (spoil, heal func() error) {
		a, err := s.stage.Act(network, at(address(checkedReal(n)), checkedPort), good)
		must(s.t, err)
		s.actors[n] = a
		return func() error { return a.Play(bad) }, func() error { return a.Play(good) }
	}
}

// replies are what a mail server says: greeting, to HELO, to QUIT; what is empty is not said.
type replies [3]string

// mailServer says them, each after a pause, and stays until the other end closes.
func mailServer(say replies, pause time.Duration) lab.Act {
	return lab.Act{Talk: func(c net.Conn) {
		in := bufio.NewScanner(c)
		for _, line := range say {
			time.Sleep(pause)
			if line == hangUp {
				return
			}
			io.WriteString(c, line)
			if !in.Scan() {
				return
			}
		}
		in.Scan()
	}}
}

// hangUp in the place of a reply ends the connection.
const hangUp = "\x00"

var (
	goodMail = mailServer(replies{"220 mx\r\n", "250 mx\r\n", "221 bye\r\n"}, 0)
	hangs    = lab.Act{Talk: func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }}
	silent   = lab.Act{Answer: func([]byte) [][]byte { return nil }}
	nobody   = lab.Act{}
	floods   = lab.Act{Talk: func(c net.Conn) {
		for {
			if _, err := io.WriteString(c, "220-more\r\n"); err != nil {
				return
			}
		}
	}}
)

// nameServer makes an answer of the question.
func nameServer(change func(answer []byte) []byte) lab.Act {
	return lab.Act{Answer: func(q []byte) [][]byte {
		a := bytes.Clone(q)
		a[2] |= 0x80
		return [][]byte{change(a)}
	}}
}

// flags sets the third and fourth octet of an answer.
func flags(high, low byte) lab.Act {
	return nameServer(func(a []byte) []byte { a[2], a[3] = a[2]|high, a[3]|low; return a })
}

// echoes answers with a text and the question, sends with a text alone.
func echoes(before string) lab.Act {
	return lab.Act{Answer: func(q []byte) [][]byte { return [][]byte{append([]byte(before), q...)} }}
}

func sends(text string) lab.Act {
	return lab.Act{Answer: func([]byte) [][]byte { return [][]byte{[]byte(text)} }}
}

func smtpRow(name string, lost bool, bad lab.Act) checkedRow {
	return checkedRow{name: "SMTP: " + name, check: "SMTP_CHECK {\n helo_name me.example", lost: lost, set: plays("tcp", goodMail, bad)}
}

func dnsRow(name, options string, lost bool, bad lab.Act) checkedRow {
	return checkedRow{name: "DNS: " + name, check: "DNS_CHECK {\n retry 1\n" + options, lost: lost, set: plays("udp", flags(0, 0), bad)}
}

func udpRow(name, options string, lost bool, bad lab.Act) checkedRow {
	return checkedRow{name: "UDP: " + name, check: "UDP_CHECK {\n" + options, lost: lost, set: plays("udp", echoes("re"), bad)}
}

func pingRow(name, address string, spoil, heal func(h *lab.Host) error) checkedRow {
	return checkedRow{name: "PING: " + name, lost: true, check: "PING_CHECK {\n connect_ip " + address,
		set: func(s *checkedSite, n int) (func() error, func() error) {
			h := s.host(fmt.Sprintf("h%d", n), address+map[bool]string{true: "/64", false: "/24"}[strings.Contains(address, ":")])
			return func() error { return spoil(h) }, func() error { return heal(h) }
		}}
}

// fileRow is a real server whose track_file holds one number, then another.
func fileRow(name, options, good, bad string, lost bool, weights [2]int) checkedRow {
	return checkedRow{name: "FILE: " + name, lost: lost, weights: weights,
		extra: "track_file f%d {\n file /run/f%[1]d\n}\n", check: "FILE_CHECK {\n track_file f%d\n" + options,
		set: func(s *checkedSite, n int) (func() error, func() error) {
			write := func(content string) func() error {
				return func() error {
					for _, d := range s.directors {
						if err := d.WriteFile(fmt.Sprintf("/run/f%d", n), content, 0o644); err != nil {
							return err
						}
					}
					return nil
				}
			}
			must(s.t, write(good)())
			return write(bad), write(good)
		}}
}

// otherwise marks a row in which Holdfast differs.
func (r checkedRow) otherwise(why string) checkedRow {
	r.differs = why
	return r
}

var checkedRows = []checkedRow{
	smtpRow("nobody listens", true, nobody),
	smtpRow("no service", true, mailServer(replies{"554 no\r\n"}, 0)),
	smtpRow("hangs", true, hangs),
	smtpRow("closes at once", true, lab.Act{Talk: func(net.Conn) {}}),
	smtpRow("slow", false, mailServer(replies{"220 mx\r\n", "250 mx\r\n", "221 bye\r\n"}, checkedLimit/2)),
	smtpRow("too slow", true, mailServer(replies{"220 mx\r\n", "250 mx\r\n", "221 bye\r\n"}, 2*checkedLimit)),
	smtpRow("HELO refused", true, mailServer(replies{"220 mx\r\n", "550 no\r\n"}, 0)),
	smtpRow("HELO not answered", true, mailServer(replies{"220 mx\r\n"}, 0)),
	smtpRow("QUIT not answered", true, mailServer(replies{"220 mx\r\n", "250 mx\r\n"}, 0)),
	smtpRow("QUIT refused", false, mailServer(replies{"220 mx\r\n", "250 mx\r\n", "500 no\r\n"}, 0)),
	smtpRow("closes instead of 221", true, mailServer(replies{"220 mx\r\n", "250 mx\r\n", hangUp}, 0)),
	smtpRow("several lines", true, mailServer(replies{"220-mx\r\n220 ESMTP\r\n", "250-mx\r\n250 OK\r\n", "221 bye\r\n"}, 0)).
		otherwise("replies may have several lines"),
	smtpRow("sends for ever", true, floods),

	dnsRow("nobody listens", "", true, nobody),
	dnsRow("silent", "", true, silent),
	dnsRow("SERVFAIL", "", true, flags(0, 2)),
	dnsRow("NXDOMAIN", "type A\n name www.example.com", true, flags(0, 3)),
	dnsRow("REFUSED", "type RRSIG\n name example.com.", true, flags(0, 5)),
	dnsRow("cut short", "type TXT\n name .", false, flags(2, 0)),
	dnsRow("the question comes back", "type MX\n name ab.cd", true, nameServer(func(a []byte) []byte { a[2] &= 0x7f; return a })),
	dnsRow("another id", "type DNSKEY", true, nameServer(func(a []byte) []byte { a[0]++; return a })),
	dnsRow("a header alone", "type AAAA", false, nameServer(func(a []byte) []byte { return a[:12] })),
	dnsRow("half a header", "type NS", false, nameServer(func(a []byte) []byte { return a[:11] })).
		otherwise("that is no answer"),
	dnsRow("from an interface, marked", "bind_if eth0\n fwmark 5", true, silent),
	dnsRow("nothing in it", "type CNAME", true, nameServer(func([]byte) []byte { return nil })),

	udpRow("from an interface, marked", "bind_if eth0\n fwmark 5", true, nobody),
	udpRow("nobody listens", "", true, nobody),
	udpRow("nobody listens, a reply required", "require_reply", true, nobody),
	udpRow("silent", "", false, silent),
	udpRow("silent, a reply required", "require_reply", true, silent),
	udpRow("any reply", "require_reply\n max_reply_length 5", false, echoes("no, this one")),
	udpRow("another reply", "require_reply 72 65 6B", true, echoes("no")),
	udpRow("as the mask wants", "require_reply 7X XX 6b", false, echoes("ss")),
	udpRow("not as the mask wants", "require_reply 7X XX 6b", true, echoes("no")),
	udpRow("a shorter reply", "require_reply 72 65 6b", false, sends("re")),
	udpRow("too long", "require_reply 72\n max_reply_length 40", true, echoes("reply beyond it")),
	udpRow("too short", "require_reply 72\n min_reply_length 4", true, sends("re")),

	pingRow("does not answer", "10.0.0.201", ignoring("1"), ignoring("0")),
	pingRow("is gone", "10.0.0.202", func(h *lab.Host) error { return h.Isolate("eth0") }, func(h *lab.Host) error { return h.Rejoin("eth0") }),
	pingRow("is gone, over IPv6", "fd00::203", func(h *lab.Host) error { return h.Isolate("eth0") }, func(h *lab.Host) error { return h.Rejoin("eth0") }),

	fileRow("another number", "", "5\n", "8\n", false, [2]int{6, 9}),
	fileRow("times a weight", "weight 3", "2\n", "-1\n", false, [2]int{7, 0}),
	fileRow("reverse", "weight 3 reverse", "-2\n", "-4\n", false, [2]int{7, 13}),
	fileRow("without weight", "weight 0", "0\n", "1\n", true, [2]int{1, 0}),
	fileRow("least number", "", "1\n", "-2147483648\n", true, [2]int{2, 0}),
}

// ignoring has a host answer pings or not.
func ignoring(on string) func(h *lab.Host) error {
	return func(h *lab.Host) error { return h.Sysctl("net.ipv4.icmp_echo_ignore_all", on) }
}

// checkedPort is where all services are.
const checkedPort = 25

func checkedReal(n int) string    { return fmt.Sprintf("10.0.0.%d", 20+n) }
func checkedVirtual(n int) string { return fmt.Sprintf("10.0.9.%d", 20+n) }

// checkedSite is a host with all services, and a director of each program under the same file.
type checkedSite struct {
	*site
	rows      []checkedRow
	loop      time.Duration // delay_loop
	stage     *lab.Host
	directors []*lab.Director
	actors    map[int]*lab.Actor // by row
	worst     time.Duration      // distance of two turns
	worstRow  string
	spoils    []func() error
	heals     []func() error
	ready     []func() // wait until what was started is there
}

func newCheckedSite(t *testing.T, rows []checkedRow, loop time.Duration) *checkedSite {
	s := &checkedSite{site: newSite(t), rows: rows, loop: loop, actors: map[int]*lab.Actor{}}
	s.stage = s.host("stage", "10.0.0.9/24")
	// Each closed port is to be told of.
	must(t, s.stage.Sysctl("net.ipv4.icmp_ratelimit", "0"))
	for i, p := range programsUnder(t) {
		s.directors = append(s.directors, s.host(p.Name, fmt.Sprintf("10.0.0.%d/24", 1+i), fmt.Sprintf("fd00::%d/64", 1+i)).Direct(p))
	}
	logsOnFailure(t, s.directors...)
	extras, servers := "global_defs {\n checker_log_all_failures\n}\n", ""
	var addresses strings.Builder
	for n := range s.rows {
		fmt.Fprintf(&addresses, "address add %s/24 dev eth0\n", checkedReal(n))
	}
	must(t, s.stage.IP(addresses.String()))
	for n, row := range s.rows {
		spoil, heal := row.set(s, n)
		s.spoils, s.heals = append(s.spoils, spoil), append(s.heals, heal)
		if row.extra != "" {
			extras += fmt.Sprintf(row.extra, n)
			row.check = fmt.Sprintf(row.check, n)
		}
		servers += fmt.Sprintf(checkedServer, checkedVirtual(n), s.loop/time.Second, checkedReal(n), checkedPort, row.check)
	}
	for _, wait := range s.ready {
		wait()
	}
	for _, d := range s.directors {
		must(t, d.Start(extras+servers))
	}
	return s
}

const checkedServer = `virtual_server %s 80 {
 delay_loop %d
 warmup 0
 delay_before_retry 0.5
 connect_timeout 1
 lb_kind NAT
 protocol TCP
 real_server %s %d {
  %s
  }
 }
}
`

// table is the weight of each row's real server; -1: it is out.
func (s *checkedSite) table(d *lab.Director) []int {
	weights := slices.Repeat([]int{-1}, len(s.rows))
	table, err := d.IPVS()
	if err != nil {
		return weights
	}
	for n := range s.rows {
		if w, ok := table.Service("TCP " + checkedVirtual(n) + ":80").Weights()[checkedReal(n)]; ok {
			weights[n] = w
		}
	}
	return weights
}

// want is the table that a program ought to have.
func (s *checkedSite) want(d *lab.Director, spoilt bool) []int {
	weights := make([]int, len(s.rows))
	for n, row := range s.rows {
		lost := row.lost != (row.differs != "" && d.Program != lab.Keepalived)
		weights[n] = 1
		if row.weights != [2]int{} {
			weights[n] = row.weights[0]
			if spoilt {
				weights[n] = row.weights[1]
			}
		}
		if spoilt && lost {
			weights[n] = -1
		}
	}
	return weights
}

// reaches waits until every director has the wanted table, and sees that it has it still after a while.
func (s *checkedSite) reaches(what string, spoilt bool, while time.Duration) {
	s.t.Helper()
	for i := range 2 {
		for _, d := range s.directors {
			begin := time.Now()
			for {
				diff := s.difference(s.want(d, spoilt), s.table(d))
				if diff == "" {
					break
				}
				if i > 0 || time.Since(begin) > 30*time.Second {
					s.t.Errorf("%s, %s:\n%s", what, d.Name, diff)
					break
				}
				time.Sleep(50 * time.Millisecond)
			}
		}
		if i == 0 {
			time.Sleep(while)
		}
	}
}

func (s *checkedSite) difference(want, got []int) string {
	var b strings.Builder
	for n, row := range s.rows {
		if want[n] != got[n] {
			fmt.Fprintf(&b, "%s: weight %d, want %d\n", row.name, got[n], want[n])
		}
	}
	return b.String()
}

// turns are the times at which a real server was taken out and put in.
func turns(d *lab.Director, n int) (kinds []string, times []time.Time) {
	for _, l := range d.Process.Lines() {
		for _, kind := range []string{"Removing service", "Adding service"} {
			if strings.Contains(l.Text, kind+" ["+checkedReal(n)+"]:tcp:") {
				kinds, times = append(kinds, kind), append(times, l.At)
			}
		}
	}
	return kinds, times
}

// TestCheckedServices has real servers of all kinds do well, badly and well again under the eyes of both
// programs: both take the same ones out and put them in again, within one delay_loop of each other.
func TestCheckedServices(t *testing.T) { playChecked(t, checkedRows, checkedLoop) }

func playChecked(t *testing.T, rows []checkedRow, loop time.Duration) {
	begin := time.Now()
	s := newCheckedSite(t, rows, loop)
	t.Logf("after %.1f s all is there", time.Since(begin).Seconds())
	s.reaches("all is well", false, loop)
	for _, spoil := range s.spoils {
		must(t, spoil())
	}
	s.reaches("all is bad", true, loop+2*checkedLimit)
	for _, heal := range s.heals {
		must(t, heal())
	}
	s.reaches("all is well again", false, 0)
	for n := range s.rows {
		s.sameTurns(n)
		s.sameQuestions(n)
	}
	t.Logf("%d services; the largest distance of two turns: %.1f s (%s), with a delay_loop of %v", len(s.rows), s.worst.Seconds(), s.worstRow, loop)
}

// turnSlack is what a busy machine may add to the distance of two turns.
const turnSlack = 5 * time.Second

// sameTurns demands that all directors took a real server out and put it in as often, and at about the
// same time.
func (s *checkedSite) sameTurns(n int) {
	s.t.Helper()
	row := s.rows[n]
	var first []time.Time
	for i, d := range s.directors {
		kinds, times := turns(d, n)
		var want []string
		if row.lost != (row.differs != "" && d.Program != lab.Keepalived) {
			want = []string{"Removing service", "Adding service"}
		}
		if !slices.Equal(kinds, want) {
			s.t.Errorf("%s, %s: %q, want %q", row.name, d.Name, kinds, want)
			return
		}
		if i == 0 {
			first = times
			continue
		}
		for k := range min(len(first), len(times)) {
			distance := times[k].Sub(first[k]).Abs()
			if distance > s.worst {
				s.worst, s.worstRow = distance, row.name
			}
			if distance > s.loop+2*checkedLimit+turnSlack {
				s.t.Errorf("%s, %s: %s %v after the other", row.name, d.Name, kinds[k], distance)
			}
		}
	}
}

// sameQuestions demands that all directors ask a service the same.
func (s *checkedSite) sameQuestions(n int) {
	s.t.Helper()
	if s.actors[n] == nil {
		return
	}
	heard := map[netip.Addr]string{}
	for _, a := range s.actors[n].Asked() {
		data := a.Data
		if strings.HasPrefix(s.rows[n].name, "DNS") {
			data = data[min(2, len(data)):] // without the id
		}
		heard[a.From.Addr()] = data
	}
	if len(heard) != len(s.directors) {
		s.t.Errorf("%s: asked by %d", s.rows[n].name, len(heard))
	}
	for _, d := range s.directors {
		if one := heard[address("10.0.0.1")]; heard[s.own(d)] != one {
			s.t.Errorf("%s: %s asks %q, want %q", s.rows[n].name, d.Name, heard[s.own(d)], one)
		}
	}
}

// own is the address of a director.
func (s *checkedSite) own(d *lab.Director) netip.Addr {
	return address(fmt.Sprintf("10.0.0.%d", 1+slices.Index(s.directors, d)))
}
