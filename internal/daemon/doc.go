// Package daemon is the program: the parent process, which reads the configuration and looks after
// the others, and the bodies of its children, the VRRP, the LVS and the BFD process.
//
// All are the same executable, started again through /proc/self/exe with a role in the
// environment and a message socket as descriptor 3. One goroutine owns a process's state; others
// send it messages or functions to run.
//
// Who survives whom:
//   - A child that dies is started again at once; the kernel's state stays and is adopted.
//   - When the parent dies, its children see their message sockets close and become orphans. The
//     VRRP orphan goes on advertising for up to OrphanTime, so that a new daemon can take over
//     without a gap: it finds the orphan by the lock on its pid file, ends it by SIGKILL, and its
//     own child goes on as MASTER from the state file. If none comes, the orphan stops in the
//     planned way. The LVS orphan lives as long as the VRRP process to which it is connected, the BFD
//     orphan as long as the VRRP orphan may.
package daemon
