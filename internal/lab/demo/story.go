package demo

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	"github.com/holdfast-ha/holdfast/examples"
	"github.com/holdfast-ha/holdfast/internal/lab"
)

var (
	vip     = netip.MustParseAddr("10.10.10.22")
	service = netip.AddrPortFrom(vip, 80)
)

const serviceName = "TCP 10.10.10.22:80"

// story is a demonstration under way.
type story struct {
	out      io.Writer
	begin    time.Time
	strict   bool // the IPVS table is the MASTER's alone: keepalived does not promise it
	net      *lab.Network
	d30, d29 *lab.Director
	r31      *lab.Host
	server   *lab.Server
	client   *lab.Host
}

// Run tells the whole story with the given program and returns an error when it goes otherwise than
// it ought to.
func Run(out io.Writer, p lab.Program) error {
	s := &story{out: out, begin: time.Now(), strict: p != lab.Keepalived}
	chapters := []struct {
		title string
		tell  func() error
	}{
		{"The network", func() error { return s.build(p) }},
		{"Two directors start on the same keepalived.conf, apart from state and priority", s.start},
		{"A client asks 10 times", s.ask},
		{"A real server dies and comes back", s.realServer},
		{"The master's cable is cut", s.cut},
		{"The cable is plugged in again", s.restore},
		{"The master is stopped, as for maintenance", s.stop},
	}
	for _, c := range chapters {
		fmt.Fprintf(out, "\n== %s\n", c.title)
		if err := c.tell(); err != nil {
			s.explain()
			s.close()
			return fmt.Errorf("%s: %w", strings.ToLower(c.title[:1])+c.title[1:], err)
		}
	}
	s.close()
	return nil
}

func (s *story) close() {
	if s.net != nil {
		s.net.Close()
	}
}

// say prints a line with the time since the beginning.
func (s *story) say(format string, args ...any) {
	fmt.Fprintf(s.out, "%6.2f s  %s\n", time.Since(s.begin).Seconds(), fmt.Sprintf(format, args...))
}

// explain prints what the daemons said, when the story has gone wrong.
func (s *story) explain() {
	for _, d := range []*lab.Director{s.d30, s.d29} {
		if d != nil && d.Process != nil {
			fmt.Fprint(s.out, d.Process.Last(30))
		}
	}
}

func (s *story) build(p lab.Program) (err error) {
	if s.net, err = lab.New(); err != nil {
		return err
	}
	lan, err := s.net.Switch("lan")
	if err != nil {
		return err
	}
	host := func(name, address string) *lab.Host {
		h, hostErr := s.net.Host(name)
		if hostErr == nil {
			hostErr = h.Link(lan, "eth0", address)
		}
		err = errors.Join(err, hostErr)
		return h
	}
	d30, d29 := host("d30", "10.10.10.30/24"), host("d29", "10.10.10.29/24")
	r31, r32 := host("r31", "10.10.10.31/24"), host("r32", "10.10.10.32/24")
	s.client = host("client", "10.10.10.100/24")
	if err != nil {
		return err
	}
	s.d30, s.d29, s.r31 = d30.Direct(p), d29.Direct(p), r31
	for _, r := range []*lab.Host{r31, r32} {
		server, err := serve(r)
		if err != nil {
			return err
		}
		if r == r31 {
			s.server = server
		}
	}
	s.say("directors d30 and d29, real servers r31 and r32, a client, all on one switch; %s", p.Name)
	s.say("the real servers have %v on lo and do not answer ARP for it", vip)
	return nil
}

// serve makes a host a real server for direct routing.
func serve(h *lab.Host) (*lab.Server, error) {
	err := errors.Join(
		h.Sysctl("net.ipv4.conf.all.arp_ignore", "1"),
		h.Sysctl("net.ipv4.conf.all.arp_announce", "2"),
		h.Address("lo", vip.String()+"/32"))
	if err != nil {
		return nil, err
	}
	return h.Serve(80)
}

func (s *story) start() error {
	for _, d := range []*lab.Director{s.d29, s.d30} {
		text, err := examples.Text("dr-pair/director-" + d.Name[1:] + ".conf")
		if err != nil {
			return err
		}
		if err := d.Start(text); err != nil {
			return err
		}
	}
	return s.await(15*time.Second, s.d30, s.d29)
}

