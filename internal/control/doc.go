// Package control is the daemon's socket for its operator: one request a line and one reply a
// line, both JSON, on a unix socket that root alone may open. The kernel's word on who connects is
// checked as well, so a socket whose mode somebody changed lets nobody in.
package control
