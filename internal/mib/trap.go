package mib

import (
	"net/netip"

	"github.com/holdfast-ha/holdfast/internal/agentx"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/lvs"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// notification begins a notification.
func notification(o agentx.OID) []agentx.VarBind {
	return []agentx.VarBind{{Name: trapOID, Value: agentx.Identifier(o)}}
}

// Traps are the notifications of a change of VRRP; told is the state that is told of it, empty for an
// event. The variables of KEEPALIVED-MIB have no index, as keepalived's.
func (s *Snapshot) Traps(p Parts, c speaker.Change, told string) [][]agentx.VarBind {
	if c.Event == speaker.BadPacket {
		return s.errorTraps(p, c)
	}
	if told == "" {
		return nil
	}
	var all [][]agentx.VarBind
	if p.Keepalived {
		all = append(all, s.stateTrap(c, told))
	}
	if told == "MASTER" && c.Group == "" {
		all = append(all, s.masterTraps(p, c)...)
	}
	return all
}

// stateTrap is vrrpSyncGroupStateChange or vrrpInstanceStateChange.
func (s *Snapshot) stateTrap(c speaker.Change, told string) []agentx.VarBind {
	router := agentx.VarBind{Name: Global.Append(2, 0), Value: agentx.Text(s.Config.Global.RouterID)}
	if c.Group != "" {
		return append(notification(VRRP.Append(10, 0, 1)),
			agentx.VarBind{Name: VRRP.Append(1, 1, 2), Value: agentx.Text(c.Group)},
			agentx.VarBind{Name: VRRP.Append(1, 1, 3), Value: agentx.Int(state(told))}, router)
	}
	first := state("BACKUP")
	if in := s.instance(c.Instance); in != nil {
		first = initial(in)
	}
	return append(notification(VRRP.Append(10, 0, 2)),
		agentx.VarBind{Name: VRRP.Append(3, 1, 2), Value: agentx.Text(c.Instance)},
		agentx.VarBind{Name: VRRP.Append(3, 1, 4), Value: agentx.Int(state(told))},
		agentx.VarBind{Name: VRRP.Append(3, 1, 5), Value: agentx.Int(first)}, router)
}

func (s *Snapshot) instance(name string) *config.Instance {
	for i := range s.Config.Instances {
		if s.Config.Instances[i].Name == name {
			return &s.Config.Instances[i]
		}
	}
	return nil
}

// router is an instance as the standard modules see it, nil where they do not.
func (s *Snapshot) router(name string) *router {
	m := s.model()
	for _, r := range m.routers(func(in *config.Instance) bool { return in.Name == name }) {
		return &r
	}
	return nil
}

// masterTraps are vrrpTrapNewMaster and vrrpv3NewMaster.
func (s *Snapshot) masterTraps(p Parts, c speaker.Change) (all [][]agentx.VarBind) {
	r := s.router(c.Instance)
	if r == nil {
		return nil
	}
	source := orUnspecified(c.Source, r.Family)
	if p.RFC2787 && old(r.Instance) {
		all = append(all, append(notification(RFC2787.Append(0, 1)),
			agentx.VarBind{Name: RFC2787.Append(1, 3, 1, 7, r.index, uint32(r.VRID)), Value: agentx.Address(source)}))
	}
	if p.RFC6527 {
		index := index6527(0, r)
		all = append(all, append(notification(RFC6527.Append(0, 1)),
			agentx.VarBind{Name: RFC6527.Append(1, 1, 1, 1, 3).Append(index...), Value: inet(source)},
			agentx.VarBind{Name: RFC6527.Append(1, 2, 5, 1, 2).Append(index...), Value: agentx.Int(reasonNumber(c.Became, true))}))
	}
	return all
}

// errorTraps are vrrpTrapAuthFailure and vrrpv3ProtoError.
func (s *Snapshot) errorTraps(p Parts, c speaker.Change) (all [][]agentx.VarBind) {
	r := s.router(c.Instance)
	if r == nil {
		return nil
	}
	if kind := authErrors[c.Reason]; kind != 0 && p.RFC2787 && old(r.Instance) {
		index := agentx.OID{uint32(r.link.Index), uint32(r.VRID)}
		all = append(all, append(notification(RFC2787.Append(0, 2)),
			agentx.VarBind{Name: RFC2787.Append(1, 5).Append(index...), Value: agentx.Address(c.Source)},
			agentx.VarBind{Name: RFC2787.Append(1, 6).Append(index...), Value: agentx.Int(kind)}))
	}
	if kind := protocolErrors[c.Reason]; kind != 0 && p.RFC6527 {
		index := index6527(0, r)
		index[0] = uint32(r.link.Index)
		all = append(all, append(notification(RFC6527.Append(0, 2)),
			agentx.VarBind{Name: RFC6527.Append(1, 2, 5, 1, 6).Append(index...), Value: agentx.Int(kind)}))
	}
	return all
}

// LVSTrap is the notification of a change of a real server or a quorum, nil of a check; up says how many
// real servers of the virtual server are up.
func (s *Snapshot) LVSTrap(p Parts, c director.Change, up int) []agentx.VarBind {
	v := s.server(c.VirtualServer)
	if !p.Checker || v == nil {
		return nil
	}
	var all []agentx.VarBind
	switch c.Kind {
	case lvs.RealServerUp, lvs.RealServerDown:
		for i := range v.RealServers {
			r := &v.RealServers[i]
			if wiring.RealServerName(r.Addr, v.Protocol, r.Port) == c.RealServer {
				all = append(notification(Check.Append(5, 0, 1)), realVariables(r.Addr, r.Port, c.Up)...)
			}
		}
		if all == nil {
			return nil
		}
		all = append(all, serverVariables(v)...)
	case lvs.QuorumGained, lvs.QuorumLost:
		all = append(notification(Check.Append(5, 0, 2)), serverVariables(v)...)
		status := truth(c.Up)
		if c.Stopping {
			status = agentx.Int(3) // shutdown
		}
		all = append(all, agentx.VarBind{Name: Check.Append(3, 1, 23), Value: status},
			agentx.VarBind{Name: Check.Append(3, 1, 22), Value: agentx.Unsigned(v.Quorum)})
	default:
		return nil
	}
	return append(all,
		agentx.VarBind{Name: Check.Append(3, 1, 21), Value: agentx.Unsigned(uint32(up))},
		agentx.VarBind{Name: Check.Append(3, 1, 20), Value: agentx.Unsigned(uint32(len(v.RealServers)))},
		agentx.VarBind{Name: Global.Append(2, 0), Value: agentx.Text(s.Config.Global.RouterID)})
}

func (s *Snapshot) server(name string) *config.VirtualServer {
	for i := range s.Config.VirtualServers {
		if v := &s.Config.VirtualServers[i]; wiring.VirtualServerName(v) == name {
			return v
		}
	}
	return nil
}

func realVariables(a netip.Addr, port uint16, up bool) []agentx.VarBind {
	return []agentx.VarBind{
		{Name: Check.Append(4, 1, 3), Value: family(a)},
		{Name: Check.Append(4, 1, 4), Value: inet(a)},
		{Name: Check.Append(4, 1, 5), Value: agentx.Unsigned(uint32(port))},
		{Name: Check.Append(4, 1, 6), Value: truth(up)},
	}
}

// serverVariables say which virtual server it is.
func serverVariables(v *config.VirtualServer) []agentx.VarBind {
	all := []agentx.VarBind{{Name: Check.Append(3, 1, 2), Value: agentx.Int(serverType(v))}}
	switch {
	case v.Group != "":
		all = append(all, agentx.VarBind{Name: Check.Append(3, 1, 3), Value: agentx.Text(v.Group)})
	case v.FWMark != 0:
		all = append(all, agentx.VarBind{Name: Check.Append(3, 1, 4), Value: agentx.Unsigned(v.FWMark)})
	default:
		all = append(all, agentx.VarBind{Name: Check.Append(3, 1, 5), Value: family(v.Addr)},
			agentx.VarBind{Name: Check.Append(3, 1, 6), Value: inet(v.Addr)},
			agentx.VarBind{Name: Check.Append(3, 1, 7), Value: agentx.Unsigned(uint32(v.Port))})
	}
	return append(all, agentx.VarBind{Name: Check.Append(3, 1, 8), Value: agentx.Int(protocol(v))})
}
