package speaker

import (
	"errors"
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// descriptor lets golang.org/x/net/ipv4 and ipv6 work on a socket that the Go runtime does not
// poll. They want something like a net.IPConn, of which they use SyscallConn and LocalAddr.
type descriptor int

var errUnused = errors.New("not for a socket of the loop")

func (d descriptor) SyscallConn() (syscall.RawConn, error) { return rawDescriptor(d), nil }
func (d descriptor) LocalAddr() net.Addr                   { return &net.IPAddr{} }
func (d descriptor) RemoteAddr() net.Addr                  { return nil }
func (d descriptor) Close() error                          { return unix.Close(int(d)) }

func (d descriptor) Read([]byte) (int, error)               { return 0, errUnused }
func (d descriptor) Write([]byte) (int, error)              { return 0, errUnused }
func (d descriptor) ReadFrom([]byte) (int, net.Addr, error) { return 0, nil, errUnused }
func (d descriptor) WriteTo([]byte, net.Addr) (int, error)  { return 0, errUnused }
func (d descriptor) SetDeadline(time.Time) error            { return errUnused }
func (d descriptor) SetReadDeadline(time.Time) error        { return errUnused }
func (d descriptor) SetWriteDeadline(time.Time) error       { return errUnused }
func (d descriptor) ReadMsgIP(_, _ []byte) (n, oobn, flags int, addr *net.IPAddr, err error) {
	return 0, 0, 0, nil, errUnused
}

// rawDescriptor calls once and never waits.
type rawDescriptor int

func (d rawDescriptor) Control(f func(uintptr)) error { f(uintptr(d)); return nil }

func (d rawDescriptor) Read(f func(uintptr) bool) error {
	if !f(uintptr(d)) {
		return unix.EAGAIN
	}
	return nil
}

func (d rawDescriptor) Write(f func(uintptr) bool) error {
	if !f(uintptr(d)) {
		return unix.EAGAIN
	}
	return nil
}
