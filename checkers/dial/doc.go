// Package dial opens the sockets of checks: to a target, from a local address, port and interface, with
// a firewall mark, all of them before the first packet leaves.
package dial
