package watch

// Finding is something that is wrong with a packet, or that it changes.
type Finding struct {
	// ID names the kind of finding.
	ID ID
	// Text says it in words.
	Text string
	// Change: nothing is wrong, but it is news.
	Change bool
	// New: the packet before it from the same router did not have it.
	New bool
}

// ID is the name of a kind of finding.
type ID string

// What can be wrong with a packet by itself.
const (
	Malformed ID = "malformed"
	TTL       ID = "ttl"
	Type      ID = "type"
	Version   ID = "version"
	Length    ID = "length"
	Checksum  ID = "checksum"
	AuthType  ID = "auth-type"
	Interval  ID = "interval"
	SourceMAC ID = "source-mac"
)

// What can be wrong among the routers of a segment.
const (
	TwoMasters    ID = "two-masters"
	Gap           ID = "gap"
	Silence       ID = "silence"
	Replay        ID = "replay"
	MixedVersion  ID = "mixed-version"
	MixedInterval ID = "mixed-interval"
	MixedAuth     ID = "mixed-auth"
	MixedPassword ID = "mixed-password"
	MixedChecksum ID = "mixed-checksum"
	MixedAddress  ID = "mixed-addresses"
)

// What does not agree with the configuration.
const (
	ConfigVersion   ID = "config-version"
	ConfigPath      ID = "config-path"
	ConfigTTL       ID = "config-ttl"
	ConfigInterval  ID = "config-interval"
	ConfigAddresses ID = "config-addresses"
	ConfigAuth      ID = "config-auth"
	ConfigMAC       ID = "config-mac"
)

// What is news.
const (
	First    ID = "first"
	Master   ID = "master"
	Rival    ID = "rival"
	Priority ID = "priority"
	Leaves   ID = "leaves"
	Mended   ID = "mended"
)

// Meanings tells of each ID what it means; for the manual.
var Meanings = []struct {
	ID   ID
	Text string
}{
	{Malformed, "it cannot be read as VRRP at all, or is a fragment"},
	{TTL, "the TTL of a multicast packet is not 255: it was routed, or its sender is no VRRP router"},
	{Type, "it is no advertisement"},
	{Version, "neither version 2 nor 3"},
	{Length, "octets are missing or too many for the number of addresses; or there is no address"},
	{Checksum, "the checksum is wrong; which other form would fit is said"},
	{AuthType, "version 2 with an authentication type that does not exist"},
	{Interval, "an advertisement interval of 0"},
	{SourceMAC, "its virtual MAC address is that of another VRID or address family"},
	{TwoMasters, "two routers go on advertising: they do not hear each other, or do not accept what they hear"},
	{Gap, "more time than an interval since the router's last advertisement: some were lost, late or not sent"},
	{Silence, "nobody has advertised for so long that any BACKUP should have taken over"},
	{Replay, "the AH sequence number is not above the last one"},
	{MixedVersion, "another router of this VRID speaks another version"},
	{MixedInterval, "another router of this VRID has another interval"},
	{MixedAuth, "another router of this VRID has another authentication, or signs and this one does not"},
	{MixedPassword, "another router of this VRID has another password"},
	{MixedChecksum, "another router of this VRID computes the checksum of version 3 over IPv4 in another form: keepalived accepts its own form only"},
	{MixedAddress, "another router of this VRID has other addresses"},
	{ConfigVersion, "another version than that of this host's instance, which drops it"},
	{ConfigPath, "multicast where the configuration has unicast peers, or the other way; or the sender is none of them"},
	{ConfigTTL, "a TTL outside of what unicast_peer allows"},
	{ConfigInterval, "another interval than the configured one: version 2 drops it, version 3 follows it"},
	{ConfigAddresses, "other addresses than the configured ones"},
	{ConfigAuth, "another authentication than the configured one, or a wrong password, key or signature"},
	{ConfigMAC, "the instance has use_vmac, and the packet does not come from the virtual MAC address"},
	{First, "news: the first advertisement of this VRID"},
	{Master, "news: another router is MASTER now"},
	{Rival, "news: another router advertises with a lower priority beside the MASTER"},
	{Priority, "news: the router's priority is another one"},
	{Leaves, "news: priority 0, the MASTER leaves"},
	{Mended, "news: what was wrong with the router's packets is not any more"},
}
