package answer

import (
	"net/netip"
	"strconv"
	"strings"
)

// Protocol is the form of a request (http_protocol).
type Protocol string

// Forms of a request. HTTP/1.1 always asks for the connection to be closed.
const (
	HTTP10      Protocol = "1.0"
	HTTP10Close Protocol = "1.0C"
	HTTP11      Protocol = "1.1"
)

// UserAgent is keepalived's: filters of access logs and rules of servers know it.
const UserAgent = "KeepAliveClient"

// Request is one GET.
type Request struct {
	Path     string // as it is written, not checked
	Host     string // of the Host header
	Protocol Protocol
}

// Append adds the octets of the request to b.
func (r Request) Append(b []byte) []byte {
	version := "1.0"
	if r.Protocol == HTTP11 {
		version = "1.1"
	}
	b = append(b, "GET "...)
	b = append(b, r.Path...)
	b = append(b, " HTTP/"...)
	b = append(b, version...)
	b = append(b, "\r\nUser-Agent: "+UserAgent+"\r\n"...)
	if r.Protocol == HTTP10Close || r.Protocol == HTTP11 {
		b = append(b, "Connection: close\r\n"...)
	}
	b = append(b, "Host: "...)
	b = append(b, r.Host...)
	return append(b, "\r\n\r\n"...)
}

// Host is the Host header: the first name that is given, as it is written and without a port of ours,
// else address and port.
func Host(target netip.AddrPort, names ...string) string {
	for _, n := range names {
		if n != "" {
			return n
		}
	}
	addr := target.Addr().Unmap().WithZone("")
	if addr.Is4() {
		return target.Addr().Unmap().String() + ":" + strconv.Itoa(int(target.Port()))
	}
	return "[" + addr.String() + "]:" + strconv.Itoa(int(target.Port()))
}

// ServerName is what is sent in a TLS handshake (SNI): the first name that is given, without a port,
// which belongs into the Host header only; empty: nothing.
func ServerName(names ...string) string {
	for _, n := range names {
		if n == "" {
			continue
		}
		if host, port, found := strings.Cut(n, ":"); found && !strings.Contains(port, ":") {
			return host
		}
		return n
	}
	return ""
}
