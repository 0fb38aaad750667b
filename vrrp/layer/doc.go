// Package layer makes VRRP a layer of gopacket: for watching adverts, for captures and for tests.
// It is a thin dress over packet; the daemon does not use it.
package layer
