// Package packet is VRRP on the wire: versions 2 (RFC 3768) and 3 (RFC 9568) over IPv4 and IPv6,
// with the simple password and the Authentication Header of RFC 2338 and the HMAC trailer as keepalived
// speaks them.
//
// It works on bytes, allocates nothing (but for growing the caller's buffer) and never panics,
// whatever it is given. It knows no virtual router: what a packet that can be read is worth for one
// is decided by vrrp.Check.
package packet
