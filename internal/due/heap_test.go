package due_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/holdfast-ha/holdfast/internal/due"
)

type alarm struct{ due.Entry[alarm] }

// Whatever is added, moved and removed, the first is the earliest of those that are in.
func TestFirstIsAlwaysTheEarliest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var h due.Heap[alarm]
		var in []*alarm
		at := rapid.Custom(func(t *rapid.T) time.Duration { return time.Duration(rapid.IntRange(0, 50).Draw(t, "at")) })
		pick := func() int { return rapid.IntRange(0, len(in)-1).Draw(t, "which") }
		add := func(t *rapid.T) {
			a := &alarm{due.Entry[alarm]{At: at.Draw(t, "new")}}
			in = append(in, a)
			h.Add(&a.Entry, a)
		}
		for range rapid.IntRange(1, 100).Draw(t, "steps") {
			switch step := rapid.IntRange(0, 4).Draw(t, "step"); {
			case len(in) == 0 || step < 2:
				add(t)
			case step == 2:
				a := in[pick()]
				a.At = at.Draw(t, "moved")
				h.Fix(&a.Entry)
			case step == 3:
				before := in[0].At
				h.Delay(10)
				if in[0].At != before+10 {
					t.Fatalf("one that was due at %d is put off by 10, to %d", before, in[0].At)
				}
			default:
				i := pick()
				h.Remove(&in[i].Entry)
				if h.Has(&in[i].Entry) {
					t.Fatal("one that was removed is still in")
				}
				in = slices.Delete(in, i, i+1)
			}
			for _, a := range in {
				if !h.Has(&a.Entry) {
					t.Fatalf("one that is due at %d is not in", a.At)
				}
			}
			if h.Has(new(due.Entry[alarm])) {
				t.Fatal("one that was never added is in")
			}
			if h.Len() != len(in) {
				t.Fatalf("%d in the heap, want %d", h.Len(), len(in))
			}
			if len(in) == 0 && h.By(1<<62) {
				t.Fatal("one of none is due")
			}
			if len(in) > 0 {
				earliest := slices.MinFunc(in, func(a, b *alarm) int { return int(a.At - b.At) })
				if h.First().At != earliest.At {
					t.Fatalf("the first is due at %d, the earliest at %d", h.First().At, earliest.At)
				}
				if h.By(earliest.At-1) || !h.By(earliest.At) {
					t.Fatalf("the earliest, of %d, is due before that or not then", earliest.At)
				}
			}
		}
	})
}

func BenchmarkFix(b *testing.B) {
	var h due.Heap[alarm]
	for i := range 1000 {
		a := &alarm{due.Entry[alarm]{At: time.Duration(i)}}
		h.Add(&a.Entry, a)
	}
	b.ReportAllocs()
	for b.Loop() {
		a := h.First()
		a.At += 1000
		h.Fix(&a.Entry)
	}
}
