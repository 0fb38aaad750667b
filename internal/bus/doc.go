// Package bus is the D-Bus service org.keepalived.Vrrp1: an object for the VRRP process and one for each
// instance, by interface, VRID and family, with keepalived's methods, properties and signals.
//
// A Service lives in the parent, on goroutines of its own, and comes back when the bus was away. Use, Tell
// and Reloaded may be called from any goroutine and do not wait; what is asked is answered by a Handler,
// which may.
package bus
