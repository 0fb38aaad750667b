package web

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// A page of somebody else's can make its own name point here (DNS rebinding): a browser takes what is served
// for a part of that site, and gives it to its scripts. They cannot change the name that the browser
// sends, so a name that is not ours is refused. An address cannot be made to point anywhere.

// refusal is what whoever comes by another name is told.
const refusal = `421: this is not known as %q.

Nothing is told by names that are not this machine's: a foreign page could read it through a browser otherwise.
What works: an IP address, localhost, the host name (with a domain of /etc/resolv.conf), and what /etc/hosts
says beside the host name or of the address that is asked. A proxy in front sends one of them as Host.
`

// hostGuard refuses requests by names that are not ours.
type hostGuard struct {
	names *ownNames
	next  *http.ServeMux
	// programs are the patterns of what programs may read by any name: scrapers know a host by names that it
	// does not know itself.
	programs map[string]bool
}

func (g *hostGuard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if name := hostOf(r.Host); !g.names.has(name, localAddress(r)) && !g.forPrograms(r) {
		http.Error(w, fmt.Sprintf(refusal, name), http.StatusMisdirectedRequest)
		return
	}
	g.next.ServeHTTP(w, r)
}

func (g *hostGuard) forPrograms(r *http.Request) bool {
	_, pattern := g.next.Handler(r)
	return g.programs[pattern] && !fromBrowser(r)
}

// browserHeaders are in every request of today's browsers, one or the other, and no script can take them out:
// Accept-Language in all, the Sec- ones where the page counts as secure. Scrapers have no reason for them.
var browserHeaders = []string{"Accept-Language", "Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Ch-Ua", "Upgrade-Insecure-Requests", "Origin", "Referer", "Cookie"}

func fromBrowser(r *http.Request) bool {
	return slices.ContainsFunc(browserHeaders, func(h string) bool { _, there := r.Header[h]; return there }) ||
		strings.HasPrefix(r.UserAgent(), "Mozilla/")
}

// hostOf is the name in a Host header: without the port, brackets and the dot at the end, in small letters.
func hostOf(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// localAddress is the address that a request came to; none for a unix socket.
func localAddress(r *http.Request) netip.Addr {
	a, _ := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if a == nil {
		return netip.Addr{}
	}
	return a.AddrPort().Addr().Unmap()
}
