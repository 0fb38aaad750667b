package daemon

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/internal/pidfile"
	"github.com/holdfast-ha/holdfast/internal/rtnl"
	"github.com/holdfast-ha/holdfast/internal/takeover"
	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// trackerWait is how long the first results of tracking scripts are waited for: without them the
// priority would be another one than keepalived's, and a peer might take over.
const trackerWait = 15 * time.Second

// takePID locks the pid file. With --take-over a keepalived may stand in it, which becomes p.former;
// its pid stays there until it has ended.
func (p *parent) takePID() error {
	if p.options.TakeOver {
		p.former = takeover.Find(p.paths.PID)
	}
	lock, err := lockUnlessDying(p.paths.PID)
	var held *pidfile.LockedError
	if errors.As(err, &held) && p.former != nil && held.PID == p.former.PID {
		return nil // newer ones lock the file
	}
	if err != nil {
		return err
	}
	p.lock = lock
	if p.former != nil {
		return nil
	}
	return lock.Write(os.Getpid())
}

// takeOver puts this daemon in the place of keepalived, at the last moment before our own processes
// start: until here keepalived serves, from here on the kernel does by itself.
func (p *parent) takeOver() error {
	k := p.former
	if k == nil {
		return nil
	}
	p.log.Info(fmt.Sprintf("taking over from keepalived, pid %d", k.PID))
	var instances []speaker.Instance
	if p.wants(VRRP) {
		instances = wiring.Speaker(p.config, &p.ids, p.wiringOptions()).Instances
	}
	w, err := takeover.Open()
	if err != nil {
		return err
	}
	defer w.Close()
	p.awaitChildren()
	err = p.watchFormer(w, instances)
	if err == nil {
		err = k.End()
	}
	if err == nil {
		err = w.Drain()
	}
	if err != nil {
		return err
	}
	p.former = nil
	heard := heardOf(w, instances)
	for i := range instances {
		if _, was := heard[instances[i].ID]; was {
			p.log.Info(fmt.Sprintf("(%s) keepalived was MASTER", instances[i].Name))
		}
	}
	if err := speaker.Bequeath(p.paths.State(), instances, heard); err != nil {
		p.log.Error("virtual addresses of keepalived are given up and won anew", zap.Error(err))
	}
	if p.lock == nil {
		if p.lock, err = lockUnlessDying(p.paths.PID); err != nil {
			return err
		}
	}
	return p.lock.Write(os.Getpid())
}

// watchFormer returns when every instance whose addresses are here has been seen advertising, or had the
// time to; the last one seen is that with the shortest interval, whose peers would be the first to give up.
func (p *parent) watchFormer(w *takeover.Watch, instances []speaker.Instance) error {
	waiting := slices.Clone(p.holding(instances))
	slices.SortFunc(waiting, func(a, b speaker.Instance) int { return cmp.Compare(a.AdvertInt, b.AdvertInt) })
	begin := time.Now()
	limit := time.Duration(0)
	if n := len(waiting); n > 0 {
		limit = 2*waiting[n-1].AdvertInt + 100*time.Millisecond
	}
	for {
		key, any, err := w.Next()
		if err != nil {
			return err
		}
		waited := time.Since(begin)
		if waited < trackerWait && p.untold() {
			continue
		}
		if waited > max(limit, trackerWait) || waited > limit && !p.untold() {
			return nil
		}
		missing := slices.ContainsFunc(waiting, func(in speaker.Instance) bool { _, seen := sighting(w, &in); return !seen })
		if !missing && (len(waiting) == 0 || any && isOf(key, &waiting[0])) {
			return nil
		}
	}
}

// untold tells whether a tracking script has no result yet.
func (p *parent) untold() bool {
	for _, s := range p.tracker.Sums() {
		if s.Pending {
			return true
		}
	}
	return false
}

// holding are the instances one of whose addresses this host has.
func (p *parent) holding(instances []speaker.Instance) []speaker.Instance {
	conn, err := rtnl.Dial()
	if err != nil {
		return instances
	}
	defer conn.Close()
	present, err := conn.Addresses()
	if err != nil {
		return instances
	}
	here := map[netip.Addr]bool{}
	for i := range present {
		here[present[i].Prefix.Addr()] = true
	}
	var found []speaker.Instance
	for i := range instances {
		all := slices.Concat(instances[i].VIPs, instances[i].Excluded)
		if slices.ContainsFunc(all, func(a speaker.Address) bool { return here[a.Prefix.Addr()] }) {
			found = append(found, instances[i])
		}
	}
	return found
}

// isOf tells whether an advertisement is of an instance: it may leave by its own interface or by the one
// below.
func isOf(k takeover.Key, in *speaker.Instance) bool {
	return k.VRID == in.VRID && k.IPv6 == (in.Family == 6) && (k.Link == in.Interface || k.Link == in.Device)
}

// sighting is the latest advertisement of an instance.
func sighting(w *takeover.Watch, in *speaker.Instance) (latest takeover.Sighting, ok bool) {
	for k, s := range w.Seen {
		if isOf(k, in) && s.At >= latest.At {
			latest, ok = s, true
		}
	}
	return latest, ok
}

func heardOf(w *takeover.Watch, instances []speaker.Instance) map[vrrp.ID]speaker.Heard {
	heard := map[vrrp.ID]speaker.Heard{}
	for i := range instances {
		if s, ok := sighting(w, &instances[i]); ok {
			heard[instances[i].ID] = speaker.Heard{At: s.At, Sequence: s.Sequence}
		}
	}
	return heard
}
