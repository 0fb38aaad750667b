package fieldtest

import "regexp"

// drop leaves out the fields of which path and text match; an empty path is any.
func drop(path, text, why string) Rule { return cut(path, text, Drop, why) }

// cut replaces a part of the text of a field.
func cut(path, text, with, why string) Rule {
	r := Rule{Text: regexp.MustCompile(text), With: with, Why: why}
	if path != "" {
		r.Path = regexp.MustCompile(path)
	}
	return r
}

// VRRP are the fields of keepalived.data that do not come from the file, in all versions.
var VRRP = []Rule{
	drop(`^Interfaces`, `.`, "the machine's interfaces, which Holdfast's file does not list"),
	drop(``, `^(Last transition|Read timeout|Last advert sent|GARP next time|GNA next time)\b`, "a time"),
	cut(``, `^fd_in -?\d+,? fd_out( =)? -?\d+$`, "fd_in and fd_out", "descriptors of the process"),
	drop(`^Global`, `^libnftnl version `, "a library that Holdfast does not have"),
	drop(`^Global`, `^Iptables (in|out)put chain = `, "neither build of keepalived was made with iptables"),
	drop(`^VRRP Topology`, `^(State|Effective priority|Total priority|Master router|Master priority|Highest other priority) = `, "the election: the test takes it from keepalived's dump"),
	drop(`^VRRP Topology`, `^Number of .* = |^Flags of interface faults|^Rate-limit flags`, "the reasons of a fault"),
	cut(`^VRRP Topology`, `^(Multicast address ff.*), ifindex \d+$`, "$1", "the number of an interface of the machine"),
	drop(`^VRRP Scripts`, `^(Status|Result|State|Init state) = `, "what scripts have said"),
	drop(`^VRRP Track processes`, `^(Current processes|Have quorum) = `, "processes of the machine"),
	drop(`^VRRP Track files`, `^Status = `, "the content of a file of the machine"),
	drop(`^VRRP Track BFDs`, `^Bfd is `, "the state of a session"),
	cut(`^Static Addresses`, ` set$`, "", "whether the machine took the address"),
}
