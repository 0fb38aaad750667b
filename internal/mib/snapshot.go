package mib

import (
	"net/netip"
	"time"

	"github.com/holdfast-ha/holdfast/internal/agentx"
	"github.com/holdfast-ha/holdfast/internal/datafile"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/tracking"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// Snapshot is the daemon at one moment. Statuses that are nil are those of processes that do not run.
type Snapshot struct {
	Version  string // of the program
	Config   *config.Config
	VRRP     *speaker.Status
	LVS      *director.Status
	Tracking *tracking.Status
	// Links are the host's interfaces by name.
	Links map[string]Link
	// Groups are the names of interface groups.
	Groups map[uint32]string
	// Traffic is what the kernel counts, by the names of virtual and real server; the latter is empty for
	// the virtual server as a whole.
	Traffic map[[2]string]Traffic
	// Now is the time of the snapshot, Started when the subagent was; Left says when instances left INIT.
	Now, Started time.Time
	Left         map[string]time.Time
}

// Link is an interface.
type Link struct {
	Index    int
	Hardware []byte
	Base     int // the index of the one below a macvlan or ipvlan, else 0
	IPv4     netip.Addr
	IPv6     netip.Addr // link-local
}

// base is the index under which the standard modules know an interface.
func (l Link) base() uint32 {
	if l.Base != 0 {
		return uint32(l.Base)
	}
	return uint32(l.Index)
}

// View makes the variables of the parts.
func (s *Snapshot) View(p Parts) agentx.View {
	m := s.model()
	var v view
	if p.Keepalived || p.Checker {
		v = append(v, m.global()...)
	}
	if p.Keepalived {
		v = append(v, m.vrrp()...)
	}
	if p.Checker {
		v = append(v, m.check()...)
	}
	if p.RFC2787 {
		v = append(v, m.rfc2787()...)
	}
	if p.RFC6527 {
		v = append(v, m.rfc6527()...)
	}
	return v
}

// model looks up what its tables need.
func (s *Snapshot) model() *model {
	m := &model{Snapshot: s, states: map[string]*speaker.InstanceStatus{}, groups: map[string]string{},
		objects: map[[2]string]*tracking.ObjectStatus{}, devices: datafile.Devices(s.Config)}
	if s.VRRP != nil {
		for i := range s.VRRP.Instances {
			m.states[s.VRRP.Instances[i].Name] = &s.VRRP.Instances[i]
		}
		for _, g := range s.VRRP.Groups {
			m.groups[g.Name] = g.State
		}
	}
	if s.Tracking != nil {
		for i := range s.Tracking.Objects {
			o := &s.Tracking.Objects[i]
			m.objects[[2]string{o.Kind, o.Name}] = o
		}
	}
	return m
}

// model is a snapshot with what its tables look up.
type model struct {
	*Snapshot
	states  map[string]*speaker.InstanceStatus
	groups  map[string]string
	objects map[[2]string]*tracking.ObjectStatus
	devices []datafile.Device // of Config.Instances
}

// state is the running state of an instance; that of one that does not run is INIT.
func (m *model) state(name string) *speaker.InstanceStatus {
	if s := m.states[name]; s != nil {
		return s
	}
	return &speaker.InstanceStatus{State: "INIT"}
}

// vrrp is everything below the vrrp branch of KEEPALIVED-MIB.
func (m *model) vrrp() view {
	var v view
	v = append(v, m.syncGroups()...)
	v = append(v, m.instances())
	v = append(v, m.tracked()...)
	v = append(v, m.addresses())
	v = append(v, m.routes()...)
	v = append(v, m.rules())
	return append(v, m.trackedObjects()...)
}
