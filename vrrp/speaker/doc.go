// Package speaker is the shell around the VRRP core: sockets, deadlines, addresses, gratuitous ARP
// and unsolicited NA.
//
// One goroutine, the loop, owns the core and does nothing that can wait: it reads no file, asks the
// kernel for nothing by netlink, logs to a bounded queue, and allocates nothing for an
// advertisement, sent or received. A second one carries out effects, in order for each instance:
//
//   - To MASTER: advertisement, then LVS is told and waited for (Settings.LVSWait at most), then the
//     addresses, routes and rules, then the announcements of the addresses.
//   - From MASTER: rules, routes and addresses first, then LVS. Nothing is announced after that.
//   - An address, route or rule that somebody removes is put back in place. Only if that fails, or happens too
//     often, does the instance leave MASTER.
//   - Interfaces of an instance's own (use_vmac, use_ipvlan) are made before it is started and removed when
//     nothing is held on them any more. One that somebody deletes comes back with what it held.
//   - A reload touches only what differs; an address that moves from one instance to another stays.
//
// The loop waits in an epoll of its own. When packets are frequent it lets them come together for a
// part of the shortest interval, without looking whether the first has come; each still counts from the
// time at which the kernel got it.
//
// With Settings.StateFile a process that follows a crash goes on as MASTER where nobody can have
// noticed: the file, which is memory, tells when each instance last advertised.
//
// New opens everything, Run works until Stop, and all other methods may be called meanwhile from any
// goroutine. Everything happens in the network namespace in which New was called.
package speaker
