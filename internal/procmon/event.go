package procmon

import "encoding/binary"

// kind is what happened to a process, numbered as in linux/cn_proc.h.
type kind uint32

const (
	acknowledged kind = 0x00000000
	forked       kind = 0x00000001
	executed     kind = 0x00000002
	renamed      kind = 0x00000200
	exited       kind = 0x80000000
)

// event is something that happened to a process.
type event struct {
	kind        kind
	pid, parent int
	status      uint32 // of an acknowledgement
}

// Places in a message: netlink header, connector header, event header, event. All numbers are
// native.
const (
	netlinkHeader   = 16
	connectorHeader = 20
	eventHeader     = 16
	offKind         = netlinkHeader + connectorHeader
	offEvent        = offKind + eventHeader
)

// decode reads one message. ok is false for what is no event of a whole process.
func decode(b []byte) (e event, ok bool) {
	if len(b) < offEvent+4 {
		return e, false
	}
	word := func(n int) uint32 { return binary.NativeEndian.Uint32(b[offEvent+4*n:]) }
	e.kind = kind(binary.NativeEndian.Uint32(b[offKind:]))
	switch {
	case e.kind == acknowledged:
		e.status = word(0)
		return e, true
	case e.kind == forked && len(b) >= offEvent+16:
		// Pid and thread group of the parent, then of the child. A thread is no process.
		e.parent, e.pid = int(word(1)), int(word(3))
		return e, word(2) == word(3)
	case (e.kind == executed || e.kind == renamed || e.kind == exited) && len(b) >= offEvent+8:
		e.pid = int(word(1))
		return e, word(0) == word(1)
	}
	return e, false
}
