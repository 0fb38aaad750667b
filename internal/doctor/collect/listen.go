package collect

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/capture"
	"github.com/holdfast-ha/holdfast/internal/doctor"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp/watch"
)

// probeTime is how long a real server has to answer; maxProbes is how many are tried, atOnce at a time.
const (
	probeTime = 2 * time.Second
	maxProbes = 512
	atOnce    = 32
)

// probe tries a connection to each real server of TCP. The sockets are made on this thread, which may
// be in a network namespace of its own; only the waiting is shared out.
func (r *reader) probe(c *config.Config) {
	var wanted []doctor.Probe
	for i := range c.VirtualServers {
		v := &c.VirtualServers[i]
		for _, s := range v.RealServers {
			p := doctor.Probe{Addr: s.Addr, Port: s.Port}
			if v.Protocol == "TCP" && s.Port != 0 && r.facts.Holder(s.Addr) == nil && len(wanted) < maxProbes && !slices.Contains(wanted, p) {
				wanted = append(wanted, p)
			}
		}
	}
	for part := range slices.Chunk(wanted, atOnce) {
		var group sync.WaitGroup
		for i := range part {
			fd, err := connect(netip.AddrPortFrom(part[i].Addr, part[i].Port))
			if err != nil {
				part[i].Outcome = outcome(err)
				continue
			}
			group.Go(func() { part[i].Outcome = outcome(settled(fd)) })
		}
		group.Wait()
	}
	r.facts.Probes = wanted
}

// connect begins to connect.
func connect(to netip.AddrPort) (int, error) {
	family, address := unix.AF_INET6, unix.Sockaddr(&unix.SockaddrInet6{Port: int(to.Port()), Addr: to.Addr().As16()})
	if to.Addr().Is4() {
		family, address = unix.AF_INET, &unix.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()}
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	if err := unix.Connect(fd, address); err != nil && !errors.Is(err, unix.EINPROGRESS) {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// settled waits until a connection stands or has failed, and closes it.
func settled(fd int) error {
	defer unix.Close(fd)
	end := time.Now().Add(probeTime)
	for {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}, int(max(time.Until(end), 0).Milliseconds()))
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return err
		case n == 0:
			return unix.ETIMEDOUT
		}
		code, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
		if err != nil || code == 0 {
			return err
		}
		return unix.Errno(code)
	}
}

func outcome(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, unix.ECONNREFUSED):
		return "refused"
	case errors.Is(err, unix.ETIMEDOUT):
		return "no answer within " + probeTime.String()
	}
	return err.Error()
}

// listen hears what passes on the segments and asks by ARP for the virtual addresses.
func (r *reader) listen(c *config.Config, o Options) {
	var names []string
	for i := range c.Instances {
		if n := c.Instances[i].Interface; r.link(n) && !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	if len(names) == 0 {
		return
	}
	r.ask(c)
	live, err := capture.Open(names)
	if err != nil {
		r.unknown("advertisements", err)
		return
	}
	defer live.Close()
	r.facts.Heard = []doctor.Heard{}
	a := watch.New(o.Instances)
	for end := time.Now().Add(o.Wait); time.Now().Before(end); {
		p, err := live.Next()
		if errors.Is(err, capture.ErrTimeout) {
			continue
		} else if err != nil {
			r.unknown("advertisements", err)
			return
		}
		a.Advance(p.At)
		report := a.Packet(&p)
		for _, f := range report.Findings {
			h := doctor.Heard{Link: report.Advert.Link, ID: string(f.ID), Text: report.Advert.Source.String() + ": " + f.Text, VRID: report.Advert.VRID}
			if !f.Change && f.ID != watch.Gap && !slices.Contains(r.facts.Heard, h) && len(r.facts.Heard) < 100 {
				r.facts.Heard = append(r.facts.Heard, h)
			}
		}
	}
}

func (r *reader) link(name string) bool {
	return slices.ContainsFunc(r.facts.Links, func(l doctor.Link) bool { return l.Name == name && l.Up })
}

// ask sends ARP probes (RFC 5227) for the addresses of the instances, which leave no trace in the
// tables of others, and notes who answers within a second.
func (r *reader) ask(c *config.Config) {
	r.facts.Answers = map[netip.Addr][]string{}
	for i := range c.Instances {
		in := &c.Instances[i]
		link, err := net.InterfaceByName(in.Interface)
		if err != nil || len(link.HardwareAddr) != 6 {
			continue
		}
		var wanted []netip.Addr
		for _, a := range in.Addresses {
			if a.Prefix.Addr().Is4() && len(wanted) < maxProbes {
				wanted = append(wanted, a.Prefix.Addr())
			}
		}
		if err := r.askOn(link, wanted); err != nil {
			r.unknown("ARP on "+link.Name, err)
		}
	}
}

func (r *reader) askOn(link *net.Interface, wanted []netip.Addr) error {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	arp := uint16(unix.ETH_P_ARP<<8&0xff00 | unix.ETH_P_ARP>>8)
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: arp, Ifindex: link.Index}); err != nil {
		return err
	}
	to := &unix.SockaddrLinklayer{Protocol: arp, Ifindex: link.Index, Halen: 6, Addr: [8]byte{255, 255, 255, 255, 255, 255}}
	for _, a := range wanted {
		if err := unix.Sendto(fd, arpProbe(link.HardwareAddr, a), 0, to); err != nil {
			return err
		}
	}
	buffer := make([]byte, 128)
	for end := time.Now().Add(time.Second); time.Now().Before(end); {
		tv := unix.NsecToTimeval(max(time.Until(end), time.Millisecond).Nanoseconds())
		if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &tv); err != nil {
			return err
		}
		n, _, err := unix.Recvfrom(fd, buffer, 0)
		if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR) {
			continue
		} else if err != nil {
			return err
		}
		mac, a, ok := arpReply(buffer[:n])
		if ok && slices.Contains(wanted, a) && mac != link.HardwareAddr.String() && !slices.Contains(r.facts.Answers[a], mac) {
			r.facts.Answers[a] = append(r.facts.Answers[a], mac)
		}
	}
	return nil
}

// arpProbe is a request without a sender's address.
func arpProbe(mac net.HardwareAddr, a netip.Addr) []byte {
	b := []byte{0, 1, 8, 0, 6, 4, 0, 1}
	b = append(b, mac...)
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	return append(b, a.AsSlice()...)
}

// arpReply reads who has which address.
func arpReply(b []byte) (mac string, a netip.Addr, ok bool) {
	if len(b) < 28 || binary.BigEndian.Uint16(b[6:]) != 2 || b[4] != 6 || b[5] != 4 {
		return "", a, false
	}
	return net.HardwareAddr(b[8:14]).String(), netip.AddrFrom4([4]byte(b[14:18])), true
}
