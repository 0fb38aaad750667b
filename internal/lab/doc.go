// Package lab is a network of directors, real servers, clients and routers in one real kernel
// with IPVS, made to be cut, killed and measured.
//
// Hosts are network namespaces, links are veth pairs, switches are bridges in a namespace of their
// own, so that no frame ever leaves the machine. The kernel is the host's own when that has ip_vs;
// otherwise [Boot] starts Debian's user-mode-linux, an ordinary process whose root is the machine's
// file system, read only. The same binary then runs as the guest's first process: call
// [GuestMain] first thing in main or TestMain.
//
// What the lab measures it measures from outside the program under test: probes sent and answered,
// frames seen by the switch, addresses and IPVS tables read from the kernel, netlink messages seen
// by nlmon. The program is a parameter, so that Holdfast and keepalived can be set side by side.
//
// A [Network] is not safe for use by several goroutines while it is being built; the probes and
// the processes of its hosts are.
package lab