// await waits until the master has the address and both real servers, and shows both directors.
func (s *story) await(limit time.Duration, master, backup *lab.Director) error {
	full := func() bool { return s.servers(master) == 2 && master.Has("eth0", vip) && !backup.Has("eth0", vip) }
	if err := until(limit, full); err != nil {
		return fmt.Errorf("%s is not MASTER with a full table: %w\n%s\n%s", master.Name, err,
			master.State("eth0", vip), backup.State("eth0", vip))
	}
	empty := func() bool { table, err := backup.IPVS(); return err == nil && len(table) == 0 }
	if err := until(time.Second, empty); s.strict && err != nil {
		return fmt.Errorf("%s is not MASTER and has IPVS services all the same", backup.Name)
	}
	s.directors()
	return nil
}

func (s *story) directors() {
	for _, d := range []*lab.Director{s.d30, s.d29} {
		s.say("%s", d.State("eth0", vip))
	}
}

func (s *story) servers(d *lab.Director) int {
	table, err := d.IPVS()
	if err != nil {
		return -1
	}
	return len(table.Service(serviceName).Weights())
}

func until(limit time.Duration, holds func() bool) error {
	for begin := time.Now(); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Since(begin) > limit {
			return fmt.Errorf("not within %v", limit)
		}
	}
	return nil
}

func (s *story) ask() error {
	answers := s.client.Ask(service, 10, 3*time.Second)
	s.say("%v", answers)
	if answers.Lost() > 0 {
		return errors.New("not every connection was answered")
	}
	return nil
}

func (s *story) realServer() error {
	s.server.Close()
	s.say("r31 refuses connections")
	if err := until(40*time.Second, func() bool { return s.servers(s.d30) == 1 }); err != nil {
		return err
	}
	s.say("r31 is out of the table")
	if err := s.ask(); err != nil {
		return err
	}
	server, err := s.r31.Serve(80)
	if err != nil {
		return err
	}
	s.server = server
	s.say("r31 serves again")
	if err := until(30*time.Second, func() bool { return s.servers(s.d30) == 2 }); err != nil {
		return err
	}
	s.say("r31 is back in the table")
	return s.ask()
}

// cut pulls the master's cable. Three intervals and the skew time of the other's priority are what
// the protocol allows.
func (s *story) cut() error {
	limit := 3*time.Second + (256-50)*time.Second/256
	return s.silence(fmt.Sprintf("the protocol allows %.2f s", limit.Seconds()), func() error {
		s.say("cut")
		if err := s.d30.Cut("eth0"); err != nil {
			return err
		}
		return s.await(15*time.Second, s.d29, s.d30)
	})
}

func (s *story) restore() error {
	return s.silence("d30 has the higher priority and takes over again", func() error {
		if err := s.d30.Restore("eth0"); err != nil {
			return err
		}
		return s.await(15*time.Second, s.d30, s.d29)
	})
}

func (s *story) stop() error {
	return s.silence("a planned change needs no silence at all", func() error {
		if err := s.d30.StopPlanned(); err != nil {
			return err
		}
		return s.await(15*time.Second, s.d29, s.d30)
	})
}

// silence measures, by a ping every 2 ms, how long the address does not answer while something is
// done, and asks 10 times afterwards.
func (s *story) silence(remark string, do func() error) error {
	ping, err := s.client.Ping(vip, 2*time.Millisecond)
	if err != nil {
		return err
	}
	defer ping.Stop()
	answers := func() bool { return ping.Answered(50 * time.Millisecond) }
	if err := until(5*time.Second, answers); err != nil {
		return fmt.Errorf("the address does not answer: %w", err)
	}
	ping.Mark()
	if err := do(); err != nil {
		return err
	}
	if err := until(5*time.Second, answers); err != nil {
		return fmt.Errorf("the address does not answer: %w", err)
	}
	time.Sleep(200 * time.Millisecond)
	r := ping.Read()
	if r.Lost == 0 {
		s.say("a ping every 2 ms: not one of %d was lost (%s)", r.Sent, remark)
	} else {
		s.say("a ping every 2 ms: %d of %d lost, the address was silent for %.3f s (%s)", r.Lost, r.Sent, r.Longest.Seconds(), remark)
	}
	return s.ask()
}
