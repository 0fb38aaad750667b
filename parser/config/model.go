package config

import (
	"net/netip"
	"time"

	"github.com/holdfast-ha/holdfast/parser"
)

// Config is a whole configuration: defaults resolved, references checked, units converted.
type Config struct {
	Global Global

	Scripts        []VRRPScript
	TrackFiles     []TrackFile
	TrackProcesses []TrackProcess
	BFDs           []BFD

	SyncGroups []SyncGroup
	Instances  []Instance

	StaticAddresses []Address
	StaticRoutes    []Route
	StaticRules     []Rule
	TrackGroups     []TrackGroup
	GarpGroups      []GarpGroup
	InterfaceDelays []InterfaceDelay
	Linkbeat        []LinkbeatInterface

	SSL                 *SSL
	VirtualServerGroups []VirtualServerGroup
	VirtualServers      []VirtualServer
}

// Tristate is a setting that the file may leave unsaid.
type Tristate uint8

// Tristate values; Unset is the zero value.
const (
	Unset Tristate = iota
	Off
	On
)

// Script is a command with the account it runs as.
type Script struct {
	Pos         parser.Pos
	Command     string   // as written
	Args        []string // split as keepalived splits it; Args[0] is the program
	User, Group string   // as written or inherited; empty: the daemon's own
	UID, GID    uint32
	// Supplementary asks for the user's supplementary groups as well (a group word with a colon).
	Supplementary bool
	Insecure      bool // violates the script security rules, runs only because security is off
	// Program is the path of Args[0] as found in PATH, the links in its directory resolved, and File
	// what it leads to where it is itself a link. Both are empty until the host has been asked.
	Program, File string
}

// Global holds global_defs and the top-level process settings.
type Global struct {
	RouterID       string
	NetNamespace   string
	NetNSIPVS      string
	NetNSIPVSSet   bool
	Instance       string // "instance" keyword: suffix of pid files and log idents
	UsePidDir      bool
	ChildWaitTime  time.Duration // default 5 s
	LinkbeatPoll   bool
	NamespaceIPSet bool

	EmailFrom      string
	EmailTo        []string
	SMTPServer     string // host or address as written
	SMTPPort       uint16
	SMTPHelo       string
	SMTPTimeout    time.Duration
	SMTPTimeoutSet bool
	SMTPAlert      Tristate
	SMTPAlertVRRP  Tristate
	SMTPAlertCheck Tristate
	NoEmailFaults  bool
	NoCheckerMails bool

	StartupScript         *Script
	StartupScriptTimeout  time.Duration
	ShutdownScript        *Script
	ShutdownScriptTimeout time.Duration

	DynamicInterfaces        bool
	DynamicInterfacesChanges bool // allow_if_changes
	DefaultInterface         string
	DisableLocalIGMP         bool

	MulticastGroup4, MulticastGroup6 netip.Addr
	GARP                             GARPSettings
	GARPInterval, GNAInterval        time.Duration
	DownTimerAdverts                 int
	LowerPrioNoAdvert                bool
	HigherPrioSendAdvert             bool
	VRRPVersion                      int // 0 unset, 2 or 3
	CheckUnicastSrc                  bool
	SkipCheckAdvAddr                 bool
	Strict                           bool
	V3ChecksumAsV2                   bool
	OwnerIgnoreAdverts               bool
	NotifyPriorityChanges            bool
	StartupDelay                     time.Duration // vrrp_startup_delay
	DelayAfterBoot                   time.Duration
	LogUnknownVRIDs                  bool
	VMACPrefix, VMACAddrPrefix       string
	RxBufsPolicy                     string // "", MTU, ADVERT or a number
	RxBufsMultiplier                 int
	FIFOStatesOnReload               bool

	NotifyFIFO, VRRPNotifyFIFO, LVSNotifyFIFO FIFO

	VRRPProcess, CheckerProcess, BFDProcess ProcessSettings
	ProcessNames                            bool
	ProcessName                             string
	MaxAutoPriority                         int // -1 off, 0 unset
	MinAutoPriorityDelay                    time.Duration

	ScriptUser, ScriptGroup string
	ScriptSecurity          bool
	UseSymlinkPaths         bool
	SupplementaryGroups     bool
	ScriptAccount           ScriptAccount

	IPTables, IPSets      []string // nil: keyword not used
	NFTables              string
	NFTablesPriority      int
	NFTablesIfindex       bool
	NFTablesCounters      bool
	NFTablesIPVS          string
	NFTablesIPVSPriority  int
	NFTablesIPVSFirstMark uint32

	LVSTimeouts     LVSTimeouts
	LVSFlush        bool
	LVSFlushOnStop  string // "", "all" or "VS"
	LVSSync         *LVSSync
	RSInitNotifies  bool
	LogAllFailures  bool
	Netlink         map[string]NetlinkBuffer // vrrp_cmd, vrrp_monitor, lvs_cmd, lvs_monitor, process_monitor
	SNMP            SNMP
	DBus            bool
	DBusService     string
	DBusNoInterface string

	Umask           int // -1: not set
	RandomSeed      uint64
	RandomSeedSet   bool
	ReloadCheck     Tristate
	ReloadCheckLog  string
	ReloadTimeFile  string
	ReloadRepeat    bool
	ReloadFile      string
	IncludeCheck    []string
	ConfigSaveDir   string
	TmpConfigDir    string
	DataUseInstance bool
	JSONVersion     int
	IPRouteUsrDir   string
	IPRouteEtcDir   string
	StateDumpFile   string
	StatsDumpFile   string
	JSONDumpFile    string

	// Holdfast's own keywords (design 1.2).
	LVSActiveAlways      bool          // lvs_active always
	Handover             bool          // default true
	LVSReconcileInterval time.Duration // default 10 s, 0 off
	ShareProbes          bool          // equal checks share a probe
	StatusListen         string        // address:port, or the path of a unix socket; empty: nothing listens
	MetricsListen        string        // the same
	StatusTokenFile      string        // a path from the root on
}

