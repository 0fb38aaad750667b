package capture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// maxBlock is the longest block of a pcapng file in octets, and maxFrame the longest frame of a pcap
// file, as tcpdump has it. The library believes what a file says and makes room for it, up to 4 GB.
const (
	maxBlock = 1 << 20
	maxFrame = 1 << 18
)

// Types of pcapng blocks (draft-ietf-opsawg-pcapng section 4).
const (
	blockSection  = 0x0a0d0d0a // the same in either order of octets
	blockPacket   = 2          // obsolete
	blockSimple   = 3
	blockEnhanced = 6
)

// blocks passes a pcapng file on, block by block, and ends it where lengths cannot be.
type blocks struct {
	in    io.Reader
	order binary.ByteOrder
	head  bytes.Buffer // what has been read of the block already
	left  int64        // what has not
	err   error
}

func (b *blocks) Read(p []byte) (int, error) {
	if b.head.Len() == 0 && b.left == 0 && b.err == nil {
		b.err = b.next()
	}
	switch {
	case b.head.Len() > 0:
		return b.head.Read(p)
	case b.left > 0:
		n, err := b.in.Read(p[:min(int64(len(p)), b.left)])
		b.left -= int64(n)
		return n, err
	}
	return 0, b.err
}

// more reads n octets of the block.
func (b *blocks) more(n int64) ([]byte, error) {
	start := b.head.Len()
	_, err := io.CopyN(&b.head, b.in, n)
	return b.head.Bytes()[start:], err
}

// next reads how a block begins, and checks its lengths.
func (b *blocks) next() error {
	start, err := b.more(8)
	if err != nil {
		return err
	}
	kind := binary.LittleEndian.Uint32(start)
	if kind == blockSection {
		magic, err := b.more(4)
		if err != nil {
			return err
		}
		b.order = binary.LittleEndian
		if binary.BigEndian.Uint32(magic) == 0x1a2b3c4d {
			b.order = binary.BigEndian
		}
	}
	if b.order == nil {
		return ErrNoCapture
	}
	kind = b.order.Uint32(b.head.Bytes())
	length := int64(b.order.Uint32(b.head.Bytes()[4:]))
	captured := int64(0)
	switch {
	case length < 12 || length > maxBlock:
		err = fmt.Errorf("a block of %d octets", length)
	case kind == blockEnhanced || kind == blockPacket:
		captured, err = b.captured(12)
	case kind == blockSimple:
		captured, err = b.captured(0)
	}
	if err == nil && captured > maxBlock {
		err = fmt.Errorf("a frame of %d octets", captured)
	}
	b.left = length - int64(b.head.Len())
	if err == nil && b.left < 0 {
		err = fmt.Errorf("a block of %d octets, which is too short", length)
	}
	if err != nil {
		b.head.Reset()
		b.left = 0
	}
	return err
}

// captured reads the length of a frame, that many octets behind the start of a block.
func (b *blocks) captured(at int64) (int64, error) {
	body, err := b.more(at + 4)
	if err != nil {
		return 0, err
	}
	return int64(b.order.Uint32(body[at:])), nil
}
