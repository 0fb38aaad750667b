package capture

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"

	"github.com/holdfast-ha/holdfast/vrrp/watch"
)

// File reads a file of tcpdump or wireshark, pcap or pcapng.
type File struct {
	read func() ([]byte, gopacket.CaptureInfo, error)
	// link tells of an interface of the file what it is and, if the file has it, its name.
	link func(index int) (layers.LinkType, string, error)
}

// ErrNoCapture is returned for a file of another kind.
var ErrNoCapture = errors.New("neither pcap nor pcapng: write it with tcpdump -w, or uncompress it")

// magicNg is how a pcapng file begins.
var magicNg = []byte{0x0a, 0x0d, 0x0d, 0x0a}

// NewFile makes a File of r.
func NewFile(r io.Reader) (*File, error) {
	in := bufio.NewReader(r)
	magic, err := in.Peek(len(magicNg))
	if err != nil {
		return nil, ErrNoCapture
	}
	if bytes.Equal(magic, magicNg) {
		ng, err := pcapgo.NewNgReader(&blocks{in: in}, pcapgo.NgReaderOptions{WantMixedLinkType: true, SkipUnknownVersion: true})
		if err != nil {
			return nil, fmt.Errorf("read pcapng: %w", err)
		}
		return &File{read: ng.ReadPacketData, link: func(index int) (layers.LinkType, string, error) {
			i, err := ng.Interface(index)
			return i.LinkType, i.Name, err
		}}, nil
	}
	classic, err := pcapgo.NewReader(in)
	if err != nil {
		return nil, ErrNoCapture
	}
	if n := classic.Snaplen(); n == 0 || n > maxFrame {
		classic.SetSnaplen(maxFrame)
	}
	return &File{read: classic.ReadPacketData, link: func(int) (layers.LinkType, string, error) { return classic.LinkType(), "", nil }}, nil
}

// Next returns the next VRRP packet; io.EOF after the last. A file that is cut short ends there, with
// io.ErrUnexpectedEOF.
func (f *File) Next() (p watch.Packet, err error) {
	defer func() {
		// The library does not expect every damage that a file can have.
		if r := recover(); r != nil {
			err = fmt.Errorf("read capture: the file is damaged: %v", r)
		}
	}()
	for {
		data, info, err := f.read()
		if err != nil {
			return p, err
		}
		kind, name, err := f.link(info.InterfaceIndex)
		if err != nil {
			return p, fmt.Errorf("read capture: %w", err)
		}
		if p, ok := decode(data, kind); ok {
			p.At, p.Link = info.Timestamp, name
			return p, nil
		}
	}
}
