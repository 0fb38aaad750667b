package speaker

import (
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"
)

// An address, route or rule that the kernel refused is put again while somebody holds it: soon, then less
// and less often. Without its address a MASTER keeps the others from being one, and serves nobody; a route
// may be refused because the next hop cannot be reached yet.
const (
	firstRefusal = time.Second
	lastRefusal  = 30 * time.Second
)

// refusals is when refused addresses are put again; a pause of 0: none is.
type refusals struct {
	pause time.Duration
	at    time.Time // zero: the pause has not begun
}

// refuse notes that the kernel refused an address, route or rule, and says so once for each reason, which it
// keeps in last.
func (e *effects) refuse(kind, name string, last *string, err error) {
	if text := err.Error(); *last != text {
		*last = text
		e.log.warn("cannot add "+kind, zap.String(kind, name), zap.Error(err))
	}
	if e.refused.pause == 0 {
		e.refused = refusals{pause: firstRefusal}
	}
}

// putRefused puts what was refused when it is time.
func (e *effects) putRefused(now time.Time) {
	r := &e.refused
	switch {
	case r.pause == 0:
		return
	case r.at.IsZero():
		r.at = now.Add(r.pause)
		return
	case now.Before(r.at):
		return
	}
	if addresses, entries := e.putRefusedVIPs(), e.putRefusedEntries(); addresses && entries {
		*r = refusals{}
		return
	}
	r.pause = min(2*r.pause, lastRefusal)
	r.at = now.Add(r.pause)
}

// putRefusedVIPs reports whether all are there.
func (e *effects) putRefusedVIPs() bool {
	var missing []*vip
	for _, v := range e.vips {
		if v.refused != "" && v.refs > 0 && !v.there {
			missing = append(missing, v)
		}
	}
	slices.SortFunc(missing, func(a, b *vip) int { return strings.Compare(a.config.String(), b.config.String()) })
	_, failed := e.put(missing)
	for _, v := range missing {
		if v.there {
			e.log.warn("address that could not be added is there", zap.String("address", v.config.String()))
			e.announce(e.ownerOf(v), []*vip{v}, 1)
		}
	}
	return len(failed) == 0
}

// putRefusedEntries reports whether all are there whose interfaces are: others come back with those. They
// go in the order of the configuration, for a route may need another.
func (e *effects) putRefusedEntries() bool {
	var missing []*entry
	for _, h := range e.sortedHolders() {
		for _, n := range h.entries {
			due := n.refused != "" && !n.there && (n.route == nil || e.linksUp(n))
			if due && !slices.Contains(missing, n) {
				missing = append(missing, n)
			}
		}
	}
	_, failed := e.putEntries(missing)
	for _, n := range missing {
		if n.there {
			e.log.warn(n.kind()+" that could not be added is there", zap.String(n.kind(), n.String()))
		}
	}
	return len(failed) == 0
}
