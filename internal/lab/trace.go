package lab

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// KernelWrite is a netlink request by which some process of a host asked the kernel to change
// something.
type KernelWrite struct {
	At   time.Time
	What string // "new address", "set IPVS destination"
	PID  uint32 // netlink port, as a rule the process id
}

// Trace keeps every change that the processes of one host ask the kernel for, whoever they are: it
// listens on an nlmon device.
type Trace struct {
	fd   int
	ipvs uint16 // the generic netlink family that the kernel gave IPVS

	mu     sync.Mutex
	writes []KernelWrite
	total  int // messages seen, to know that it sees any
	stop   chan struct{}
	done   sync.WaitGroup
}

// Trace starts to keep the host's kernel writes.
func (h *Host) Trace() (*Trace, error) {
	if err := h.IP("link add nlmon0 type nlmon\nlink set nlmon0 up"); err != nil {
		return nil, err
	}
	t := &Trace{stop: make(chan struct{})}
	err := h.Do(func() error {
		link, err := net.InterfaceByName("nlmon0")
		if err != nil {
			return err
		}
		if t.ipvs, err = genericFamily("IPVS"); err != nil {
			return err
		}
		t.fd, err = packetSocket(link.Index)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: trace netlink: %w", h.Name, err)
	}
	t.done.Add(1)
	go t.run()
	h.onClose(t.Stop)
	return t, nil
}

func (t *Trace) run() {
	defer t.done.Done()
	buffer, control := make([]byte, 256<<10), make([]byte, 256)
	for {
		select {
		case <-t.stop:
			return
		default:
		}
		n, nc, _, from, err := unix.Recvmsg(t.fd, buffer, control, 0)
		link, ok := from.(*unix.SockaddrLinklayer)
		if err != nil || !ok {
			continue
		}
		// The kernel gives the netlink family in place of the Ethernet type.
		family := int(link.Protocol>>8 | link.Protocol<<8)
		at := stamp(control[:nc])
		t.mu.Lock()
		t.total++
		for _, w := range netlinkWrites(buffer[:n], family, t.ipvs) {
			w.At = at
			t.writes = append(t.writes, w)
		}
		t.mu.Unlock()
	}
}

// Mark forgets the writes so far.
func (t *Trace) Mark() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.writes, t.total = nil, 0
}

// Writes returns the changes asked for since the last mark.
func (t *Trace) Writes() []KernelWrite {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.writes)
}

// Messages counts all netlink messages since the last mark, those that read included.
func (t *Trace) Messages() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.total
}

// Stop ends the trace. What it kept stays readable.
func (t *Trace) Stop() {
	t.mu.Lock()
	select {
	case <-t.stop:
		t.mu.Unlock()
		return
	default:
		close(t.stop)
	}
	t.mu.Unlock()
	t.done.Wait()
	unix.Close(t.fd)
}

// Summary counts writes by kind: "1 set IPVS destination".
func Summary(writes []KernelWrite) string {
	if len(writes) == 0 {
		return "none"
	}
	count := map[string]int{}
	var order []string
	for _, w := range writes {
		if count[w.What]++; count[w.What] == 1 {
			order = append(order, w.What)
		}
	}
	var parts []string
	for _, o := range order {
		parts = append(parts, fmt.Sprintf("%d %s", count[o], o))
	}
	return strings.Join(parts, ", ")
}

// routeWrites are the rtnetlink requests that change something (linux/rtnetlink.h).
var routeWrites = map[uint16]string{
	unix.RTM_NEWLINK: "new link", unix.RTM_DELLINK: "delete link", unix.RTM_SETLINK: "set link",
	unix.RTM_NEWADDR: "new address", unix.RTM_DELADDR: "delete address",
	unix.RTM_NEWROUTE: "new route", unix.RTM_DELROUTE: "delete route",
	unix.RTM_NEWNEIGH: "new neighbour", unix.RTM_DELNEIGH: "delete neighbour",
	unix.RTM_NEWRULE: "new rule", unix.RTM_DELRULE: "delete rule",
}

// ipvsWrites are the commands of the IPVS family that change something (linux/ip_vs.h).
var ipvsWrites = map[byte]string{
	1: "new IPVS service", 2: "set IPVS service", 3: "delete IPVS service",
	5: "new IPVS destination", 6: "set IPVS destination", 7: "delete IPVS destination",
	9: "new IPVS daemon", 10: "delete IPVS daemon", 12: "set IPVS timeouts", 16: "zero IPVS", 17: "flush IPVS",
}

// netlinkWrites finds the requests in one netlink datagram.
func netlinkWrites(b []byte, family int, ipvs uint16) []KernelWrite {
	var list []KernelWrite
	for len(b) >= unix.NLMSG_HDRLEN {
		length := int(binary.NativeEndian.Uint32(b))
		kind, flags := binary.NativeEndian.Uint16(b[4:]), binary.NativeEndian.Uint16(b[6:])
		if length < unix.NLMSG_HDRLEN || length > len(b) {
			break
		}
		// Answers and notifications carry no request flag.
		if flags&unix.NLM_F_REQUEST != 0 {
			what := ""
			switch {
			case family == unix.NETLINK_ROUTE:
				what = routeWrites[kind]
			case family == unix.NETLINK_GENERIC && kind == ipvs && length > unix.NLMSG_HDRLEN:
				what = ipvsWrites[b[unix.NLMSG_HDRLEN]]
			case family == unix.NETLINK_NETFILTER && kind&0xff != 0:
				what = fmt.Sprintf("netfilter message %#x", kind)
			}
			if what != "" {
				list = append(list, KernelWrite{What: what, PID: binary.NativeEndian.Uint32(b[12:])})
			}
		}
		b = b[min(len(b), (length+3)&^3):]
	}
	return list
}

// genericFamily asks the kernel for the number of a generic netlink family.
func genericFamily(name string) (uint16, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_GENERIC)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd)
	value := append([]byte(name), 0)
	attr := make([]byte, (4+len(value)+3)&^3)
	binary.NativeEndian.PutUint16(attr, uint16(4+len(value)))
	binary.NativeEndian.PutUint16(attr[2:], unix.CTRL_ATTR_FAMILY_NAME)
	copy(attr[4:], value)
	b := make([]byte, 20, 20+len(attr))
	binary.NativeEndian.PutUint16(b[4:], unix.GENL_ID_CTRL)
	binary.NativeEndian.PutUint16(b[6:], unix.NLM_F_REQUEST)
	b[16], b[17] = unix.CTRL_CMD_GETFAMILY, 1
	b = append(b, attr...)
	binary.NativeEndian.PutUint32(b, uint32(len(b)))
	if err := unix.Sendto(fd, b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return 0, err
	}
	answer := make([]byte, 8192)
	n, _, err := unix.Recvfrom(fd, answer, 0)
	if err != nil {
		return 0, err
	}
	for a := answer[min(n, 20):n]; len(a) >= 4; {
		length := int(binary.NativeEndian.Uint16(a))
		if length < 4 || length > len(a) {
			break
		}
		if binary.NativeEndian.Uint16(a[2:]) == unix.CTRL_ATTR_FAMILY_ID && length >= 6 {
			return binary.NativeEndian.Uint16(a[4:]), nil
		}
		a = a[min(len(a), (length+3)&^3):]
	}
	return 0, errors.New("the kernel knows no generic netlink family " + name)
}
