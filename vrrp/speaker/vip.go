package speaker

import (
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/rtnl"
)

// vipKey is a virtual or static address as the configuration names it.
type vipKey struct {
	prefix netip.Prefix
	link   string
}

// vip is an address that somebody here wants or wanted. Two instances may name the same one.
type vip struct {
	vipKey
	config Address
	// refs is how many holders want it on its link.
	refs int
	// there: it is on the link of this index, as far as we know.
	there  bool
	index  int
	losses losses
	// refused is why the kernel did not take it when it was put last.
	refused string
}

// losses counts how often something was taken away within reassertWindow.
type losses struct {
	since time.Time
	n     int
}

// again counts one more.
func (l *losses) again(now time.Time) int {
	if now.Sub(l.since) > reassertWindow {
		l.since, l.n = now, 0
	}
	l.n++
	return l.n
}

func keyOfAddress(a Address) vipKey { return vipKey{a.Prefix, a.Interface} }

// String is how dumps name a virtual address.
func (a Address) String() string {
	return fmt.Sprintf("%s dev %s", a.Prefix, a.Interface)
}

// kernelAddress is what goes to the kernel.
func kernelAddress(a Address, index int) rtnl.Address {
	k := rtnl.Address{
		Prefix: a.Prefix, Index: index, Scope: a.Scope, Label: a.Label, Broadcast: a.Broadcast,
		Protocol: rtnl.Keepalived, Preferred: rtnl.Forever, Valid: rtnl.Forever,
	}
	if a.Peer.IsValid() {
		// The length is that of the peer's network.
		k.Prefix = netip.PrefixFrom(a.Prefix.Addr(), a.Peer.Bits())
		k.Peer = a.Peer.Addr()
	}
	for _, f := range []struct {
		set  bool
		flag uint32
	}{
		{a.NoPrefixRoute, unix.IFA_F_NOPREFIXROUTE},
		{a.AutoJoin, unix.IFA_F_MCAUTOJOIN},
		{a.Home, unix.IFA_F_HOMEADDRESS},
		{a.MngTmpAddr, unix.IFA_F_MANAGETEMPADDR},
		{a.Prefix.Addr().Is6() && !a.DAD, unix.IFA_F_NODAD},
	} {
		if f.set {
			k.Flags |= f.flag
		}
	}
	switch {
	case a.PreferredSet:
		k.Preferred = a.PreferredLft
	case a.Prefix.Addr().Is6() && a.Prefix.IsSingleIP():
		// Deprecated, so that the host does not choose it for what it sends itself.
		k.Preferred = 0
	}
	return k
}

// matches reports whether the address on a link is the configured one. IPv6 knows an address once
// for each link, whatever its prefix length.
func (a Address) matches(k rtnl.Address) bool {
	if a.Prefix.Addr().Is6() {
		return a.Prefix.Addr() == k.Prefix.Addr()
	}
	want := kernelAddress(a, 0)
	return want.Prefix == k.Prefix && want.Peer == k.Peer
}
