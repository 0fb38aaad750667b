package lab

import (
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Frame is what a switch received on one of its ports.
type Frame struct {
	At   time.Time
	Port string // the name of the sending host, with "-1" behind it for its eth1
	Data []byte // from the Ethernet header on
}

// Capture keeps every frame of the wanted kinds that enters the switches of a network.
type Capture struct {
	fd    int
	ports map[int]string
	keep  func(Frame) bool

	mu     sync.Mutex
	frames []Frame
	stop   chan struct{}
	done   sync.WaitGroup
}

// Capture starts to keep the frames that keep says yes to. It sees hosts linked so far. Data is
// valid only during the call of keep.
func (n *Network) Capture(keep func(Frame) bool) (*Capture, error) {
	c := &Capture{keep: keep, ports: map[int]string{}, stop: make(chan struct{})}
	err := n.frame.Do(func() (err error) {
		links, err := net.Interfaces()
		if err != nil {
			return err
		}
		for _, l := range links {
			// A switch itself shows frames that it floods once more.
			if !n.isSwitch(l.Name) {
				c.ports[l.Index] = l.Name
			}
		}
		c.fd, err = packetSocket(0)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("capture: %w", err)
	}
	c.done.Add(1)
	go c.run()
	n.frame.onClose(c.Stop)
	return c, nil
}

// packetSocket opens a socket that gets every frame of an interface, of all when it is 0, with the
// kernel's time.
func packetSocket(link int) (int, error) {
	all := uint16(unix.ETH_P_ALL)<<8 | uint16(unix.ETH_P_ALL)>>8 // network order
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, int(all))
	if err != nil {
		return -1, err
	}
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 8<<20)
	err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
	if err == nil {
		err = unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 100_000})
	}
	if err == nil && link != 0 {
		err = unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: all, Ifindex: link})
	}
	if err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

func (c *Capture) run() {
	defer c.done.Done()
	buffer, control := make([]byte, 65536), make([]byte, 256)
	for {
		select {
		case <-c.stop:
			return
		default:
		}
		n, nc, _, from, err := unix.Recvmsg(c.fd, buffer, control, 0)
		link, ok := from.(*unix.SockaddrLinklayer)
		if err != nil || !ok || link.Pkttype == unix.PACKET_OUTGOING {
			continue
		}
		f := Frame{Port: c.ports[link.Ifindex], Data: buffer[:n]}
		if f.Port == "" || !c.keep(f) {
			continue
		}
		f.At, f.Data = stamp(control[:nc]), slices.Clone(f.Data)
		c.mu.Lock()
		c.frames = append(c.frames, f)
		c.mu.Unlock()
	}
}

// Frames returns what was kept so far.
func (c *Capture) Frames() []Frame {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.frames)
}

// Stop ends the capture. What it kept stays readable.
func (c *Capture) Stop() {
	c.mu.Lock()
	select {
	case <-c.stop:
		c.mu.Unlock()
		return
	default:
		close(c.stop)
	}
	c.mu.Unlock()
	c.done.Wait()
	unix.Close(c.fd)
}
