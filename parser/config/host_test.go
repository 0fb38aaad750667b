package config

import (
	"net/netip"
	"path"
	"strings"
)

// fakeHost is a machine made of tables.
type fakeHost struct {
	interfaces map[string]Interface
	scripts    map[string]ScriptStatus
	users      map[string]uint32
	dirs       map[string]bool
	hosts      map[string]string
	namespaces map[string]bool
	names      map[string]uint32 // "table/name"
}

func (h *fakeHost) Interface(name string) (Interface, bool) {
	i, ok := h.interfaces[name]
	return i, ok
}

// Script knows the programs of the table by their path, and by their last part for a bare name.
func (h *fakeHost) Script(name string, uid, gid uint32) ScriptStatus {
	if !strings.Contains(name, "/") {
		for p, s := range h.scripts {
			if path.Base(p) == name && !s.Symlinked {
				return s
			}
		}
	}
	if s, ok := h.scripts[name]; ok {
		return s
	}
	return ScriptStatus{Missing: true}
}

func (h *fakeHost) User(name string) (uid, gid uint32, ok bool) {
	id, ok := h.users[name]
	return id, id, ok
}

func (h *fakeHost) Group(name string) (uint32, bool) {
	id, ok := h.users[name]
	return id, ok
}

func (h *fakeHost) LookupIP(name string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(h.hosts[name])
	return a, err == nil
}

func (h *fakeHost) DirExists(dir string) bool { return h.dirs[dir] }

func (h *fakeHost) NameID(table, name string) (uint32, bool) {
	id, ok := h.names[table+"/"+name]
	return id, ok
}

func (h *fakeHost) NetNamespace(name string) bool { return h.namespaces[name] }

// mergedUsr gives the programs below /usr, as on a Debian where /bin and /sbin are links.
func mergedUsr(programs ...string) map[string]ScriptStatus {
	m := map[string]ScriptStatus{}
	for _, p := range programs {
		m["/usr/"+p] = ScriptStatus{Resolved: "/usr/" + p}
		link, _, _ := strings.Cut(p, "/")
		m["/"+p] = ScriptStatus{Symlinked: true, Component: "/" + link, Resolved: "/usr/" + p}
	}
	return m
}

func (h *fakeHost) CPUs() int { return 2 }

// labHost is the namespace in which keepalived answered the differential tests.
func labHost() *fakeHost {
	eth := func(i int) Interface { return Interface{Index: i, MTU: 1500, Multicast: true, HasIPv4: true} }
	nomc, bare := eth(5), eth(4)
	nomc.Multicast, bare.HasIPv4 = false, false
	return &fakeHost{
		interfaces: map[string]Interface{
			"lo":   {Index: 1, MTU: 65536, Loopback: true, HasIPv4: true},
			"eth0": eth(2), "eth1": eth(3), "eth2": bare, "nomc": nomc,
		},
		scripts: mergedUsr("bin/true", "bin/false", "bin/echo", "bin/sleep", "bin/test", "bin/touch",
			"bin/bash", "bin/sh", "bin/pgrep", "bin/pidof", "bin/systemctl", "bin/curl", "bin/killall", "sbin/service"),
		users: map[string]uint32{"root": 0, "nobody": 65534},
		hosts: map[string]string{"localhost": "127.0.0.1"},
		dirs:  map[string]bool{"/": true, "/tmp": true, "/etc": true, "/tmp/holdfast-test": true},
	}
}
