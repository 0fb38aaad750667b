package ipvs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/lvs"
)

// Connections returns how many connections the kernel has to the destinations at those places, in sum.
// A service or a destination that is not there has none.
func (k *Kernel) Connections(places []lvs.Placement) (lvs.Connections, error) {
	k.reading.Lock()
	defer k.reading.Unlock()
	var sum lvs.Connections
	for _, p := range places {
		err := k.dump(cmdGetDest, func(m *messages) { m.identity(p.Service) }, func(attrs []byte) {
			eachAttribute(attrs, func(kind uint16, nest []byte) {
				if kind != attrDest {
					return
				}
				if d, ok := decodeDestination(nest, p.Service.Family); ok && d.DestinationKey == p.Destination {
					c := countsOf(nest)
					sum.Active += c.Active
					sum.Inactive += c.Inactive
					sum.Persistent += c.Persistent
				}
			})
		})
		if err != nil && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, unix.ESRCH) {
			return lvs.Connections{}, fmt.Errorf("read ipvs destinations of %s: %w", p.Service, err)
		}
	}
	return sum, nil
}

// countsOf decodes the counters of a destination.
func countsOf(nest []byte) (c lvs.Connections) {
	eachAttribute(nest, func(kind uint16, v []byte) {
		if len(v) != 4 {
			return
		}
		switch n := binary.NativeEndian.Uint32(v); kind {
		case destActive:
			c.Active = n
		case destInactive:
			c.Inactive = n
		case destPersistent:
			c.Persistent = n
		}
	})
	return c
}
