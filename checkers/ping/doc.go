// Package ping is PING_CHECK: an answer to one ICMP echo request (RFC 792, RFC 4443) is a success.
//
// The kernel's ping socket is used where net.ipv4.ping_group_range allows it, as in keepalived, which
// widens that range; else a raw socket. A check knows its answer by what it has sent: an identifier, a
// sequence number and random octets, so that neither other checks of the same host nor a ping beside
// them are taken for it.
package ping
