package speaker

import (
	"time"
)

// extraLinks are the interfaces of h that switches hear nothing of while nothing is amiss: those with
// virtual addresses by which no adverts go out. Without ExtraAll only macvlans count. For each of them
// one address, so that one announcement keeps the switch informed (garp_extra_if).
func (h *holder) extraLinks(devices []Device) []*vip {
	seen := map[string]bool{h.wire: true}
	for _, d := range devices {
		if d.IPVLAN {
			seen[d.Name] = true
		}
	}
	var one []*vip
	for _, v := range h.vips {
		if seen[v.link] || !h.extraAll && !hasDevice(devices, v.link) {
			continue
		}
		seen[v.link] = true
		one = append(one, v)
	}
	return one
}

func hasDevice(devices []Device, name string) bool {
	for i := range devices {
		if devices[i].Name == name {
			return true
		}
	}
	return false
}

// extras announces what is due on such interfaces.
func (e *effects) extras(now time.Time) {
	for _, h := range e.holders {
		switch {
		case h.extra == 0 || !h.master || h.waiting || h.yielding || h.vips == nil:
			h.extraAt = time.Time{}
		case h.extraAt.IsZero():
			h.extraAt = now.Add(h.extra)
		case !now.Before(h.extraAt):
			h.extraAt = now.Add(h.extra)
			e.announce(h.id, h.extraLinks(e.devices), 1)
		}
	}
}
