package speaker

import (
	"sync/atomic"
	"time"

	"github.com/holdfast-ha/holdfast/vrrp"
)

// Heard is the last advertisement that a program of another make sent as MASTER of an instance.
type Heard struct {
	At       time.Duration // CLOCK_BOOTTIME
	Sequence uint32        // of its Authentication Header
}

// Bequeath writes the state file at path as if a process of ours had been MASTER of those instances
// until then: the next one goes on from there.
func Bequeath(path string, instances []Instance, heard map[vrrp.ID]Heard) error {
	f, err := openState(path)
	if err != nil {
		return err
	}
	clear(f.Body())
	slots := f.assign(instances)
	for i := range instances {
		s := slots[keyOf(&instances[i])]
		if h, ok := heard[instances[i].ID]; ok {
			s.store(int64(h.At), h.Sequence)
		} else {
			atomic.StoreInt64(&s.last, 0)
		}
	}
	return f.Close()
}
