package speaker

import (
	"errors"
	"maps"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Linkbeat methods: how an interface is asked whether it has a link, beside what netlink says.
const (
	// AnyMethod: by MII, else by ethtool, else by its flags; whichever the driver answers.
	AnyMethod   = ""
	MIIMethod   = "MII"
	EthtoolLink = "ETHTOOL"
	FlagsMethod = "IOCTL"
)

// linkbeatInterval is how often links are asked.
const linkbeatInterval = time.Second

// linkbeat asks interfaces for their link (linkbeat_interfaces): there are drivers that do not tell the
// kernel when it goes. It is a goroutine of its own, since a driver may take its time.
type linkbeat struct {
	stop, done chan struct{}
	methods    map[string]string
}

// follow starts to ask the interfaces of settings, and stops asking those of earlier ones.
func (l *loop) followLinkbeat(methods map[string]string) {
	if l.beat != nil {
		if maps.Equal(l.beat.methods, methods) {
			return
		}
		close(l.beat.stop)
		l.beat = nil
		for _, lk := range l.links {
			l.hearBeat(lk.name, true)
		}
	}
	if len(methods) == 0 || l.place == nil {
		return
	}
	b := &linkbeat{stop: make(chan struct{}), done: make(chan struct{}), methods: methods}
	l.beat = b
	go func() {
		defer close(b.done)
		if err := l.place.enter(); err == nil {
			b.run(func(name string, up bool) {
				l.commands.put(func() {
					if l.beat == b {
						l.hearBeat(name, up)
					}
				})
			})
		}
	}()
}

// hearBeat takes over what an interface answered.
func (l *loop) hearBeat(name string, up bool) {
	if lk := l.links[name]; lk != nil && lk.silent == up {
		lk.silent = !up
		l.setRunning(lk, lk.carrier)
	}
}

// run asks each interface once in linkbeatInterval and tells what has changed.
func (b *linkbeat) run(tell func(name string, up bool)) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer func() { _ = unix.Close(fd) }()
	tick := time.NewTicker(linkbeatInterval)
	defer tick.Stop()
	last := map[string]bool{}
	for {
		for name, method := range b.methods {
			up, err := linked(fd, name, method)
			if err != nil {
				up = true // it does not say: netlink counts alone
			}
			if was, known := last[name]; !known || was != up {
				last[name] = up
				tell(name, up)
			}
		}
		select {
		case <-b.stop:
			return
		case <-tick.C:
		}
	}
}

// linked asks an interface whether it has a link.
func linked(fd int, name, method string) (bool, error) {
	if method == MIIMethod || method == AnyMethod {
		if up, err := linkedMII(fd, name); err == nil || method == MIIMethod {
			return up, err
		}
	}
	if method == EthtoolLink || method == AnyMethod {
		if up, err := linkedEthtool(fd, name); err == nil || method == EthtoolLink {
			return up, err
		}
	}
	r, err := unix.NewIfreq(name)
	if err != nil {
		return false, err
	}
	if err := unix.IoctlIfreq(fd, unix.SIOCGIFFLAGS, r); err != nil {
		return false, err
	}
	return r.Uint16()&unix.IFF_RUNNING != 0, nil
}

// ifreq is struct ifreq of netdevice(7).
type ifreq[T any] struct {
	name [unix.IFNAMSIZ]byte
	data T
	_    [24]byte // as long as the kernel's at least
}

func ask[T any](fd int, name string, request uint, r *ifreq[T]) error {
	if len(name) >= unix.IFNAMSIZ {
		return unix.ENAMETOOLONG
	}
	copy(r.name[:], name)
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), uintptr(request), uintptr(unsafe.Pointer(r))); errno != 0 {
		return errno
	}
	return nil
}

// linkedMII reads the link bit of the basic status register (IEEE 802.3 clause 22).
func linkedMII(fd int, name string) (bool, error) {
	const (
		getPHY, getRegister = 0x8947, 0x8948 // SIOCGMIIPHY, SIOCGMIIREG
		basicStatus         = 1
		linkStatus          = 1 << 2
	)
	var r ifreq[struct{ phy, register, in, out uint16 }]
	if err := ask(fd, name, getPHY, &r); err != nil {
		return false, err
	}
	r.data.register = basicStatus
	if err := ask(fd, name, getRegister, &r); err != nil {
		return false, err
	}
	if r.data.out == 0xffff {
		return false, errors.New("no PHY answers")
	}
	return r.data.out&linkStatus != 0, nil
}

func linkedEthtool(fd int, name string) (bool, error) {
	value := struct{ command, data uint32 }{command: unix.ETHTOOL_GLINK}
	r := ifreq[unsafe.Pointer]{data: unsafe.Pointer(&value)}
	if err := ask(fd, name, unix.SIOCETHTOOL, &r); err != nil {
		return false, err
	}
	return value.data != 0, nil
}
