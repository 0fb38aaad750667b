package hostinfo

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/script"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// lookupTimeout bounds the wait for a name server.
const lookupTimeout = 5 * time.Second

// Host is this machine.
type Host struct {
	// Err is the first thing that could not be read; the questions about it were answered as if
	// there were nothing.
	Err error

	tableDirs     []string // of iproute2, the first counts most
	passwd, group string   // files

	links    map[string]config.Interface
	accounts *accounts
	tables   map[string]map[string]uint32 // by directories and table
}

var _ config.Host = (*Host)(nil)

// New returns this machine as it will be at the first question, in the network namespace of the
// asking thread.
func New() *Host {
	return &Host{
		tableDirs: []string{"/etc/iproute2", "/usr/share/iproute2", "/usr/lib/iproute2"},
		passwd:    "/etc/passwd",
		group:     "/etc/group",
	}
}

// failed keeps the first error.
func (h *Host) failed(err error) {
	if h.Err == nil {
		h.Err = err
	}
}

// Interface implements config.Host.
func (h *Host) Interface(name string) (config.Interface, bool) {
	if h.links == nil {
		links, err := readLinks()
		if err != nil {
			h.failed(err)
			links = map[string]config.Interface{}
		}
		h.links = links
	}
	i, ok := h.links[name]
	return i, ok
}

// NamespacePath is the file of a network namespace, given as a name of ip-netns(8) or as a path.
func NamespacePath(name string) string {
	if strings.Contains(name, "/") {
		return name
	}
	return filepath.Join("/run/netns", name)
}

// NetNamespace tells whether there is a network namespace of that name.
func (h *Host) NetNamespace(name string) bool {
	_, err := os.Stat(NamespacePath(name))
	return err == nil
}

// Script implements config.Host.
func (h *Host) Script(path string, uid, gid uint32) config.ScriptStatus {
	return config.ScriptStatus(script.Inspect(script.OSFiles{}, path, uid, gid, os.Getenv("PATH")))
}

// User implements config.Host. A number needs an account as well, for its primary group.
func (h *Host) User(name string) (uid, gid uint32, ok bool) {
	a := h.readAccounts()
	u, ok := a.users[name]
	if id, number := parseID(name); !ok && number {
		u, ok = a.ids[id]
	}
	return u.uid, u.gid, ok
}

// Group implements config.Host. A number is taken as it is.
func (h *Host) Group(name string) (uint32, bool) {
	if gid, ok := h.readAccounts().groups[name]; ok {
		return gid, true
	}
	return parseID(name)
}

// LookupIP implements config.Host.
func (h *Host) LookupIP(name string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(name); err == nil {
		return a, true
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookupTimeout)
	defer cancel()
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", name)
	if err != nil || len(addrs) == 0 {
		return netip.Addr{}, false
	}
	return addrs[0].Unmap(), true
}

// maxSecret is more than any key has octets.
const maxSecret = 4096

// Secret reads the file of a key. A line break at its end is not part of the key. exposed tells that
// others than its owner may read it.
func (h *Host) Secret(path string) (text string, exposed bool, err error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0) // nobody writes into a FIFO here
	if err != nil {
		return "", false, fmt.Errorf("read key: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", false, fmt.Errorf("read key: %w", err)
	}
	if !info.Mode().IsRegular() {
		return "", false, fmt.Errorf("read key: %s is no file", path)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxSecret))
	if err != nil {
		return "", false, fmt.Errorf("read key: %w", err)
	}
	if text = strings.TrimRight(string(b), "\r\n"); text == "" {
		return "", false, fmt.Errorf("read key: %s is empty", path)
	}
	return text, info.Mode().Perm()&0o077 != 0, nil
}

// DirExists implements config.Host.
func (h *Host) DirExists(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
