// Package takeover puts this daemon in the place of a keepalived that runs on the same host. It finds
// that keepalived, watches its advertisements as they leave the host, and ends it in such a way that
// the kernel's state stays: addresses, routes and the IPVS table serve on, and no peer is told of an
// end. What was seen is what the VRRP process needs in order to go on as MASTER.
//
// Nothing here runs beside the VRRP loop: it is over before that process is started.
package takeover
