package mib

import (
	"net/netip"
	"time"

	"github.com/holdfast-ha/holdfast/internal/agentx"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// router is an instance as the standard modules see it.
type router struct {
	*config.Instance
	state *speaker.InstanceStatus
	link  Link   // that holds the addresses
	base  Link   // whose primary address adverts come from
	index uint32 // of the interface
}

// routers are the instances that one of the standard modules can show: it wants a virtual address.
func (m *model) routers(fits func(*config.Instance) bool) []router {
	var all []router
	for i := range m.Config.Instances {
		in := &m.Config.Instances[i]
		if len(in.Addresses) == 0 || fits != nil && !fits(in) {
			continue
		}
		r := router{Instance: in, state: m.state(in.Name), link: m.Links[m.devices[i].Name], base: m.Links[m.devices[i].Base]}
		r.index = r.base.base()
		all = append(all, r)
	}
	return all
}

// primary is the interface's first address of a family.
func (r *router) primary() netip.Addr {
	if r.Family == 6 {
		return orUnspecified(r.base.IPv6, 6)
	}
	return orUnspecified(r.base.IPv4, 4)
}

func orUnspecified(a netip.Addr, family int) netip.Addr {
	switch {
	case a.IsValid():
		return a.Unmap().WithZone("")
	case family == 6:
		return netip.IPv6Unspecified()
	}
	return netip.IPv4Unspecified()
}

// operState is initialize, backup or master.
func operState(s *speaker.InstanceStatus) int {
	switch s.State {
	case "BACKUP":
		return 2
	case "MASTER":
		return 3
	}
	return 1
}

// running tells since when an instance has taken part in the election; zero: it does not.
func (m *model) running(r *router) time.Time {
	if operState(r.state) == 1 {
		return time.Time{}
	}
	return m.Left[r.Name]
}

// hundredths is a time in TimeTicks.
func hundredths(d time.Duration) agentx.Value {
	return agentx.Ticks(uint64(max(d, 0) / (10 * time.Millisecond)))
}

// masterReason is a vrrpv3StatisticsNewMasterReason; 0: it was never MASTER.
func masterReason(s *speaker.InstanceStatus) int { return reasonNumber(s.Became, s.State == "MASTER") }

func reasonNumber(became string, master bool) int {
	switch became {
	case vrrp.PeerPriorityZero.String():
		return 1
	case vrrp.LowerPriority.String(), vrrp.Owner.String():
		return 2
	case vrrp.MasterDownTimer.String():
		return 3
	}
	if master {
		return 3 // it goes on where an earlier process was
	}
	return 0
}

// protocolErrors are a vrrpv3StatisticsProtoErrReason by what was wrong.
var protocolErrors = map[string]int{
	vrrp.TTLError.String(): 1, vrrp.VersionError.String(): 2, vrrp.ChecksumError.String(): 3,
}

// authErrors are a vrrpTrapAuthErrorType by what was wrong.
var authErrors = map[string]int{
	vrrp.AuthTypeInvalid.String(): 1, vrrp.AuthTypeMismatch.String(): 2, vrrp.AuthFailure.String(): 3,
}
