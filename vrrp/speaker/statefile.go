package speaker

import (
	"sync/atomic"
	"time"

	"github.com/holdfast-ha/holdfast/internal/bootfile"
)

// The state file lets a process that follows a crash go on as MASTER. It is memory: the loop
// stores a time into it for each advertisement, and there is no system call in that.
//
// Layout: slots. A slot has the name, interface,
// VRID and family of an instance, its interval, and when it last advertised as MASTER, 0 if it is
// none. Behind the slots is a text, see notes.
const (
	slotSize   = 128
	slotName   = 64 // longer names are cut; the rest of the key makes up for it
	slotCount  = 2048
	stateMagic = "holdfast-vrrp-2\n"
)

// slot is one instance's part of the file. On 32-bit machines too its times are aligned to 8.
type slot struct {
	last     int64  // CLOCK_BOOTTIME in ns of the last advertisement as MASTER
	interval int64  // ns
	sequence uint32 // AH
	used     uint8
	vrid     uint8
	family   uint8
	_        [1]byte
	name     [slotName]byte
	link     [16]byte
	_        [slotSize - 8 - 8 - 8 - slotName - 16]byte
}

func (s *slot) store(now int64, sequence uint32) {
	atomic.StoreUint32(&s.sequence, sequence)
	atomic.StoreInt64(&s.last, now)
}

// slotKey is what must agree for a slot to be an instance's.
type slotKey struct {
	name   [slotName]byte
	link   [16]byte
	vrid   uint8
	family uint8
}

func keyOf(in *Instance) slotKey {
	k := slotKey{vrid: in.VRID, family: uint8(in.Family)}
	copy(k.name[:], in.Name)
	copy(k.link[:], in.Interface)
	return k
}

// stateFile is the mapped file, or without a path ordinary memory.
type stateFile struct{ *bootfile.File }

// boottime is the time of the file, in ns.
func boottime() int64 { return int64(bootfile.Now()) }

func openState(path string) (*stateFile, error) {
	f, err := bootfile.Open(path, stateMagic, slotSize, slotSize*slotCount+noteSize)
	if err != nil {
		return nil, err
	}
	return &stateFile{f}, nil
}

func (f *stateFile) slots() []slot { return bootfile.Slots[slot](f.File, slotCount) }

// recent returns, by instance, how old the last advertisement is and its interval; instances that
// were not MASTER are left out.
func (f *stateFile) recent(now int64) map[slotKey]sighting {
	seen := map[slotKey]sighting{}
	slots := f.slots()
	for i := range slots {
		s := &slots[i]
		last := atomic.LoadInt64(&s.last)
		if s.used == 1 && last > 0 && last <= now {
			k := slotKey{name: s.name, link: s.link, vrid: s.vrid, family: s.family}
			seen[k] = sighting{
				age: time.Duration(now - last), interval: time.Duration(s.interval), sequence: s.sequence,
			}
		}
	}
	return seen
}

// sighting is what a slot says of an instance that was MASTER.
type sighting struct {
	age, interval time.Duration
	sequence      uint32
}

// fresh reports whether no peer can have given up on us: three intervals are the least master down
// interval of any priority (RFC 9568 section 6.1).
func (s sighting) fresh() bool { return s.interval > 0 && s.age < 3*s.interval }

// assign gives slots to instances, keeping those that they have, and frees the others. An instance
// without a slot (there are more than slotCount) gets a slot of ordinary memory.
func (f *stateFile) assign(instances []Instance) map[slotKey]*slot {
	assigned := make(map[slotKey]*slot, len(instances))
	wanted := make(map[slotKey]bool, len(instances))
	for i := range instances {
		wanted[keyOf(&instances[i])] = true
	}
	slots := f.slots()
	for i := range slots {
		s := &slots[i]
		k := slotKey{name: s.name, link: s.link, vrid: s.vrid, family: s.family}
		if s.used == 1 && wanted[k] && assigned[k] == nil {
			assigned[k] = s
		} else {
			*s = slot{}
		}
	}
	next := 0
	for i := range instances {
		k := keyOf(&instances[i])
		s := assigned[k]
		for s == nil {
			switch {
			case next == len(slots):
				s = new(slot)
			case slots[next].used == 0:
				s = &slots[next]
				s.name, s.link, s.vrid, s.family = k.name, k.link, k.vrid, k.family
				s.used = 1
			default:
				next++
			}
		}
		s.interval = int64(instances[i].AdvertInt)
		assigned[k] = s
	}
	return assigned
}
