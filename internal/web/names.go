package web

import (
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// namesAge is how long what the host says of its names serves.
const namesAge = 5 * time.Second

// maxNames bounds what is read of a file, in octets.
const maxNames = 1 << 20

// ownNames knows the names of this machine. Its own name comes from the kernel; what belongs to it, from
// files that root alone writes. No resolver is asked: its answers are what rebinding forges.
type ownNames struct {
	hosts, resolv string // /etc/hosts and /etc/resolv.conf
	hostname      func() (string, error)

	mu   sync.Mutex
	read time.Time
	own  map[string]bool         // the host name, with each domain, and what stands beside it in hosts
	at   map[netip.Addr][]string // all names in hosts, by address
}

func systemNames() *ownNames {
	return &ownNames{hosts: "/etc/hosts", resolv: "/etc/resolv.conf", hostname: os.Hostname}
}

// has tells whether a name is this machine's for who asks at an address of it. An empty name, which no browser
// sends, is; so is every name on a unix socket, which no browser reaches and whose address is none.
func (n *ownNames) has(name string, at netip.Addr) bool {
	if name == "" || !at.IsValid() || name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.read.IsZero() || time.Since(n.read) > namesAge {
		n.load()
		n.read = time.Now()
	}
	// Block lists give names of others to the loopback.
	return n.own[name] || !at.IsLoopback() && slices.Contains(n.at[at], name)
}

// load reads the names; n.mu is held. What cannot be read has none.
func (n *ownNames) load() {
	n.own, n.at = map[string]bool{}, map[netip.Addr][]string{}
	host, err := n.hostname()
	if err != nil || host == "" {
		return
	}
	host = strings.ToLower(host)
	short, _, _ := strings.Cut(host, ".")
	n.own[host], n.own[short] = true, true
	for _, fields := range fieldsOf(n.resolv) {
		if fields[0] == "search" || fields[0] == "domain" {
			for _, domain := range fields[1:] {
				n.own[short+"."+strings.ToLower(strings.Trim(domain, "."))] = true
			}
		}
	}
	for _, fields := range fieldsOf(n.hosts) {
		address, err := netip.ParseAddr(fields[0])
		if err != nil {
			continue
		}
		names := strings.Fields(strings.ToLower(strings.Join(fields[1:], " ")))
		n.at[address.Unmap()] = append(n.at[address.Unmap()], names...)
		if short != "localhost" && (slices.Contains(names, host) || slices.Contains(names, short)) {
			for _, name := range names {
				n.own[name] = true
			}
		}
	}
}

// fieldsOf are the words of each line of a file that has any, without comments.
func fieldsOf(path string) [][]string {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	text, _ := io.ReadAll(io.LimitReader(f, maxNames)) // what came before an error counts
	var all [][]string
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		if fields := strings.Fields(line); len(fields) > 0 {
			all = append(all, fields)
		}
	}
	return all
}