// NetlinkBuffer is a receive buffer size in octets; Force passes net.core.rmem_max.
type NetlinkBuffer struct {
	Size  uint32
	Force bool
}

// ScriptAccount is the account of scripts that name none, as the host knows it.
type ScriptAccount struct {
	UID, GID uint32
	// VRRP and LVS tell for which scripts it is used: keepalived's processes look it up when the first
	// script asks for it.
	VRRP, LVS bool
}

// FIFO is a notify FIFO with its reader.
type FIFO struct {
	Path        string
	User, Group string
	UID, GID    uint32
	Script      *Script
}

// ProcessSettings are the scheduling settings of one process.
type ProcessSettings struct {
	Name         string
	Nice         int
	NoSwap       bool
	RTPriority   int // 0: not real-time
	CPUs         []int
	RLimitRTTime time.Duration
}

// SNMP holds the SNMP switches.
type SNMP struct {
	Socket                                 string
	Traps, VRRP, RFCv2, RFCv3, Checker     bool
	VSStatsInterval, RSStatsUpdateInterval time.Duration
}

// LVSTimeouts are IPVS timeouts; zero leaves the kernel's value.
type LVSTimeouts struct{ TCP, TCPFin, UDP time.Duration }

// LVSSync is the IPVS connection sync daemon.
type LVSSync struct {
	Interface string
	Instance  string // the vrrp_instance it follows, may be empty
	ID        int    // -1: the instance's VRID
	MaxLen    int
	Port      int
	TTL       int
	Group     netip.Addr
}

// GARPSettings are the gratuitous ARP / unsolicited NA repeats and delays.
type GARPSettings struct {
	Delay          time.Duration // delay of the second set; 0: none
	Repeat         int
	Refresh        time.Duration // 0: no refresh
	RefreshRepeat  int
	LowerPrioDelay time.Duration
	LowerPrioRep   int
	MinGARP        bool
	ExtraIf        time.Duration
	ExtraIfAll     bool
}

// State is an instance's configured start state.
type State uint8

// Start states.
const (
	Backup State = iota
	Master
)

// AuthType is VRRPv2 authentication.
type AuthType uint8

// Authentication types.
const (
	NoAuth AuthType = iota
	Pass
	AH
)

