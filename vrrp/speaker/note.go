package speaker

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// noteSize is how much the effects can write down for a successor, in octets.
const noteSize = 64 << 10

// notes is the part of the state file that belongs to the effects: text behind its length.
func (f *stateFile) notes() []byte { return f.Body()[slotSize*slotCount:] }

func (f *stateFile) recall() string {
	b := f.notes()
	n := binary.NativeEndian.Uint32(b)
	if int(n) > len(b)-4 {
		return ""
	}
	return string(b[4 : 4+n])
}

// remember replaces the text. It is empty for a moment, in which a crash forgets it.
func (f *stateFile) remember(text string) {
	b := f.notes()
	n := min(len(text), len(b)-4)
	binary.NativeEndian.PutUint32(b, 0)
	copy(b[4:], text[:n])
	binary.NativeEndian.PutUint32(b, uint32(n))
}

// memory outlives the process.
type memory interface {
	recall() string
	remember(string)
}

// note writes down what has to be undone at the end, by this process or its successor: sysctls with
// their values before, and devices.
func (e *effects) note() {
	if e.memory == nil {
		return
	}
	var b strings.Builder
	for _, path := range slices.Sorted(maps.Keys(e.was)) {
		fmt.Fprintf(&b, "sysctl %s %s\n", path, e.was[path])
	}
	for _, name := range slices.Sorted(maps.Keys(e.owned)) {
		fmt.Fprintf(&b, "device %s\n", name)
	}
	e.memory.remember(b.String())
}

// recall takes over what an earlier process wrote down.
func (e *effects) recall() {
	if e.memory == nil {
		return
	}
	for line := range strings.Lines(e.memory.recall()) {
		words := strings.Fields(line)
		switch {
		case len(words) == 3 && words[0] == "sysctl":
			e.was[words[1]] = words[2]
		case len(words) == 2 && words[0] == "device":
			e.owned[words[1]] = true
		}
	}
}
