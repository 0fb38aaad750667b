// Package watch judges VRRP advertisements as they pass on the wire: packets and their times go in,
// what is wrong with them and what has changed comes out. It knows neither sockets nor files, so that a
// capture from somebody else's network gives the same findings as the network itself.
//
// An Analyser judges each packet by itself (TTL, checksum, lengths), against what the other routers of
// its segment send (versions, intervals, passwords, two MASTERs), and, where it is given instances,
// against the configuration of this host. Its memory is bounded whatever it is sent.
package watch
