package vrrp

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestHeapKeepsTheEarliestOnTop(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var h deadlines
		var all []*instance
		steps := rapid.SliceOfN(rapid.IntRange(0, 1<<16), 1, 200).Draw(t, "steps")
		for _, s := range steps {
			switch {
			case len(all) == 0 || s%5 == 0:
				in := &instance{key: time.Duration(s)}
				all = append(all, in)
				h.push(in)
			case s%5 == 1:
				i := s % len(all)
				h.remove(all[i])
				all = append(all[:i], all[i+1:]...)
			default:
				in := all[s%len(all)]
				in.key = time.Duration(s * 7919 % (1 << 16))
				h.fix(in)
			}
			if len(h) != len(all) {
				t.Fatalf("%d in the heap, want %d", len(h), len(all))
			}
			for i, d := range h {
				if d.in.place != i || d.at != d.in.key {
					t.Fatalf("at %d: place %d, deadline %v, its own %v", i, d.in.place, d.at, d.in.key)
				}
				if parent := (i - 1) / 2; i > 0 && h[parent].at > d.at {
					t.Fatalf("at %d: %v is above %v", i, h[parent].at, d.at)
				}
			}
		}
	})
}
