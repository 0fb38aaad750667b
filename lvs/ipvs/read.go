package ipvs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"

	cloudflare "github.com/cloudflare/ipvs"
	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/lvs"
)

// Read implements lvs.Kernel. It takes two dumps of the services and one of the destinations of
// each service that want names.
func (k *Kernel) Read(want func(lvs.ServiceKey) bool) (lvs.Table, error) {
	k.reading.Lock()
	defer k.reading.Unlock()
	services, err := k.services()
	if err != nil {
		return nil, fmt.Errorf("read ipvs services: %w", err)
	}
	table := make(lvs.Table, len(services))
	if len(services) == 0 {
		return table, nil
	}
	engines, err := k.engines()
	if err != nil {
		return nil, fmt.Errorf("read ipvs persistence engines: %w", err)
	}
	for i := range services {
		s := fromService(services[i].Service)
		if want != nil && !want(s.ServiceKey) {
			continue
		}
		s.Persistence = engines[s.ServiceKey]
		destinations, err := k.destinations(s.ServiceKey)
		if err != nil {
			return nil, fmt.Errorf("read ipvs destinations of %s: %w", s.ServiceKey, err)
		}
		table[s.ServiceKey] = lvs.Entry{Service: s, Destinations: destinations}
	}
	return table, nil
}

// services reads all services. IPVS that has been unloaded is looked for again.
func (k *Kernel) services() ([]cloudflare.ServiceExtended, error) {
	services, err := k.client.Services()
	if errors.Is(err, unix.ENOENT) { // the kernel's own word: it has no such family any more
		if err := k.reopen(); err != nil {
			return nil, err
		}
		services, err = k.client.Services()
	}
	switch {
	case errors.Is(err, os.ErrNotExist): // how the library says: none
		return nil, nil
	case errors.Is(err, unix.EPERM):
		return nil, fmt.Errorf("%w: %w", ErrPermission, err)
	}
	return services, err
}

// destinations reads those of one service. Of one that has gone meanwhile there are none, which
// the next read will see. This is the call that a large table needs thousands of, so it does not
// go through the library, which takes several times as long for it.
func (k *Kernel) destinations(key lvs.ServiceKey) (map[lvs.DestinationKey]lvs.Destination, error) {
	destinations := map[lvs.DestinationKey]lvs.Destination{}
	err := k.dump(cmdGetDest, func(m *messages) { m.identity(key) }, func(attrs []byte) {
		eachAttribute(attrs, func(kind uint16, nest []byte) {
			if kind != attrDest {
				return
			}
			if d, ok := decodeDestination(nest, key.Family); ok {
				destinations[d.DestinationKey] = d
			}
		})
	})
	if err != nil && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, unix.ESRCH) {
		return nil, err
	}
	return destinations, nil
}

// decodeDestination decodes a destination. Kernels before 3.18 do not say its family: it is then
// that of the service.
func decodeDestination(nest []byte, family uint8) (d lvs.Destination, ok bool) {
	var addr []byte
	eachAttribute(nest, func(kind uint16, v []byte) {
		switch {
		case kind == destAddr:
			addr = v
		case kind == destFamily && len(v) == 2:
			family = familyOf(v)
		case kind == destPort && len(v) == 2:
			d.Port = binary.BigEndian.Uint16(v)
		case kind == destForward && len(v) == 4:
			d.Forward = lvs.Forward(binary.NativeEndian.Uint32(v))
		case kind == destWeight && len(v) == 4:
			d.Weight = binary.NativeEndian.Uint32(v)
		case kind == destUpper && len(v) == 4:
			d.UpperThreshold = binary.NativeEndian.Uint32(v)
		case kind == destLower && len(v) == 4:
			d.LowerThreshold = binary.NativeEndian.Uint32(v)
		case kind == destTunnelType && len(v) == 1:
			d.TunnelType = v[0]
		case kind == destTunnelPort && len(v) == 2:
			d.TunnelPort = binary.BigEndian.Uint16(v)
		case kind == destTunnelFlag && len(v) == 2:
			d.TunnelFlags = binary.NativeEndian.Uint16(v)
		}
	})
	d.Addr, ok = decodeAddr(addr, family)
	return d, ok
}

// decodeAddr takes an address out of the 16 bytes in which the kernel passes both families.
func decodeAddr(b []byte, family uint8) (netip.Addr, bool) {
	switch {
	case family == 4 && len(b) >= 4:
		return netip.AddrFrom4([4]byte(b[:4])), true
	case family == 6 && len(b) >= 16:
		return netip.AddrFrom16([16]byte(b[:16])), true
	}
	return netip.Addr{}, false
}

