package config

import "net/netip"

// Host answers what validation has to know about the machine. The real one is internal/hostinfo;
// tests use a table. Answers may be cached: one Load sees one state of the host.
type Host interface {
	// Interface tells of a network interface; ok is false when there is none of that name.
	Interface(name string) (i Interface, ok bool)
	// Script checks a script as keepalived's security rules do for a run as uid and gid.
	Script(path string, uid, gid uint32) ScriptStatus
	// User resolves a user name or number and its primary group.
	User(name string) (uid, gid uint32, ok bool)
	// Group resolves a group name or number.
	Group(name string) (gid uint32, ok bool)
	// LookupIP resolves a mail host; it may use DNS and is only asked for smtp_server.
	LookupIP(name string) (netip.Addr, bool)
	// DirExists tells whether a directory exists (track_file).
	DirExists(path string) bool
	// NameID resolves a name of iproute2's tables: "table", "scope", "protocol", "realm", "dsfield", "group".
	NameID(table, name string) (uint32, bool)
}

// A Host may answer more: NamesIn(etc, usr string) has NameID look into other directories from then on,
// of which an empty one stays as it is, NetNamespace(name string) bool tells whether a network namespace exists
// (without it every one does), CPUs() int how many processors there are, and Secret(path string)
// (text string, exposed bool, err error) what is in the file of a key, which is not empty, and whether
// others than its owner may read it (without it the key stays unknown).

// Interface is what validation asks about a network interface.
type Interface struct {
	Index     int
	MTU       int
	Loopback  bool
	Multicast bool
	HasIPv4   bool
	Table     uint32 // the routing table of a VRF
	Kind      string // link kind, e.g. "macvlan"; empty for a physical one
	Base      string // the interface that it stands on, if any
	Hardware  []byte // its link layer address
}

// AnyKind is the kind of an interface that may be of any.
const AnyKind = "any"

// ScriptStatus is the outcome of looking at a script's path.
type ScriptStatus struct {
	Missing       bool // no such file
	NotExecutable bool
	Insecure      bool   // a path component is writable by others than root
	Symlinked     bool   // a component before the last is a symbolic link: keepalived 2.3 and later disable it
	Component     string // the path component at fault
	Detail        string // mode or owner at fault
	Resolved      string // all symbolic links followed
	Program       string // as found in PATH, those of its directory followed
}
