package lvs

import (
	"net/netip"
	"slices"
)

// Sync is how connections are synchronised between directors.
type Sync struct {
	Daemon SyncDaemon // its role is decided by Follow
	// Follow names the instance or group that decides the role: master while it is MASTER, backup
	// otherwise. Empty: both roles at once.
	Follow []Follow
}

// SyncChange is one thing to do to the kernel's sync daemons. To stop one only its role matters.
type SyncChange struct {
	Start  bool
	Daemon SyncDaemon
}

// What the kernel takes where a sync daemon says nothing (net/netfilter/ipvs/ip_vs_sync.c).
const (
	syncPort   = 8848
	syncTTL    = 1
	syncMTU    = 1500 // the least for a backup, and what a master takes
	syncLeast  = 1024 // bytes a backup takes at least
	header4    = 28   // IPv4 and UDP
	header6    = 48   // IPv6 and UDP
	syncPacket = 65535
)

var syncGroup = netip.AddrFrom4([4]byte{224, 0, 0, 81})

// SyncChanges returns, in order, what turns the daemons that run into those that are wanted; want
// nil wants none. owned are the roles of daemons that are ours: one of another role is stopped
// only if want asks for that role otherwise. A daemon that does already what is wanted goes on,
// since connections pass unseen while it is replaced.
//
// Before the first MastersChanged a daemon of either role goes on too: an earlier process knew
// which one it has to be.
func (d *Director) SyncChanges(want *Sync, have []SyncDaemon, owned []SyncRole) []SyncChange {
	if d.stopped {
		want = nil
	}
	roles := d.syncRoles(want, have)
	var changes []SyncChange
	running := map[SyncRole]bool{}
	for _, h := range have {
		wanted := slices.Contains(roles, h.Role)
		switch {
		case wanted && want.Daemon.as(h.Role).Matches(h):
			running[h.Role] = true
		case wanted, want != nil, slices.Contains(owned, h.Role):
			changes = append(changes, SyncChange{Daemon: h})
		}
	}
	for _, role := range roles {
		if !running[role] {
			changes = append(changes, SyncChange{Start: true, Daemon: want.Daemon.as(role)})
		}
	}
	return changes
}

func (d *Director) syncRoles(want *Sync, have []SyncDaemon) []SyncRole {
	switch {
	case want == nil:
		return nil
	case len(want.Follow) == 0:
		return []SyncRole{SyncMaster, SyncBackup}
	case !d.masters.known && len(have) > 0:
		roles := make([]SyncRole, len(have))
		for i, h := range have {
			roles[i] = h.Role
		}
		return roles
	case d.masters.active(want.Follow):
		return []SyncRole{SyncMaster}
	}
	return []SyncRole{SyncBackup}
}

func (s SyncDaemon) as(role SyncRole) SyncDaemon {
	s.Role = role
	return s
}

// Matches reports whether a daemon that runs is what s asks for, once the kernel's defaults and
// limits are applied. The default length of a backup depends on the interface: any will do.
func (s SyncDaemon) Matches(running SyncDaemon) bool {
	anyLength := s.MaxLen == 0 && s.Role == SyncBackup
	s, running = s.normal(), running.normal()
	if anyLength {
		s.MaxLen = running.MaxLen
	}
	return s == running
}

func (s SyncDaemon) normal() SyncDaemon {
	if !s.Group.IsValid() {
		s.Group = syncGroup
	}
	if s.Port == 0 {
		s.Port = syncPort
	}
	if s.TTL == 0 {
		s.TTL = syncTTL
	}
	header := uint16(header4)
	if s.Group.Is6() {
		header = header6
	}
	switch {
	case s.MaxLen == 0:
		s.MaxLen = syncMTU - header
	case s.Role == SyncBackup:
		s.MaxLen = max(s.MaxLen, syncLeast)
	}
	s.MaxLen = min(s.MaxLen, syncPacket-header)
	return s
}
