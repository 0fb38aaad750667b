// Package poller is an epoll for a loop that owns its sockets, not the Go runtime's: that would wake a
// thread for every packet, while such a loop, when packets are frequent, leaves them in the socket for
// a moment and takes them together. It also lets a loop read what has come in before it looks at the
// clock.
package poller
