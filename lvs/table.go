package lvs

import (
	"fmt"
	"net/netip"
	"time"
)

// Protocol is an IP protocol that IPVS balances.
type Protocol uint8

// Protocols, by IP protocol number. A fwmark service has none.
const (
	NoProtocol Protocol = 0
	TCP        Protocol = 6
	UDP        Protocol = 17
	SCTP       Protocol = 132
)

// Forward is an IPVS forwarding method, numbered as in the kernel's IP_VS_CONN_F_FWD_MASK.
type Forward uint8

// Forwarding methods.
const (
	Masquerade Forward = 0
	Tunnel     Forward = 2
	Direct     Forward = 3
)

// ServiceKey identifies a virtual service in the kernel: an address with protocol and port, or a
// fwmark with a family. It is comparable.
type ServiceKey struct {
	Addr     netip.Addr // invalid for a fwmark
	Port     uint16
	Protocol Protocol
	FWMark   uint32
	Family   uint8 // 4 or 6
}

// Service is a virtual service with its options. Comparable.
type Service struct {
	ServiceKey
	Scheduler   string
	Persistent  bool
	Timeout     uint32 // persistence timeout in seconds
	Netmask     uint32 // IPv4: mask in host order (0xffffffff: /32); IPv6: prefix length
	OnePacket   bool
	Hashed      bool
	Flags       uint32 // scheduler flags 1 to 3, as bits 0x8, 0x10, 0x20 of the kernel
	Persistence string // persistence engine, "sip" or empty
}

// DestinationKey identifies a real server inside a service. Comparable.
type DestinationKey struct {
	Addr netip.Addr
	Port uint16
}

// Destination is a real server in the kernel. Comparable.
type Destination struct {
	DestinationKey
	Forward        Forward
	Weight         uint32
	UpperThreshold uint32
	LowerThreshold uint32
	TunnelType     uint8 // 0 ipip, 1 gue, 2 gre
	TunnelPort     uint16
	TunnelFlags    uint16 // 0 nocsum, 1 csum, 2 remcsum
}

// Connections are how many connections the kernel has to a destination, as ipvsadm counts them.
type Connections struct {
	Active     uint32 // established
	Inactive   uint32 // all others that have not expired
	Persistent uint32 // templates that keep a client with its real server
}

// Table is an IPVS table: wanted or found.
type Table map[ServiceKey]Entry

// Entry is a service with its destinations.
type Entry struct {
	Service      Service
	Destinations map[DestinationKey]Destination
}

// Operation is one write to the kernel.
type Operation struct {
	Verb        Verb
	Service     Service
	Destination Destination // for the destination verbs
}

// Verb says what an Operation does.
type Verb uint8

// Verbs.
const (
	AddService Verb = iota
	EditService
	DeleteService
	AddDestination
	EditDestination
	DeleteDestination
)

// Kernel is the IPVS table of the kernel. Implementations: lvs/ipvs for the real one, and a fake
// that prints itself as ipvsadm lines for tests.
type Kernel interface {
	// Read returns the services that want names (all when want is nil) as the kernel has them.
	Read(want func(ServiceKey) bool) (Table, error)
	// Apply executes operations in order, pipelined; result i belongs to operation i. An add of
	// what exists and a delete of what is missing are no errors.
	Apply(ops []Operation) []error
	Close() error
}

// Timeouts are how long IPVS keeps idle connections, in whole seconds.
type Timeouts struct{ TCP, TCPFin, UDP time.Duration }

// SyncRole is what a connection sync daemon does. Both can run at once.
type SyncRole uint32

// Roles of a sync daemon, numbered as in the kernel.
const (
	SyncMaster SyncRole = 1
	SyncBackup SyncRole = 2
)

// String names the role.
func (r SyncRole) String() string {
	switch r {
	case SyncMaster:
		return "master"
	case SyncBackup:
		return "backup"
	}
	return fmt.Sprintf("role %d", uint32(r))
}

// SyncDaemon is a connection sync daemon. Zero values take the kernel's defaults: 1472 bytes, port
// 8848, TTL 1, group 224.0.0.81.
type SyncDaemon struct {
	Role      SyncRole
	Interface string
	SyncID    uint32
	MaxLen    uint16
	Group     netip.Addr
	Port      uint16
	TTL       uint8
}
