package wiring

import (
	"net/netip"

	"github.com/holdfast-ha/holdfast/checkers/dial"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// networkCheck fills in what a check of the network does; false: it is none that is made.
func networkCheck(k *director.Check, c *config.Checker, r *config.RealServer) bool {
	e := endpoint(c, r)
	switch {
	case c.Type == "TCP_CHECK":
		k.TCP = &e
	case c.Type == "SMTP_CHECK":
		k.SMTP = &director.SMTPCheck{Endpoint: e, Helo: c.Helo}
	case c.Type == "DNS_CHECK" && c.DNS != nil:
		k.DNS = &director.DNSCheck{Endpoint: e, Type: c.DNS.Type, Name: c.DNS.Name}
	default:
		return false
	}
	return true
}

// endpoint is what a check connects to: where it says nothing, the real server.
func endpoint(c *config.Checker, r *config.RealServer) dial.Endpoint {
	addr, port := c.ConnectAddr, c.ConnectPort
	if !addr.IsValid() {
		addr = r.Addr
	}
	if port == 0 {
		port = r.Port
	}
	return dial.Endpoint{
		Target:  netip.AddrPortFrom(addr, port),
		Bind:    netip.AddrPortFrom(c.BindAddr, c.BindPort),
		BindIf:  c.BindIf,
		Mark:    c.FWMark,
		Timeout: c.ConnectTimeout,
	}
}
