package vrrp

import "time"

// Awaits is Next without the deadlines at which a BACKUP only makes sure that it is awake.
func (r *Router) Awaits() (time.Duration, bool) {
	next := never
	for _, in := range r.order {
		for s := mainSlot; s < slots; s++ {
			next = min(next, in.due[s])
		}
	}
	return next, next != never
}
