// Package pidfile makes pid files that prove by a lock that their process lives, as keepalived
// does: an open file description lock, which passes to a child with its descriptor and is dropped
// by the kernel when the last holder dies.
package pidfile