// Instance is one vrrp_instance after inheritance from global_defs.
type Instance struct {
	Pos       parser.Pos
	Name      string
	Family    int // 4 or 6
	Interface string
	VRF       string
	VRID      uint8
	Version   int // 2 or 3
	State     State
	StateSet  bool
	Priority  uint8
	AdvertInt time.Duration
	Disabled  bool // keepalived starts it in FAULT for a configuration reason; see Reason
	Reason    string

	Addresses    []Address
	Excluded     []Address
	Routes       []Route
	Rules        []Rule
	NoVIP        bool // no_virtual_ipaddress
	MulticastSrc netip.Addr
	MulticastDst netip.Addr // the group used, resolved
	UnicastSrc   netip.Addr
	UnicastPeers []UnicastPeer
	Unicast      bool
	// UnicastIgnored: there are unicast settings, but for want of a peer multicast is used.
	UnicastIgnored bool
	UnicastTTL     int // -1: not set
	FaultNoPeer    bool
	CheckUniSrc    bool
	OldChecksum    string // "", "never"
	TrackSrcIP     bool

	Auth     AuthType
	AuthPass string
	HMAC     *HMAC

	NoPreempt            bool
	PreemptDelay         time.Duration
	Accept               bool
	NoAccept             bool
	Strict               bool
	SkipCheckAdvAddr     bool
	V3ChecksumAsV2       bool
	LowerPrioNoAdvert    bool
	HigherPrioSendAdvert bool
	OwnerIgnoreAdverts   bool
	DontTrackPrimary     bool
	PromoteSecondaries   bool
	DownTimerAdverts     int
	TimerExpiredBackup   int // 0 off
	GARP                 GARPSettings
	RxBufSize            int
	Debug                int
	LinkbeatPoll         bool
	LVSSyncInterface     string

	VMAC   *VMAC
	IPVLAN *IPVLAN

	TrackInterfaces []Track
	TrackScripts    []Track
	TrackFiles      []Track
	TrackProcesses  []Track
	TrackBFDs       []Track

	NotifyMaster, NotifyBackup, NotifyFault *Script
	NotifyStop, NotifyDeleted, Notify       *Script
	NotifyMasterRxLowerPri                  *Script
	NotifyDeletedSet                        bool
	SMTPAlert                               bool
	NotifyPriorityChanges                   bool
}

// UnicastPeer is one entry of unicast_peer. TTL limits are -1 when not set.
type UnicastPeer struct {
	Addr           netip.Addr
	MinTTL, MaxTTL int
}

// HMAC is the auth_hmac block.
type HMAC struct {
	Keys      []HMACKey
	ActiveKey uint8
	Window    time.Duration
	Monotonic bool
	Mode      string // enforce, permissive, receive-only
}

// HMACKey is one key of auth_hmac. The key is never printed.
type HMACKey struct {
	ID   uint8
	Key  []byte
	File string
}

// VMAC is the use_vmac settings.
type VMAC struct {
	Use       bool   // use_vmac: the instance has an interface of its own
	Name      string // empty: generated
	MAC       []byte
	Notify    bool
	Group     string
	GroupID   uint32
	XmitBase  bool
	AddrVMACs bool // use_vmac_addr
}

// IPVLAN is the use_ipvlan settings.
type IPVLAN struct {
	Name    string
	Source  netip.Prefix
	Mode    string
	Group   string
	GroupID uint32
}

// Track is one line of a track_* block; Weight is the line's or the tracked object's own.
type Track struct {
	Pos     parser.Pos
	Name    string
	Weight  int
	Reverse bool
}

// Address is an address-entry.
type Address struct {
	Pos          parser.Pos
	Prefix       netip.Prefix // host bits kept
	Dev          string       // resolved
	DevSet       bool
	Scope        uint8 // kernel number; 0 global
	Label        string
	Broadcast    netip.Addr
	BroadcastAll string // "+" or "-" as written
	Peer         netip.Prefix
	Home         bool
	DAD          bool // -nodad given
	MngTmpAddr   bool
	NoPrefixRte  bool
	AutoJoin     bool
	PreferredLft uint32 // seconds; only with PreferredSet
	PreferredSet bool
	NoTrack      bool
	TrackGroup   string
	UseVMAC      bool
}

// Route is a route-entry. Names of iproute2's tables are resolved.
type Route struct {
	Pos        parser.Pos
	Words      []string
	Family     int
	Type       string
	Dst        netip.Prefix // invalid: default
	Src        netip.Addr
	Via, Via2  netip.Addr
	Dev        string
	Table      uint32
	Metric     uint32
	Scope      int // -1 unset
	TOS        uint8
	OnLink     bool
	MTU        uint32
	MTULock    bool
	NoTrack    bool
	TrackGroup string
	Options    []Option // the remaining words with their values, in order
	NextHops   []NextHop
}

