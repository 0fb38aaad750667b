// Package udp is UDP_CHECK: it sends a datagram. That no ICMP error comes back within connect_timeout is
// a success; with require_reply a reply has to come, and with octets behind it that reply has to begin
// with them and to have a length within the limits. The first reply decides.
package udp
