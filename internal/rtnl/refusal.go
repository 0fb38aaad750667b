package rtnl

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// refused is an error of the kernel with the sentence that came with it.
type refused struct {
	errno unix.Errno
	text  string
}

func (r refused) Error() string { return r.errno.Error() + ": " + r.text }
func (r refused) Unwrap() error { return r.errno }

// refusal makes an error of an NLMSG_ERROR message, with the kernel's own words where it has some
// (extended acknowledgement: attributes behind the message at fault, which may be cut to its header).
func refusal(errno unix.Errno, message []byte) error {
	const (
		capped     = 0x100 // NLM_F_CAPPED
		attributed = 0x200 // NLM_F_ACK_TLVS
		fixed      = unix.SizeofNlMsghdr + 4 + unix.SizeofNlMsghdr
		sentence   = 1 // NLMSGERR_ATTR_MSG
	)
	flags := binary.NativeEndian.Uint16(message[6:])
	if flags&attributed == 0 || len(message) < fixed {
		return errno
	}
	at := fixed
	if flags&capped == 0 {
		at = unix.SizeofNlMsghdr + 4 + align(int(binary.NativeEndian.Uint32(message[unix.SizeofNlMsghdr+4:])))
	}
	var err error = errno
	if at <= len(message) {
		_ = attributes(message[at:], func(kind uint16, v []byte) {
			if kind == sentence {
				err = refused{errno, text(v)}
			}
		})
	}
	return err
}
