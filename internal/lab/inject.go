package lab

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"

	"golang.org/x/sys/unix"
)

// Forged is a VRRP advertisement over IPv4 that can be wrong in every way.
type Forged struct {
	Source   netip.Addr
	Version  byte // 2 or 3
	Type     byte // 1
	VRID     byte
	Priority byte
	Interval byte // seconds in version 2, hundredths in version 3
	TTL      byte // 255
	AuthType byte
	AuthData [8]byte // version 2
	Address  netip.Addr
	Count    int // number of addresses claimed; -1: as many as there are
	Truncate int // bytes cut off the end
	BadSum   bool
}

var vrrpGroup = netip.AddrFrom4([4]byte{224, 0, 0, 18})

// body is the VRRP message with its checksum.
func (f Forged) body() []byte {
	count := f.Count
	if count < 0 {
		count = 1
	}
	b := []byte{f.Version<<4 | f.Type, f.VRID, f.Priority, byte(count), f.AuthType, f.Interval, 0, 0}
	four := f.Address.As4()
	b = append(b, four[:]...)
	pseudo := []byte(nil)
	if f.Version == 2 {
		b = append(b, f.AuthData[:]...)
	} else {
		b[4] = 0
		source, group := f.Source.As4(), vrrpGroup.As4()
		pseudo = append(append(pseudo, source[:]...), group[:]...)
		pseudo = append(pseudo, 0, protoVRRP, byte(len(b)>>8), byte(len(b)))
	}
	sum := checksum(append(pseudo, b...))
	if f.BadSum {
		sum ^= 0x5555
	}
	binary.BigEndian.PutUint16(b[6:], sum)
	return b[:len(b)-f.Truncate]
}

// Frame is the Ethernet frame that carries the advertisement.
func (f Forged) Frame() []byte {
	body := f.body()
	ip := make([]byte, 20, 20+len(body))
	ip[0], ip[1] = 0x45, 0xc0
	binary.BigEndian.PutUint16(ip[2:], uint16(20+len(body)))
	ip[8], ip[9] = f.TTL, protoVRRP
	source, group := f.Source.As4(), vrrpGroup.As4()
	copy(ip[12:], source[:])
	copy(ip[16:], group[:])
	binary.BigEndian.PutUint16(ip[10:], checksum(ip))
	frame := []byte{0x01, 0x00, 0x5e, 0x00, 0x00, 0x12, 2, 0, 0, 0, 0, 1, 0x08, 0x00}
	return append(append(frame, ip...), body...)
}

// Inject sends a forged advertisement from an interface of the host.
func (h *Host) Inject(link string, f Forged) error { return h.SendFrame(link, f.Frame()) }

// SendFrame sends an Ethernet frame from an interface of the host.
func (h *Host) SendFrame(link string, frame []byte) error {
	err := h.Do(func() error {
		i, err := net.InterfaceByName(link)
		if err != nil {
			return err
		}
		fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		return unix.Sendto(fd, frame, 0, &unix.SockaddrLinklayer{Ifindex: i.Index})
	})
	if err != nil {
		return fmt.Errorf("%s: send a frame: %w", h.Name, err)
	}
	return nil
}
