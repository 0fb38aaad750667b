// Package simulator runs the real VRRP core of several routers on a virtual segment, in virtual
// time, with faults, and watches that the promises of the protocol and of this project are kept.
//
// A World is made from a seed and does the same each time. Its Referee knows which faults happen
// and derives from them what may not: two MASTERs, none, the wrong one, one without cause, a
// handover with a gap, planned or by command, services on a router that is not MASTER. That it would notice is shown by
// tests that give it cores which are broken on purpose.
package simulator
