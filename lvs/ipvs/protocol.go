package ipvs

// The generic netlink family IPVS, version 1 (include/uapi/linux/ip_vs.h).
const (
	familyName    = "IPVS"
	familyVersion = 1
)

// Commands.
const (
	cmdNewService = 1
	cmdSetService = 2
	cmdDelService = 3
	cmdGetService = 4
	cmdNewDest    = 5
	cmdSetDest    = 6
	cmdDelDest    = 7
	cmdGetDest    = 8
	cmdNewDaemon  = 9
	cmdDelDaemon  = 10
	cmdGetDaemon  = 11
	cmdZero       = 16
	cmdFlush      = 17
)

// Attributes at the top of a message, each a nest.
const (
	attrService = 1
	attrDest    = 2
	attrDaemon  = 3
)

// Attributes of a service. Addresses and ports are in network order, all else in host order.
const (
	svcFamily    = 1  // u16
	svcProtocol  = 2  // u16
	svcAddr      = 3  // 4 or 16 bytes
	svcPort      = 4  // u16
	svcFWMark    = 5  // u32
	svcScheduler = 6  // string
	svcFlags     = 7  // u32 flags, u32 mask
	svcTimeout   = 8  // u32 seconds
	svcNetmask   = 9  // u32: IPv4 mask in network order, IPv6 prefix length
	svcStats     = 10 // nest
	svcPE        = 11
	svcStats64   = 12 // nest, Linux 4.1
)

// Flags of a service.
const (
	flagPersistent = 0x1
	flagHashed     = 0x2
	flagOnePacket  = 0x4
	flagsScheduler = 0x38
)

// Attributes of a destination.
const (
	destAddr       = 1  // 4 or 16 bytes
	destPort       = 2  // u16, network order
	destForward    = 3  // u32
	destWeight     = 4  // u32
	destUpper      = 5  // u32
	destLower      = 6  // u32
	destActive     = 7  // u32
	destInactive   = 8  // u32
	destPersistent = 9  // u32
	destStats      = 10 // nest
	destFamily     = 11
	destStats64    = 12 // nest, Linux 4.1
	destTunnelType = 13 // u8
	destTunnelPort = 14 // u16, network order
	destTunnelFlag = 15 // u16
)

// Attributes of statistics: all u64 in the newer nest, in the older one only those of octets.
const (
	statConnections = 1
	statPacketsIn   = 2
	statPacketsOut  = 3
	statBytesIn     = 4
	statBytesOut    = 5
)

// Attributes of a sync daemon.
const (
	daemonState     = 1 // u32
	daemonInterface = 2 // string
	daemonSyncID    = 3 // u32
	daemonMaxLen    = 4 // u16
	daemonGroup     = 5 // 4 bytes, network order
	daemonGroup6    = 6 // 16 bytes
	daemonPort      = 7 // u16, host order
	daemonTTL       = 8 // u8
)
