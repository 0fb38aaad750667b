package ipvs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/lvs"
)

// Counts returns what the kernel has counted of the services that want names. One that is not there is
// left out. It takes one dump of the services and one of the destinations of each.
func (k *Kernel) Counts(want map[lvs.ServiceKey]struct{}) (map[lvs.ServiceKey]lvs.Counts, error) {
	if len(want) == 0 {
		return nil, nil
	}
	all := make(map[lvs.ServiceKey]lvs.Counts, len(want))
	k.reading.Lock()
	err := k.dump(cmdGetService, nil, func(attrs []byte) {
		eachAttribute(attrs, func(kind uint16, nest []byte) {
			if kind != attrService {
				return
			}
			key, _ := engineOf(nest)
			if _, ok := want[key]; ok {
				all[key] = lvs.Counts{Traffic: trafficOf(nest, svcStats, svcStats64)}
			}
		})
	})
	k.reading.Unlock()
	if err != nil {
		return nil, fmt.Errorf("read ipvs services: %w", err)
	}
	for key, c := range all {
		if c.Destinations, err = k.destinationCounts(key); err != nil {
			return nil, fmt.Errorf("read ipvs destinations of %s: %w", key, err)
		}
		all[key] = c
	}
	return all, nil
}

// destinationCounts reads those of one service. The lock is taken for each: the reconciler, which may
// wait for it, comes first.
func (k *Kernel) destinationCounts(key lvs.ServiceKey) (map[lvs.DestinationKey]lvs.DestinationCounts, error) {
	k.reading.Lock()
	defer k.reading.Unlock()
	all := map[lvs.DestinationKey]lvs.DestinationCounts{}
	err := k.dump(cmdGetDest, func(m *messages) { m.identity(key) }, func(attrs []byte) {
		eachAttribute(attrs, func(kind uint16, nest []byte) {
			if kind != attrDest {
				return
			}
			if d, ok := decodeDestination(nest, key.Family); ok {
				all[d.DestinationKey] = lvs.DestinationCounts{Traffic: trafficOf(nest, destStats, destStats64), Connections: countsOf(nest)}
			}
		})
	})
	if err != nil && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, unix.ESRCH) {
		return nil, err
	}
	return all, nil
}

// trafficOf decodes the statistics in a nest; those of 64 bits stand behind the others and count.
func trafficOf(nest []byte, old, wide uint16) (t lvs.Traffic) {
	eachAttribute(nest, func(kind uint16, stats []byte) {
		if kind != old && kind != wide {
			return
		}
		eachAttribute(stats, func(kind uint16, v []byte) {
			var n uint64
			switch len(v) {
			case 4:
				n = uint64(binary.NativeEndian.Uint32(v))
			case 8:
				n = binary.NativeEndian.Uint64(v)
			default:
				return
			}
			switch kind {
			case statConnections:
				t.Connections = n
			case statPacketsIn:
				t.PacketsIn = n
			case statPacketsOut:
				t.PacketsOut = n
			case statBytesIn:
				t.BytesIn = n
			case statBytesOut:
				t.BytesOut = n
			}
		})
	})
	return t
}