func familyOf(v []byte) uint8 {
	if binary.NativeEndian.Uint16(v) == unix.AF_INET6 {
		return 6
	}
	return 4
}

func fromService(s cloudflare.Service) lvs.Service {
	out := lvs.Service{
		ServiceKey: lvs.ServiceKey{FWMark: s.FWMark, Family: fromFamily(s.Family)},
		Scheduler:  s.Scheduler,
		Persistent: s.Flags&flagPersistent != 0,
		Timeout:    s.Timeout,
		OnePacket:  s.Flags&flagOnePacket != 0,
		Hashed:     s.Flags&flagHashed != 0,
		Flags:      uint32(s.Flags) & flagsScheduler,
	}
	if s.FWMark == 0 {
		out.Addr, out.Port, out.Protocol = s.Address, s.Port, lvs.Protocol(s.Protocol)
	}
	if mask := s.Netmask.AsSlice(); len(mask) == 4 {
		out.Netmask = binary.BigEndian.Uint32(mask)
	} else if bits := s.Netmask.Bits(); bits > 0 {
		out.Netmask = uint32(bits)
	}
	return out
}

func fromFamily(f cloudflare.AddressFamily) uint8 {
	if f == cloudflare.INET6 {
		return 6
	}
	return 4
}

// engines returns the persistence engines of the services that have one, which the library does
// not read.
func (k *Kernel) engines() (map[lvs.ServiceKey]string, error) {
	var engines map[lvs.ServiceKey]string
	err := k.dump(cmdGetService, nil, func(attrs []byte) {
		eachAttribute(attrs, func(kind uint16, nest []byte) {
			if kind != attrService {
				return
			}
			if key, engine := engineOf(nest); engine != "" {
				if engines == nil {
					engines = map[lvs.ServiceKey]string{}
				}
				engines[key] = engine
			}
		})
	})
	return engines, err
}

// engineOf decodes the identity of a service and its persistence engine.
func engineOf(nest []byte) (key lvs.ServiceKey, engine string) {
	var addr []byte
	key.Family = 4
	eachAttribute(nest, func(kind uint16, v []byte) {
		switch {
		case kind == svcFamily && len(v) == 2:
			key.Family = familyOf(v)
		case kind == svcProtocol && len(v) == 2:
			key.Protocol = lvs.Protocol(binary.NativeEndian.Uint16(v))
		case kind == svcAddr:
			addr = v
		case kind == svcPort && len(v) == 2:
			key.Port = binary.BigEndian.Uint16(v)
		case kind == svcFWMark && len(v) == 4:
			key.FWMark = binary.NativeEndian.Uint32(v)
		case kind == svcPE:
			engine = text(v)
		}
	})
	if key.FWMark != 0 {
		return lvs.ServiceKey{FWMark: key.FWMark, Family: key.Family}, engine
	}
	key.Addr, _ = decodeAddr(addr, key.Family)
	return key, engine
}

// dump sends a dump request, with the attributes that fill appends, and calls f with those of each
// answer.
func (k *Kernel) dump(command uint8, fill func(*messages), f func(attrs []byte)) error {
	seq := k.dumps.next(1)
	k.request.reset()
	k.request.begin(command, unix.NLM_F_DUMP, seq)
	if fill != nil {
		fill(&k.request)
	}
	k.request.end()
	if err := k.dumps.send(k.request.b); err != nil {
		return err
	}
	var failure unix.Errno
	err := k.dumps.receive(func(kind uint16, got uint32, payload []byte) bool {
		switch {
		case got != seq:
			return false
		case kind == unix.NLMSG_ERROR || kind == unix.NLMSG_DONE:
			failure = errnoOf(payload)
			return true
		case len(payload) >= 4:
			f(payload[4:])
		}
		return false
	})
	if err == nil && failure != 0 {
		err = failure
	}
	return err
}

// eachAttribute walks the attributes in b.
func eachAttribute(b []byte, f func(kind uint16, value []byte)) {
	for len(b) >= 4 {
		size := int(binary.NativeEndian.Uint16(b))
		if size < 4 || size > len(b) {
			return
		}
		f(binary.NativeEndian.Uint16(b[2:])&0x3fff, b[4:size])
		b = b[min(len(b), (size+3)&^3):]
	}
}

// text is a string attribute without the zero at its end.
func text(v []byte) string {
	for i, c := range v {
		if c == 0 {
			return string(v[:i])
		}
	}
	return string(v)
}
