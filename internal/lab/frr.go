package lab

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// The programs of FRRouting, another implementation of VRRP version 3. zebra tells vrrpd of interfaces.
const (
	zebraPath = "/usr/lib/frr/zebra"
	vrrpdPath = "/usr/lib/frr/vrrpd"
	frrDir    = "/run/frr"
)

// FRR is an FRRouting on a host, a virtual router with its virtual MAC address on eth0.
type FRR struct {
	*Host
	config       string
	zebra, vrrpd *Process
}

// FRRRouter is how an [FRR] takes part.
type FRRRouter struct {
	VRID, Priority int
	Interval       time.Duration // a whole number of hundredths of a second
	Virtual        []netip.Addr  // of both families
}

// FRR makes the interfaces that FRRouting wants to find: a macvlan for each family, with the virtual
// MAC address and the addresses.
func (h *Host) FRR(r FRRRouter) (*FRR, error) {
	var links, config strings.Builder
	fmt.Fprintf(&config, "interface eth0\n vrrp %d version 3\n vrrp %d priority %d\n vrrp %d advertisement-interval %d\n",
		r.VRID, r.VRID, r.Priority, r.VRID, r.Interval.Milliseconds())
	for _, six := range []bool{false, true} {
		family, word, suffix := 4, "ip", "24"
		if six {
			family, word, suffix = 6, "ipv6", "64"
		}
		link := fmt.Sprintf("vrrp%d", family)
		fmt.Fprintf(&links, "link add %s link eth0 type macvlan mode bridge\nlink set %s address 00:00:5e:00:%02x:%02x\n", link, link, family/2-1, r.VRID)
		for _, a := range r.Virtual {
			if a.Is6() == six {
				fmt.Fprintf(&links, "address add %s/%s dev %s\n", a, suffix, link)
				fmt.Fprintf(&config, " vrrp %d %s %s\n", r.VRID, word, a)
			}
		}
		fmt.Fprintf(&links, "link set %s up\n", link)
		if err := h.IP(links.String()); err != nil {
			return nil, err
		}
		links.Reset()
	}
	f := &FRR{Host: h, config: config.String()}
	// It runs as a user of its own, who makes sockets there.
	if _, err := h.Exec("install", "-d", "-o", "frr", "-g", "frr", frrDir); err != nil {
		return nil, err
	}
	return f, nil
}

// Start starts zebra and vrrpd.
func (f *FRR) Start() error {
	if err := f.WriteFile(frrDir+"/vrrpd.conf", f.config, 0o644); err != nil {
		return err
	}
	common := []string{"-z", frrDir + "/zserv.api", "--vty_socket", frrDir, "--log", "stdout"}
	var err error
	if f.zebra == nil {
		if f.zebra, err = f.Host.Start(zebraPath, append([]string{"-i", frrDir + "/zebra.pid", "-f", "/dev/null"}, common...)...); err != nil {
			return err
		}
		for end := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
			if _, err := f.Exec("test", "-S", frrDir+"/zserv.api"); err == nil {
				break
			}
			if time.Now().After(end) {
				return fmt.Errorf("%s: zebra does not listen: %s", f.Name, f.zebra.Last(10))
			}
		}
	}
	f.vrrpd, err = f.Host.Start(vrrpdPath, append([]string{"-i", frrDir + "/vrrpd.pid", "-f", frrDir + "/vrrpd.conf"}, common...)...)
	return err
}

// Stop ends vrrpd; a MASTER says farewell.
func (f *FRR) Stop() error { return f.vrrpd.Stop(10 * time.Second) }

// Log is what vrrpd said at last.
func (f *FRR) Log() string { return f.vrrpd.Last(30) }
