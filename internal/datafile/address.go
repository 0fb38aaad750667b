package datafile

import (
	"fmt"
	"math"
	"strings"

	"github.com/holdfast-ha/holdfast/parser/config"
)

// scopes are the kernel's scopes of addresses that have a name.
var scopes = map[uint8]string{0: "global", 200: "site", 253: "link", 254: "host", 255: "nowhere"}

// address writes an address entry with the interface that it is on. set tells that it is there.
func address(a *config.Address, dev string, set bool) string {
	var b strings.Builder
	if a.Prefix.IsSingleIP() || a.Peer.IsValid() {
		b.WriteString(a.Prefix.Addr().String())
	} else {
		b.WriteString(a.Prefix.String())
	}
	add := func(ok bool, format string, args ...any) {
		if ok {
			fmt.Fprintf(&b, " "+format, args...)
		}
	}
	brd := a.BroadcastAddr()
	add(brd.IsValid(), "brd %s", brd)
	add(true, "dev %s", dev)
	add(a.UseVMAC, "use_vmac")
	scope, ok := scopes[a.Scope]
	if !ok {
		scope = fmt.Sprint(a.Scope)
	}
	add(true, "scope %s", scope)
	add(a.Label != "", "label %s", a.Label)
	add(a.Peer.IsValid(), "peer %s", a.Peer)
	add(a.Home, "home")
	add(a.DAD, "-nodad")
	add(a.MngTmpAddr, "mngtmpaddr")
	add(a.NoPrefixRte, "noprefixroute")
	add(a.AutoJoin, "autojoin")
	add(a.NoTrack, "no_track")
	add(a.TrackGroup != "", "track_group %s", a.TrackGroup)
	add(lifetime(a) != "", "%s", lifetime(a))
	add(set, "set")
	return b.String()
}

// lifetime says how long an address is preferred. An IPv6 address alone in its network is not, so
// that it is no source of connections, unless the file says otherwise.
func lifetime(a *config.Address) string {
	six := a.Prefix.Addr().Is6()
	switch {
	case a.PreferredSet && a.PreferredLft == 0, !a.PreferredSet && six && a.Prefix.IsSingleIP():
		return "deprecated"
	case a.PreferredSet && a.PreferredLft != math.MaxUint32:
		return fmt.Sprintf("preferred_lft %d", a.PreferredLft)
	case a.PreferredSet || six:
		return "preferred_lft forever"
	}
	return ""
}
