package collect

import (
	"encoding/hex"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/doctor"
	"github.com/holdfast-ha/holdfast/internal/rtnl"
)

func itoa(n int) string { return strconv.Itoa(n) }

// links reads interfaces and their addresses.
func (r *reader) links() {
	conn, err := rtnl.Dial()
	if err != nil {
		r.unknown("interfaces", err)
		return
	}
	defer conn.Close()
	links, err := conn.Links()
	if err != nil {
		r.unknown("interfaces", err)
		return
	}
	r.fou()
	addresses, err := conn.Addresses()
	if err != nil {
		r.unknown("addresses", err)
	}
	for _, l := range links {
		one := doctor.Link{
			Name: l.Name, Index: l.Index, Kind: l.Kind, MTU: l.MTU,
			Up: l.Flags&unix.IFF_UP != 0, Loopback: l.Flags&unix.IFF_LOOPBACK != 0,
		}
		one.LRO = !one.Loopback && largeReceive(l.Name)
		for _, a := range addresses {
			if a.Index == l.Index {
				one.Addresses = append(one.Addresses, a.Prefix)
			}
		}
		r.facts.Links = append(r.facts.Links, one)
	}
}

// largeReceive asks the driver for its flags (ethtool.h); one that has none has no LRO.
func largeReceive(link string) bool {
	const getFlags, lro = 0x25, 1 << 15 // ETHTOOL_GFLAGS, ETH_FLAG_LRO
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	value := struct{ cmd, data uint32 }{cmd: getFlags}
	request := struct {
		name [unix.IFNAMSIZ]byte
		data unsafe.Pointer
		_    [16]byte
	}{data: unsafe.Pointer(&value)}
	copy(request.name[:unix.IFNAMSIZ-1], link)
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCETHTOOL, uintptr(unsafe.Pointer(&request)))
	return errno == 0 && value.data&lro != 0
}

// netFile reads a file of the thread's network namespace.
func netFile(name string) ([]byte, error) { return os.ReadFile("/proc/thread-self/net/" + name) }

// routes reads the default routes.
func (r *reader) routes() {
	b, err := netFile("route")
	if err != nil {
		r.unknown("routes", err)
		return
	}
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line) // Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT
		if len(f) < 11 || f[1] != "00000000" || f[7] != "00000000" {
			continue
		}
		if g, ok := hexAddr(f[2]); ok {
			mss, _ := strconv.Atoi(f[8])
			if mss > 0 {
				mss -= 40 // the file shows 40 more than the route's advmss
			}
			r.facts.Routes = append(r.facts.Routes, doctor.Route{Gateway: g, Link: f[0], AdvMSS: mss})
		}
	}
	if b, err = netFile("ipv6_route"); err != nil {
		return // a kernel without IPv6
	}
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line) // destination length source length gateway metric refs use flags link
		if len(f) == 10 && strings.Trim(f[0], "0") == "" && f[1] == "00" && f[9] != "lo" {
			if g, ok := hexAddr6(f[4]); ok {
				r.facts.Routes = append(r.facts.Routes, doctor.Route{Gateway: g, Link: f[9]})
			}
		}
	}
}

func hexAddr6(s string) (netip.Addr, bool) {
	b, err := hex.DecodeString(s)
	if err != nil {
		return netip.Addr{}, false
	}
	return netip.AddrFromSlice(b)
}

// hexAddr reads an address as /proc/net prints it: words of 32 bits in the host's order.
func hexAddr(s string) (netip.Addr, bool) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b)%4 != 0 {
		return netip.Addr{}, false
	}
	one := uint16(1)
	if *(*byte)(unsafe.Pointer(&one)) == 1 {
		for i := 0; i < len(b); i += 4 {
			slices.Reverse(b[i : i+4])
		}
	}
	return netip.AddrFromSlice(b)
}

// sockets reads who listens.
func (r *reader) sockets() {
	r.facts.Sockets = []doctor.Socket{}
	for _, f := range []struct{ file, protocol, state string }{
		{"tcp", "TCP", "0A"}, {"tcp6", "TCP", "0A"}, {"udp", "UDP", "07"}, {"udp6", "UDP", "07"},
	} {
		b, err := netFile(f.file)
		if err != nil {
			if !strings.HasSuffix(f.file, "6") {
				r.unknown("sockets", err)
			}
			continue
		}
		for line := range strings.Lines(string(b)) {
			words := strings.Fields(line)
			if len(words) < 4 || words[3] != f.state {
				continue
			}
			address, port, _ := strings.Cut(words[1], ":")
			a, ok := hexAddr(address)
			n, err := strconv.ParseUint(port, 16, 16)
			if ok && err == nil {
				// Whether one on :: is for IPv6 alone the file does not tell; the default is both.
				r.facts.Sockets = append(r.facts.Sockets, doctor.Socket{Protocol: f.protocol, Addr: a.Unmap(), Port: uint16(n), DualStack: a.Is6()})
			}
		}
	}
}

// fou reads the ports at which tunnels in UDP are unpacked.
func (r *reader) fou() {
	if _, err := os.Stat("/sys/module/fou"); err != nil {
		return
	}
	if b, ok := r.tool("ip", "fou", "show"); ok {
		for line := range strings.Lines(string(b)) {
			if f := strings.Fields(line); len(f) > 1 && f[0] == "port" {
				if n, err := strconv.ParseUint(f[1], 10, 16); err == nil {
					r.facts.FOU = append(r.facts.FOU, uint16(n))
				}
			}
		}
	}
}
