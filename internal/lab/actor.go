package lab

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Actor is a service on one address of a host that plays what a test wants: as it should, badly, or not
// at all. It writes down who asked for what.
type Actor struct {
	host *Host
	at   netip.AddrPort
	udp  bool

	mu     sync.Mutex
	act    Act
	open   func() // closes what listens; nil: nothing does
	conns  map[net.Conn]bool
	asked  []Asked
	closed bool
}

// Act is one way to play: Talk for TCP, which may keep the connection as long as it likes, or Answer for
// UDP, which returns the datagrams that answer one. An empty Act: nobody listens.
type Act struct {
	Talk   func(c net.Conn)
	Answer func(question []byte) [][]byte
}

// Asked is a connection, or a datagram.
type Asked struct {
	At   time.Time
	From netip.AddrPort
	Data string // of a datagram
}

// Act puts a service on the address, with its first act.
func (h *Host) Act(network string, at netip.AddrPort, first Act) (*Actor, error) {
	a := &Actor{host: h, at: at, udp: network == "udp", conns: map[net.Conn]bool{}}
	if err := a.Play(first); err != nil {
		return nil, err
	}
	h.onClose(func() {
		a.mu.Lock()
		a.closed = true
		a.mu.Unlock()
		a.shut()
	})
	return a, nil
}

// Play goes over to another act: what is under way is cut off.
func (a *Actor) Play(act Act) error {
	a.shut()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.act = act
	if a.closed || act.Talk == nil && act.Answer == nil {
		return nil
	}
	err := a.host.Do(func() error {
		if a.udp {
			return a.listenUDP()
		}
		return a.listenTCP()
	})
	if err != nil {
		return fmt.Errorf("%s: act on %s: %w", a.host.Name, a.at, err)
	}
	return nil
}

// Asked is who asked so far.
func (a *Actor) Asked() []Asked {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.asked)
}

func (a *Actor) shut() {
	a.mu.Lock()
	shut := a.open
	a.open = nil
	for c := range a.conns {
		c.Close()
	}
	clear(a.conns)
	a.mu.Unlock()
	if shut != nil {
		shut()
	}
}

func (a *Actor) note(from netip.AddrPort, data string) {
	a.asked = append(a.asked, Asked{At: time.Now(), From: netip.AddrPortFrom(from.Addr().Unmap(), from.Port()), Data: data})
}

func (a *Actor) listenTCP() error {
	l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(a.at))
	if err != nil {
		return err
	}
	talk := a.act.Talk
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			a.mu.Lock()
			a.note(c.RemoteAddr().(*net.TCPAddr).AddrPort(), "")
			a.conns[c] = true
			a.mu.Unlock()
			go func() {
				talk(c)
				c.Close()
				a.mu.Lock()
				delete(a.conns, c)
				a.mu.Unlock()
			}()
		}
	}()
	a.open = func() { l.Close() }
	return nil
}

func (a *Actor) listenUDP() error {
	c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(a.at))
	if err != nil {
		return err
	}
	answer := a.act.Answer
	go func() {
		var data [2048]byte
		for {
			n, from, err := c.ReadFromUDPAddrPort(data[:])
			if err != nil {
				return
			}
			a.mu.Lock()
			a.note(from, string(data[:n]))
			a.mu.Unlock()
			for _, d := range answer(data[:n]) {
				_, _ = c.WriteToUDPAddrPort(d, from)
			}
		}
	}()
	a.open = func() { c.Close() }
	return nil
}