// Option is a word of a route or rule with its value.
type Option struct {
	Name  string
	Value string
	Lock  bool
}

// NextHop is one nexthop of a route.
type NextHop struct {
	Via     netip.Addr
	Dev     string
	Weight  int
	OnLink  bool
	Options []Option
}

// Rule is a rule-entry. Names of iproute2's tables and of protocols are resolved.
type Rule struct {
	Pos        parser.Pos
	Words      []string
	Family     int
	Not        bool
	From, To   netip.Prefix
	IIF, OIF   string
	Priority   uint32
	Table      uint32
	Action     string // "", goto, nop, blackhole, unreachable, prohibit
	Goto       uint32
	NoTrack    bool
	TrackGroup string
	Options    []Option
}

// SyncGroup is a vrrp_sync_group.
type SyncGroup struct {
	Pos                                             parser.Pos
	Name                                            string
	Members                                         []string
	TrackInterfaces, TrackScripts, TrackFiles       []Track
	TrackProcesses, TrackBFDs                       []Track
	NotifyMaster, NotifyBackup, NotifyFault         *Script
	NotifyStop, Notify                              *Script
	SMTPAlert, TrackingWeight, NotifyPriorityChange bool
}

// VRRPScript is a vrrp_script.
type VRRPScript struct {
	Pos               parser.Pos
	Name              string
	Script            *Script
	Interval, Timeout time.Duration
	Weight            int
	Reverse           bool
	Rise, Fall        int
	InitFail          bool
}

// TrackFile is a track_file or vrrp_track_file.
type TrackFile struct {
	Pos       parser.Pos
	Name      string
	File      string
	Weight    int
	Reverse   bool
	Init      bool
	InitValue int
	Overwrite bool
	VRRPOnly  bool
}

// TrackProcess is a vrrp_track_process.
type TrackProcess struct {
	Pos                        parser.Pos
	Name                       string
	Process                    string
	Params                     []string
	ParamMatch                 string
	Weight                     int
	Reverse                    bool
	Quorum                     int
	QuorumMax                  int // -1 unlimited
	TerminateDelay, ForkDelay  time.Duration
	FullCommand, ParamMatchSet bool
}

// BFD is a bfd_instance.
type BFD struct {
	Pos                  parser.Pos
	Name                 string
	Source, Neighbour    netip.Addr
	MinRx, MinTx, IdleTx time.Duration
	Multiplier           int
	Passive, MultiHop    bool
	TTL, MaxHops         int
	Weight               int
	Reverse              bool
	VRRP, Checker        bool
}

// TrackGroup is a track_group.
type TrackGroup struct {
	Pos       parser.Pos
	Name      string
	Instances []string
}

// GarpGroup is a garp_group.
type GarpGroup struct {
	Pos                       parser.Pos
	GARPInterval, GNAInterval time.Duration
	Interfaces                []string
}

// InterfaceDelay is an entry of interface_up_down_delays.
type InterfaceDelay struct {
	Interface string
	Down, Up  time.Duration
}

// LinkbeatInterface is an entry of linkbeat_interfaces.
type LinkbeatInterface struct{ Interface, Method string }

// SSL is the global SSL block.
type SSL struct{ Password, CA, Certificate, Key string }

// Forward is an IPVS forwarding method (lb_kind).
type Forward uint8

// Forwarding methods.
const (
	NAT Forward = iota
	DR
	TUN
)

// Method is a forwarding method with its tunnel options.
type Method struct {
	Forward  Forward
	Tunnel   string // "", ipip, gue, gre
	Port     uint16
	Checksum string // "", nocsum, csum, remcsum
}

// VirtualServerGroup is a virtual_server_group.
type VirtualServerGroup struct {
	Pos     parser.Pos
	Name    string
	Entries []GroupEntry
}

// GroupEntry is one line of a virtual_server_group: a range of addresses or a fwmark.
type GroupEntry struct {
	Pos         parser.Pos
	First, Last netip.Addr // equal for a single address; invalid for a fwmark
	Port        uint16
	FWMark      uint32
	Family      int // of a fwmark
}

