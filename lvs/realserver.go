package lvs

// maxWeight is keepalived's limit of a weight that was computed.
const maxWeight = 65535

// realServer is the running state of a real server.
type realServer struct {
	config   RealServer
	checks   []check
	override Override
	// failed: a check has failed since the real server is here, so that it can recover.
	failed bool
	ramp   ramp
}

// check is the running state of one check.
type check struct {
	CheckConfig
	failed    bool
	hasWeight bool
	relative  bool
	weight    int64
}

// newRealServer returns a real server in its initial state: up, unless a check of it is alpha.
func newRealServer(config RealServer, alpha bool) *realServer {
	r := &realServer{config: config}
	for _, c := range config.checks(alpha) {
		r.checks = append(r.checks, check{CheckConfig: c, failed: c.Alpha})
	}
	return r
}

// reconfigure takes a new configuration over. Checks that are still there keep their state; a new
// one starts as it would at the start.
func (r *realServer) reconfigure(config RealServer, alpha bool) {
	next := newRealServer(config, alpha)
	next.override, next.failed, next.ramp = r.override, r.failed, r.ramp
	for i := range next.checks {
		if old := r.check(next.checks[i].ID); old != nil {
			kept := *old
			kept.CheckConfig = next.checks[i].CheckConfig
			next.checks[i] = kept
		}
	}
	*r = *next
}

func (r *realServer) check(id string) *check {
	for i := range r.checks {
		if r.checks[i].ID == id {
			return &r.checks[i]
		}
	}
	return nil
}

// up reports whether no check fails.
func (r *realServer) up() bool {
	for i := range r.checks {
		if r.checks[i].failed {
			return false
		}
	}
	return true
}

// weight is the ordered weight or else the configured one changed by what each check asks for;
// several add up.
func (r *realServer) weight() int64 {
	if weight, ordered := r.override.weight(); ordered {
		return weight
	}
	configured := int64(r.config.Destination.Weight)
	weight := configured
	for i := range r.checks {
		switch c := &r.checks[i]; {
		case !c.hasWeight:
		case c.relative:
			weight += c.weight
		default:
			weight += c.weight - configured
		}
	}
	return min(max(weight, 0), max(maxWeight, configured))
}

// setHealth puts every check into one state, as adoption needs it.
func (r *realServer) setHealth(up bool) {
	for i := range r.checks {
		r.checks[i].failed = !up
	}
}

// destination is the kernel's entry of the real server, if it is to have one. suspended says that
// the sorry server has taken over. One that was ordered to have weight 0 stays even then: its
// connections go on.
func (r *realServer) destination(suspended bool) (Destination, bool) {
	d := r.config.Destination
	if suspended || !r.up() {
		d.Weight = 0
		return d.Normal(), r.config.Inhibit || r.override.keeps() && r.up()
	}
	d.Weight = uint32(r.current())
	return d.Normal(), true
}
