package ipvs

import (
	"encoding/binary"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/lvs"
)

// commands are the commands of the verbs.
var commands = [...]uint8{
	lvs.AddService:        cmdNewService,
	lvs.EditService:       cmdSetService,
	lvs.DeleteService:     cmdDelService,
	lvs.AddDestination:    cmdNewDest,
	lvs.EditDestination:   cmdSetDest,
	lvs.DeleteDestination: cmdDelDest,
}

// operation appends the message of one operation, without asking for an answer.
func (m *messages) operation(op lvs.Operation, seq uint32) {
	m.begin(commands[op.Verb], 0, seq)
	switch op.Verb {
	case lvs.AddService, lvs.EditService:
		m.service(op.Service.Normal())
	case lvs.DeleteService:
		m.identity(op.Service.ServiceKey)
	case lvs.AddDestination, lvs.EditDestination:
		m.identity(op.Service.ServiceKey)
		m.destination(op.Destination.Normal())
	case lvs.DeleteDestination:
		m.identity(op.Service.ServiceKey)
		at := m.nest(attrDest)
		m.destinationKey(op.Destination.DestinationKey)
		m.endNest(at)
	}
	m.end()
}

// service appends a service with all its options. The kernel takes what is missing as default, so
// that a persistence engine has to be repeated on every change or is lost.
func (m *messages) service(s lvs.Service) {
	at := m.nest(attrService)
	m.key(s.ServiceKey)
	m.string(svcScheduler, s.Scheduler)
	if s.Persistence != "" {
		m.string(svcPE, s.Persistence)
	}
	flags := s.Flags & flagsScheduler
	if s.Persistent {
		flags |= flagPersistent
	}
	if s.OnePacket {
		flags |= flagOnePacket
	}
	m.header(svcFlags, 8)
	m.b = binary.NativeEndian.AppendUint32(m.b, flags)
	m.b = binary.NativeEndian.AppendUint32(m.b, 0xffffffff)
	m.uint32(svcTimeout, s.Timeout)
	m.header(svcNetmask, 4)
	if s.Family == 6 {
		m.b = binary.NativeEndian.AppendUint32(m.b, s.Netmask)
	} else {
		m.b = binary.BigEndian.AppendUint32(m.b, s.Netmask)
	}
	m.endNest(at)
}

// identity appends what names a service.
func (m *messages) identity(k lvs.ServiceKey) {
	at := m.nest(attrService)
	m.key(k)
	m.endNest(at)
}

func (m *messages) key(k lvs.ServiceKey) {
	family := uint16(unix.AF_INET)
	if k.Family == 6 {
		family = unix.AF_INET6
	}
	m.uint16(svcFamily, family)
	if k.FWMark != 0 {
		m.uint32(svcFWMark, k.FWMark)
		return
	}
	m.uint16(svcProtocol, uint16(k.Protocol))
	m.addr(svcAddr, k.Addr)
	m.port(svcPort, k.Port)
}

func (m *messages) destination(d lvs.Destination) {
	at := m.nest(attrDest)
	m.destinationKey(d.DestinationKey)
	m.uint32(destForward, uint32(d.Forward))
	m.uint32(destWeight, d.Weight)
	m.uint32(destUpper, d.UpperThreshold)
	m.uint32(destLower, d.LowerThreshold)
	m.uint8(destTunnelType, d.TunnelType)
	m.port(destTunnelPort, d.TunnelPort)
	m.uint16(destTunnelFlag, d.TunnelFlags)
	m.endNest(at)
}

func (m *messages) destinationKey(k lvs.DestinationKey) {
	family := uint16(unix.AF_INET)
	if k.Addr.Is6() {
		family = unix.AF_INET6
	}
	m.uint16(destFamily, family)
	m.addr(destAddr, k.Addr)
	m.port(destPort, k.Port)
}
