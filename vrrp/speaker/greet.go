package speaker

import (
	"net/netip"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/vrrp"
)

// greet announces the source of a unicast instance that leaves FAULT. A peer that lost our MAC address
// while our link was down cannot send us an advertisement before it has asked for it, and we could take
// over meanwhile. keepalived does the same.
func (l *loop) greet(a *vrrp.Action) {
	m := l.members[a.Instance]
	if a.Kind != vrrp.Changed || a.From != vrrp.Fault || a.To != vrrp.Backup || m == nil {
		return
	}
	if m.Unicast && m.Interface != "" && m.source.IsValid() {
		l.orders.put(order{kind: orderGreet, link: m.Interface, source: m.source})
	}
}

// greet sends one announcement of an address of the host itself.
func (e *effects) greet(link string, source netip.Addr) {
	l, ok := e.links[link]
	if !ok || !l.ARP() || len(l.Hardware) != 6 {
		return
	}
	hardware := [6]byte(l.Hardware)
	f := frame{index: l.Index}
	if source.Is4() {
		f.data = appendARP(nil, source, hardware)
	} else {
		f.data = appendNA(nil, source.WithZone(""), hardware, e.forwards(link))
	}
	if err := e.air.transmit([]frame{f}); err != nil {
		e.log.limited("greet", "cannot announce the source of adverts", zap.String("interface", link), zap.Error(err))
	}
}
