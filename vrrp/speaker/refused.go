package speaker

import (
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"
)

// An address that the kernel refused is put again while somebody holds it: soon, then less and less often.
// Without its address a MASTER keeps the others from being one, and serves nobody.
const (
	firstRefusal = time.Second
	lastRefusal  = 30 * time.Second
)

// refusals is when refused addresses are put again; a pause of 0: none is.
type refusals struct {
	pause time.Duration
	at    time.Time // zero: the pause has not begun
}

// refuse notes that the kernel refused an address, and says so once for each reason.
func (e *effects) refuse(v *vip, err error) {
	if text := err.Error(); v.refused != text {
		v.refused = text
		e.log.warn("cannot add address", zap.String("address", v.config.String()), zap.Error(err))
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
	var missing []*vip
	for _, v := range e.vips {
		if v.refused != "" && v.refs > 0 && !v.there {
			missing = append(missing, v)
		}
	}
	slices.SortFunc(missing, func(a, b *vip) int { return strings.Compare(a.config.String(), b.config.String()) })
	if _, failed := e.put(missing); len(failed) == 0 {
		*r = refusals{}
	} else {
		r.pause = min(2*r.pause, lastRefusal)
		r.at = now.Add(r.pause)
	}
	for _, v := range missing {
		if v.there {
			e.log.warn("address that could not be added is there", zap.String("address", v.config.String()))
			e.announce(e.ownerOf(v), []*vip{v}, 1)
		}
	}
}
