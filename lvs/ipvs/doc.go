// Package ipvs is the kernel's IPVS table behind lvs.Kernel.
//
// Services, timeouts and versions are read, and timeouts set, through github.com/cloudflare/ipvs.
// What a large table needs thousands of goes through a netlink socket of this package: operations
// are filled into one buffer by the hundred and sent at once, and only what fails, and the last of
// a batch, is answered. What the library lacks (persistence engines, FLUSH, ZERO, the sync daemon)
// is here as well.
//
// A Kernel may be used by several goroutines: reads and writes have a socket each, so that a long
// read does not keep a write waiting.
package ipvs
