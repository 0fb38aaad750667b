package mib

import "github.com/holdfast-ha/holdfast/internal/agentx"

// Roots of the modules and of their parts.
var (
	Keepalived = agentx.OID{1, 3, 6, 1, 4, 1, 9586, 100, 5}
	Global     = Keepalived.Append(1)
	VRRP       = Keepalived.Append(2)
	Check      = Keepalived.Append(3)
	RFC2787    = agentx.OID{1, 3, 6, 1, 2, 1, 68}
	RFC6527    = agentx.OID{1, 3, 6, 1, 2, 1, 207}
	trapOID    = agentx.OID{1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0} // snmpTrapOID.0, RFC 3418
)

// Parts are what a configuration may ask for.
type Parts struct {
	Keepalived bool // enable_snmp_vrrp
	Checker    bool // enable_snmp_checker
	RFC2787    bool // enable_snmp_rfcv2
	RFC6527    bool // enable_snmp_rfcv3
}

// Any tells whether there is anything to answer for.
func (p Parts) Any() bool { return p != Parts{} }

// Subtrees are what has to be registered.
func (p Parts) Subtrees() []agentx.Subtree {
	var all []agentx.Subtree
	add := func(ok bool, o agentx.OID, description string) {
		if ok {
			all = append(all, agentx.Subtree{OID: o, Description: "The MIB module for " + description})
		}
	}
	add(p.Keepalived || p.Checker, Global, "Keepalived")
	add(p.Keepalived, VRRP, "KEEPALIVED-VRRP")
	add(p.Checker, Check, "Healthchecker")
	add(p.RFC2787, RFC2787, "VRRP")
	add(p.RFC6527, RFC6527, "VRRPV3")
	return all
}
