package lab

import (
	"fmt"
	"path/filepath"
	"strings"
)

// Link connects the host to a switch by an interface with the given addresses, each with its prefix
// length.
func (h *Host) Link(s *Switch, link string, addresses ...string) error {
	port := h.port(link)
	frame := s.network.frame
	err := frame.IP(fmt.Sprintf(
		"link add name %[1]s type veth peer name %[2]s netns %[3]s\nlink set dev %[1]s master %[4]s\nlink set dev %[1]s up",
		port, link, filepath.Base(h.path()), s.Name))
	if err != nil {
		return fmt.Errorf("link %s to %s: %w", h.Name, s.Name, err)
	}
	lines := []string{"link set " + link + " up"}
	for _, a := range addresses {
		lines = append(lines, addressLine(a, link))
	}
	return h.IP(strings.Join(lines, "\n"))
}

func addressLine(address, link string) string {
	line := "address add " + address + " dev " + link
	if strings.Contains(address, ":") {
		line += " nodad"
	}
	return line
}

// Address adds an address to an interface.
func (h *Host) Address(link, address string) error { return h.IP(addressLine(address, link)) }

// Router makes the host forward packets of both families.
func (h *Host) Router() error {
	if err := h.Sysctl("net.ipv4.ip_forward", "1"); err != nil {
		return err
	}
	return h.Sysctl("net.ipv6.conf.all.forwarding", "1")
}

// port names the switch's end of a link: the host's name alone for the first interface.
func (h *Host) port(link string) string {
	if link == "eth0" {
		return h.Name
	}
	return h.Name + "-" + strings.TrimPrefix(link, "eth")
}

// Cut pulls the cable: no frame passes and the host sees the carrier go.
func (h *Host) Cut(link string) error {
	return h.network.frame.IP("link set dev " + h.port(link) + " down")
}

// Restore plugs the cable in again and undoes [Host.Isolate].
func (h *Host) Restore(link string) error {
	return h.network.frame.IP("link set dev " + h.port(link) + " up")
}

// Isolate drops every frame in the switch, both ways: the host sees nothing but silence, as with
// a switch that lost its way or a host whose kernel stopped.
func (h *Host) Isolate(link string) error { return h.portState(link, "0") }

// Rejoin undoes [Host.Isolate].
func (h *Host) Rejoin(link string) error { return h.portState(link, "3") }

// portState sets the state of a switch's port by its number in the spanning tree protocol.
func (h *Host) portState(link, state string) error {
	_, err := h.network.frame.Exec("bridge", "link", "set", "dev", h.port(link), "state", state)
	return err
}

// Impair gives a link the properties that netem knows ("delay 5ms loss 1%"), both ways.
func (h *Host) Impair(link, netem string) error { return h.netem(link, netem) }

func (h *Host) netem(link, what string) error {
	args := func(dev string) []string {
		return append([]string{"qdisc", "replace", "dev", dev, "root", "netem"}, strings.Fields(what)...)
	}
	if _, err := h.network.frame.Exec("tc", args(h.port(link))...); err != nil {
		return err
	}
	_, err := h.Exec("tc", args(link)...)
	return err
}
