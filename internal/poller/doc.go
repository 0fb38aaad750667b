// Package poller is an epoll for a loop that owns its sockets, not the Go runtime's: that would wake a
// goroutine for every packet, while such a loop, when packets are frequent, leaves them in the socket for
// a moment and takes them together. It also lets a loop read what has come in before it looks at the
// clock.
//
// While it waits, the goroutine is parked, by a descriptor that the Go runtime watches. A wait in a system
// call would be as good for the loop, and not for the runtime: its monitor would take the scheduler's
// processor away, wake other threads to find work for it, and look every 20 us, or at best every 10 ms,
// whether there is more to do. Measured with 255 instances of VRRP heard ten times a second each, that was
// a third of all CPU time, or, if the loop never lets its processor go, two fifths of it. For the same
// reason a loop makes its other system calls, which never wait, without telling the scheduler.
//
// The time limit is a timerfd: it is exact to the microsecond, the runtime's own timers to the millisecond
// while nothing else goes on.
package poller
