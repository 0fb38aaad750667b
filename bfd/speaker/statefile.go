package speaker

import (
	"sync/atomic"
	"time"

	"github.com/holdfast-ha/holdfast/bfd"
	"github.com/holdfast-ha/holdfast/internal/bootfile"
)

// The state file lets a process that follows a crash go on with its sessions. It is memory: the loop
// stores a time into it for each packet that it takes, and there is no system call in that.
//
// Layout: slots. All numbers are native: nobody but
// the next process on this host reads them.
const (
	slotSize   = 128
	slotCount  = 1024
	stateMagic = "holdfast-bfd-1\n"
)

// slot is one session's part of the file.
type slot struct {
	// heard is CLOCK_BOOTTIME in ns of the last packet; 0: the session is not Up.
	heard        int64
	minTx, minRx int64 // of the neighbour, ns
	mine, yours  uint32
	multiplier   uint8
	used         uint8
	multihop     uint8
	_            [5]byte
	local        [16]byte // zero: any
	remote       [16]byte
	name         [32]byte // the language takes 31
	_            [slotSize - 3*8 - 2*4 - 8 - 2*16 - 32]byte
}

// slotKey is what must agree for a slot to be a session's.
type slotKey struct {
	name          [32]byte
	local, remote [16]byte
	multihop      uint8
}

func keyOf(c *bfd.Config) slotKey {
	k := slotKey{remote: c.Remote.As16()}
	copy(k.name[:], c.Name)
	if c.Local.IsValid() {
		k.local = c.Local.As16()
	}
	if c.Multihop {
		k.multihop = 1
	}
	return k
}

func (s *slot) key() slotKey {
	return slotKey{name: s.name, local: s.local, remote: s.remote, multihop: s.multihop}
}

// stateFile is the mapped file, or without a path ordinary memory.
type stateFile struct{ *bootfile.File }

func openState(path string) (*stateFile, error) {
	f, err := bootfile.Open(path, stateMagic, slotSize, slotSize*slotCount)
	if err != nil {
		return nil, err
	}
	return &stateFile{f}, nil
}

func (f *stateFile) slots() []slot { return bootfile.Slots[slot](f.File, slotCount) }

// resumable are the sessions that were up, and heard within their detection time.
func (f *stateFile) resumable(now time.Duration, configs []bfd.Config) []bfd.Resumed {
	wanted := make(map[slotKey]*bfd.Config, len(configs))
	for i := range configs {
		wanted[keyOf(&configs[i])] = &configs[i]
	}
	var all []bfd.Resumed
	slots := f.slots()
	for i := range slots {
		s := &slots[i]
		c, heard := wanted[s.key()], time.Duration(atomic.LoadInt64(&s.heard))
		if s.used == 0 || c == nil || heard <= 0 || heard > now {
			continue
		}
		r := bfd.Resumed{
			Name: c.Name, Mine: s.mine, Yours: s.yours, Silent: now - heard,
			RemoteMinTx: time.Duration(s.minTx), RemoteMinRx: time.Duration(s.minRx), RemoteMultiplier: s.multiplier,
		}
		if r.Silent < r.Detection(c) {
			all = append(all, r)
		}
	}
	return all
}

// assign gives a slot to each session, keeping those that they have, and frees the others. A session
// without a slot (there are more than slotCount) gets one of ordinary memory.
func (f *stateFile) assign(sessions []bfd.Status) map[bfd.ID]*slot {
	byKey := make(map[slotKey]*slot, len(sessions))
	wanted := make(map[slotKey]bool, len(sessions))
	for i := range sessions {
		wanted[keyOf(&sessions[i].Config)] = true
	}
	var free []*slot
	slots := f.slots()
	for i := range slots {
		s := &slots[i]
		if k := s.key(); s.used == 1 && wanted[k] && byKey[k] == nil {
			byKey[k] = s
			continue
		}
		if s.used != 0 {
			*s = slot{}
		}
		free = append(free, s)
	}
	assigned := make(map[bfd.ID]*slot, len(sessions))
	for i := range sessions {
		k := keyOf(&sessions[i].Config)
		s := byKey[k]
		switch {
		case s != nil:
		case len(free) == 0:
			s = new(slot)
		default:
			s, free = free[0], free[1:]
			s.name, s.local, s.remote, s.multihop, s.used = k.name, k.local, k.remote, k.multihop, 1
		}
		assigned[sessions[i].ID] = s
	}
	return assigned
}

// store takes over how a session stands. One that is not Up is nothing to go on with.
func (s *slot) store(st *bfd.Status, now time.Duration) {
	heard := int64(0)
	if st.State == bfd.Up {
		heard = int64(now)
	}
	s.mine, s.yours, s.multiplier = st.Mine, st.Yours, st.RemoteMultiplier
	s.minTx, s.minRx = int64(st.RemoteMinTx), int64(st.RemoteMinRx)
	atomic.StoreInt64(&s.heard, heard)
}

// touch notes that a session that is Up was heard.
func (s *slot) touch(now time.Duration) {
	if atomic.LoadInt64(&s.heard) != 0 {
		atomic.StoreInt64(&s.heard, int64(now))
	}
}
