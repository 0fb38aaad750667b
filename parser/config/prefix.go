package config

import (
	"net/netip"
	"strings"

	"github.com/holdfast-ha/holdfast/parser"
)

// prefixWord reads ip[/len]. Host bits are kept. A prefix length that does not fit is reported
// and the full length used; an address that does not parse is reported and ok is false.
func (d *decoder) prefixWord(w parser.Word) (p netip.Prefix, ok bool) {
	host, length, hasLength := strings.Cut(w.Text, "/")
	a, ok := parseIP(host)
	if !ok {
		d.problem("address", w, "%q is not an IP address", w.Text).Instead = "the entry is dropped"
		return netip.Prefix{}, false
	}
	bits := a.BitLen()
	if hasLength {
		if n, ok := parseUint(length); ok && n <= uint64(a.BitLen()) && length != "" {
			bits = int(n)
		} else {
			d.problem("prefix-length", w, "%s: prefix length must be 0 to %d", w.Text, a.BitLen()).
				Instead = "the full length is used"
		}
	}
	return netip.PrefixFrom(a, bits), true
}

// parseIP reads an IPv4 or IPv6 address as inet_pton does: no zone, and an IPv4 address inside an
// IPv6 one stays IPv6.
func parseIP(s string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return netip.Addr{}, false
	}
	return a, true
}
