// Package ipc carries messages between the daemon's processes: frames with a length and a kind on
// a unix stream socket, their bodies in gob, file descriptors beside them by SCM_RIGHTS.
//
// A Conn may be written by several goroutines and is read by one. A frame is at most MaxFrame
// octets. The far end of a socket pair that closes is seen as io.EOF: this is how a process knows
// that its peer is gone, for the kernel closes the socket whatever way the peer died.
package ipc
