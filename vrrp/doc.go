// Package vrrp is the pure core of VRRP: the election of RFC 9568 and RFC 3768 as keepalived runs
// it, with sync groups and interface tracking. Events and the time go in, actions come out.
//
// A Router owns all virtual routers of a host. It has no clock, socket, goroutine, lock, log or
// random number; time is a duration since an epoch that its caller chose, and never runs backwards.
// One goroutine calls Step; after every call Next tells when the following one is due at the latest.
//
// A shell calls New, tells the world as it is (LinkUp, SourceGained, Tracked) and sends Start; after
// a Reload it does so for what is new. It gives received packets to Examine and what that accepts to
// Step, before it sends a Tick. It carries actions out in order: an advertisement comes before the
// addresses of a MASTER, and addresses leave before the services do.
package vrrp
