package metrics

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// stateNumbers are keepalived's.
var stateNumbers = map[string]float64{"INIT": 0, "BACKUP": 1, "MASTER": 2, "FAULT": 3}

// vrrp sends what the VRRP process tells; here are the addresses of this host, nil if nobody knows.
func (e *emitter) vrrp(s *speaker.Status, here map[netip.Addr]bool) {
	for i := range s.Instances {
		in := &s.Instances[i]
		labels := func(more ...string) []string {
			return append([]string{in.Name, in.Interface, strconv.Itoa(int(in.VRID))}, more...)
		}
		e.addresses(in, here)
		e.counted(in, labels)
		e.reasons(in, labels)
	}
	for _, g := range s.Groups {
		e.set(groupState, stateNumbers[g.State], g.Name)
	}
	e.count(unknownVRIDs, s.UnknownVRID)
	e.count(badPackets, s.BadProtocol)
	e.count(sendFailures, s.SendFailures)
	e.lateness(&s.Lateness)
}

// addresses sends the state, once for each address; once without one if there is none.
func (e *emitter) addresses(in *speaker.InstanceStatus, here map[netip.Addr]bool) {
	vrid, state := strconv.Itoa(int(in.VRID)), stateNumbers[in.State]
	seen := once{}
	for _, a := range in.Addresses {
		address, dev := split(a)
		if seen[a]++; seen[a] > 1 {
			continue
		}
		e.set(vrrpState, state, in.Name, dev, vrid, address)
		if ip, err := parse(address); here != nil && err == nil {
			e.flag(addressCheck, here[ip] == (in.State == "MASTER"), in.Name, dev, vrid, address)
		}
	}
	if len(in.Addresses) == 0 {
		e.set(vrrpState, state, in.Name, in.Interface, vrid, "")
	}
	for _, a := range in.Excluded {
		if seen["e"+a]++; seen["e"+a] > 1 {
			continue
		}
		address, dev := split(a)
		e.set(excludedState, state, in.Name, dev, vrid, address)
	}
}

// split takes "192.0.2.1/24 dev eth0" apart. keepalived leaves out the length of a single address, and so
// has every board it so.
func split(s string) (address, dev string) {
	address, dev, _ = strings.Cut(s, " dev ")
	if p, err := netip.ParsePrefix(address); err == nil && p.IsSingleIP() {
		address = p.Addr().String()
	}
	return address, dev
}

func parse(address string) (netip.Addr, error) {
	ip, _, _ := strings.Cut(address, "/")
	return netip.ParseAddr(ip)
}

// counted sends what is counted of an instance.
func (e *emitter) counted(in *speaker.InstanceStatus, labels func(...string) []string) {
	c := &in.Stats
	for _, v := range []struct {
		series *series
		n      uint64
	}{
		{advertsReceived, c.AdvertReceived}, {advertsSent, c.AdvertSent},
		{becameMaster, c.BecameMaster}, {releasedMaster, c.ReleasedMaster},
		{lengthErrors, c.LengthErrors}, {intervalErrors, c.IntervalErrors}, {ttlErrors, c.TTLErrors},
		{typeErrors, c.TypeErrors}, {addressErrors, c.AddressErrors},
		{authInvalid, c.AuthInvalidType}, {authMismatch, c.AuthTypeMismatch}, {authFailure, c.AuthFailure},
		{zeroReceived, c.PriorityZeroReceived}, {zeroSent, c.PriorityZeroSent},
		{otherMasters, c.OtherMasters}, {reasserted, c.AddressesReasserted},
		{checksumErrors, c.ChecksumErrors}, {versionErrors, c.VersionErrors}, {sourceErrors, c.SourceErrors},
		{ahReplays, c.AuthReplay},
		{extMissing, c.AuthExtMissing}, {extMalformed, c.AuthExtMalformed}, {extUnknownKey, c.AuthExtUnknownKey},
		{extInvalid, c.AuthExtInvalid}, {extStale, c.AuthExtStale}, {extReplay, c.AuthExtReplay},
	} {
		e.count(v.series, v.n, labels()...)
	}
	e.count(checksumForm, c.SumPlain, labels("message")...)
	e.count(checksumForm, c.SumPseudo, labels("pseudo_header")...)
	e.count(checksumForm, c.SumOld, labels("old_unicast")...)
}

// reasons sends what the state and the priority are, and why.
func (e *emitter) reasons(in *speaker.InstanceStatus, labels func(...string) []string) {
	e.set(garpDelay, in.GARPDelay.Seconds(), labels()...)
	e.set(basePriority, float64(in.BasePriority), labels()...)
	e.set(effectivePriority, float64(in.Priority), labels()...)
	e.set(priorityInfo, 1, labels(in.Why)...)
	e.set(wantedState, stateNumbers[in.Wanted], labels()...)
	e.flag(standsAside, in.Aside, labels()...)
	e.when(lastTransition, in.Since, labels(in.Reason)...)
	if in.MasterAddr.IsValid() {
		e.set(masterInfo, 1, labels(in.MasterAddr.String())...)
		e.set(masterPriority, float64(in.MasterPriority), labels()...)
	}
}
