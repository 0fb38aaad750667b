package mmsg

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// Header is struct mmsghdr: a message, and how many octets of it were read or sent.
type Header struct {
	unix.Msghdr
	N uint32
}

// Send sends messages in order and returns how many went out; an error is that of the first, and none went
// out. Where the kernel has no room it waits.
func Send(fd int, messages []Header) (int, error) {
	n, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(messages))),
		uintptr(len(messages)), 0, 0, 0)
	return result(n, errno)
}

// SendNow is Send without waiting, for which the Go scheduler need not be told: that would wake the runtime's
// monitor.
func SendNow(fd int, messages []Header) (int, error) {
	n, _, errno := unix.RawSyscall6(unix.SYS_SENDMMSG, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(messages))),
		uintptr(len(messages)), unix.MSG_DONTWAIT, 0, 0)
	return result(n, errno)
}

func result(n uintptr, errno unix.Errno) (int, error) {
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