// VirtualServer is a virtual_server after inheritance. Exactly one of Addr, FWMark and Group is set.
type VirtualServer struct {
	Pos      parser.Pos
	Addr     netip.Addr
	Port     uint16
	FWMark   uint32
	Group    string
	Family   int    // 4 or 6
	Protocol string // TCP, UDP, SCTP; empty for a fwmark

	Scheduler            string
	Method               Method
	Flag1, Flag2, Flag3  bool
	OPS, Hashed          bool
	Persistence          time.Duration // 0: off
	Granularity          netip.Addr    // IPv4 mask; invalid: 255.255.255.255
	Granularity6         int           // IPv6 prefix length; 0: 128
	PersistenceEngine    string
	Alpha, Omega         bool
	HASuspend            bool
	Quorum, Hysteresis   uint32
	QuorumUp, QuorumDown *Script
	SorryServer          *RealServer
	SorryInhibit         bool
	SMTPAlert            bool
	VirtualHost          string
	DelayLoop            time.Duration
	SNMPName             string
	Inhibit              bool          // default of the real servers
	Weight               int64         // default of the real servers
	ConnectTimeout       time.Duration // default of the checkers, as the next three
	Retry                int64         // -1: the checker's own default
	DelayBeforeRetry     time.Duration // -1: the checker's own default
	Warmup               time.Duration // -1: the checker's delay_loop
	FollowVRRP           string        // follow_vrrp: instance or sync group name; "none"; "" not given
	RealServers          []RealServer
}

// RealServer is a real_server after inheritance from its virtual_server.
type RealServer struct {
	Pos                    parser.Pos
	Addr                   netip.Addr
	Port                   uint16
	Weight                 int64
	Method                 Method
	UThreshold, LThreshold uint32
	Inhibit                bool
	NotifyUp, NotifyDown   *Script
	Alpha                  bool
	SMTPAlert              bool
	VirtualHost            string
	SNMPName               string
	ConnectTimeout         time.Duration
	DelayLoop              time.Duration
	Retry                  int64         // -1: the checker's own default
	DelayBeforeRetry       time.Duration // -1: the checker's own default
	Warmup                 time.Duration // -1: the checker's delay_loop
	SlowStart              time.Duration // own: after a recovery the weight takes so long to grow
	Checkers               []Checker
}

// Checker is one check of a real_server, every inherited setting resolved.
type Checker struct {
	Pos  parser.Pos
	Type string // the block's keyword: TCP_CHECK, MISC_CHECK, ...

	ConnectAddr    netip.Addr
	ConnectPort    uint16
	BindAddr       netip.Addr
	BindPort       uint16
	BindIf         string
	FWMark         uint32
	ConnectTimeout time.Duration

	DelayLoop        time.Duration
	DelayBeforeRetry time.Duration
	Retry            int
	Warmup           time.Duration
	Alpha            bool
	LogAllFailures   bool
	LogAllSet        bool // the check itself says so, whatever checker_log_all_failures is

	MiscScript     *Script // MISC_CHECK
	MiscTimeout    time.Duration
	MiscTimeoutSet bool // it is the check's own
	MiscDynamic    bool

	HTTP *HTTPCheck // HTTP_GET, SSL_GET
	Helo string     // SMTP_CHECK
	DNS  *DNSCheck
	UDP  *UDPCheck

	TrackFile        string // FILE_CHECK
	TrackFileWeight  int
	TrackFileReverse bool
	TrackFileSet     bool
	BFD              string // BFD_CHECK
}

// HTTPCheck is what HTTP_GET and SSL_GET add.
type HTTPCheck struct {
	TLS            bool
	VirtualHost    string
	VirtualHostSet bool   // it is the check's own
	Protocol       string // 1.0, 1.0C, 1.1
	SNI            bool
	SNIName        string
	FastRecovery   bool
	TLSCompliant   bool
	URLs           []URL
}

// URL is a url block.
type URL struct {
	Path, Digest, VirtualHost string
	Status                    []StatusRange // empty: 200-299
	Regex                     string
	RegexOptions              []string
	RegexNoMatch              bool
	RegexMin, RegexMax        int
	RegexMaxSet               bool
	RegexStack                [2]int // initial and largest JIT stack; 0: the default
	TLSCompliant              bool
}

// StatusRange is a range of HTTP status codes, both ends included.
type StatusRange struct{ First, Last int }

// DNSCheck is what DNS_CHECK adds.
type DNSCheck struct{ Type, Name string }

// UDPCheck is what UDP_CHECK adds.
type UDPCheck struct {
	Payload          []byte
	RequireReply     bool
	Reply, ReplyMask []byte
	MinLen, MaxLen   int
}
