package lvs

// Local is how some kernels report a destination that is an address of the director itself,
// whatever forwarding method it was given.
const Local Forward = 1

// schedulerFlags are the bits of Service.Flags that a configuration can set.
const schedulerFlags = 0x38

// fullNetmask is the persistence granularity of a single client. A service without any is
// refused by the kernel (EINVAL).
func fullNetmask(family uint8) uint32 {
	if family == 6 {
		return 128
	}
	return 0xffffffff
}

// Normal returns s with what has no effect set to one value, so that two services that behave the
// same compare equal and every service can be written to the kernel as it is.
func (s Service) Normal() Service {
	s.Hashed = false // the kernel's own mark of a service that is in its hash table
	s.Flags &= schedulerFlags
	if !s.Persistent {
		s.Timeout, s.Netmask = 0, 0
	}
	if s.Netmask == 0 {
		s.Netmask = fullNetmask(s.Family)
	}
	return s
}

// Normal returns d with what has no effect set to zero.
func (d Destination) Normal() Destination {
	if d.Forward != Tunnel || d.TunnelType == 0 {
		d.TunnelType, d.TunnelPort, d.TunnelFlags = 0, 0, 0
	}
	return d
}

// behind returns d as a destination of a service of that port: only masquerading changes ports, so any
// other method has the service's (0 for a fwmark), whatever the configuration says.
func (d Destination) behind(port uint16) Destination {
	if d.Forward != Masquerade {
		d.Port = port
	}
	return d
}

// sameService reports whether the kernel's service needs no write to become the wanted one.
func sameService(have, want Service) bool { return have.Normal() == want.Normal() }

// sameDestination reports whether the kernel's destination needs no write to become the wanted one.
func sameDestination(have, want Destination) bool {
	if have.Forward == Local {
		have.Forward, have.TunnelType = want.Forward, want.TunnelType
		have.TunnelPort, have.TunnelFlags = want.TunnelPort, want.TunnelFlags
	}
	return have.Normal() == want.Normal()
}
