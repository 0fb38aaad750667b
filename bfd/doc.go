// Package bfd is the pure core of Bidirectional Forwarding Detection: the control packet, the state
// machine and the timers of RFC 5880, for sessions to neighbours on a link (RFC 5881) and beyond it
// (RFC 5883), in asynchronous mode, without authentication and without echo packets.
//
// A Core owns all sessions of a configuration. Packets and the time go in by Step; what is to be sent
// and what has changed comes out as actions. It has no clock, socket, lock or log, and its random
// numbers come from a seed, so that a run can be repeated. After every call Next tells when the
// following one is due at the latest. One caller at a time.
//
// Where keepalived settles what the RFC leaves open, this is keepalived's way, measured on 2.2.7:
//
//   - A session is Down, and told of as Down, until it comes up.
//   - A packet is taken if its TTL is at least that which is sent, less max_hops; 255 takes any.
//     Packets over IPv6 are sent with hop limit 64 unless the file says otherwise, although RFC 5881
//     asks for 255.
//   - While it is not Up a session sends every idle_tx, and min_tx as soon as it is.
//   - A neighbour that goes AdminDown takes the session down, but those who rely on it are not told.
//
// A change of state is sent at once, not with the next packet that is due (RFC 5880 section 6.8.7
// allows for it), and a session that goes says so, which keepalived's does not: its neighbour need not
// wait for the detection time.
package bfd
