package config

// routeEntry reads the statement at hand as a route-entry; d.words holds the whole entry. ok is
// false when it is dropped.
func (d *decoder) routeEntry() (r Route, ok bool) {
	r.Pos = d.pos()
	return r, true
}
