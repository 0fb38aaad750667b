package speaker

import (
	"testing"
	"time"
)

func TestLatenessIsCountedInTheBucketWhoseEndItDoesNotPass(t *testing.T) {
	var l lateness
	for _, late := range []time.Duration{0, latenessBounds[0], latenessBounds[0] + 1, time.Second, time.Second + 1, time.Hour} {
		l.add(late)
	}
	got := l.read()
	last := len(latenessBounds)
	want := map[int]uint64{0: 2, 1: 1, last - 1: 1, last: 2}
	for i, n := range got.Counts {
		if n != want[i] {
			t.Errorf("bucket %d has %d, want %d", i, n, want[i])
		}
	}
	if len(got.Bounds) != last || len(got.Counts) != last+1 || got.Worst != time.Hour {
		t.Errorf("%d bounds, %d counts, worst %v", len(got.Bounds), len(got.Counts), got.Worst)
	}
	if n := testing.AllocsPerRun(100, func() { l.add(time.Millisecond) }); n != 0 {
		t.Errorf("counting allocates %v times", n)
	}
}

// TestSnapshotCostsTheLoopLittle: whatever it takes, advertisements wait for it.
func TestSnapshotCostsTheLoopLittle(t *testing.T) {
	var s Settings
	for i := range 255 {
		s.Instances = append(s.Instances, testInstance(uint8(i+1), "192.0.2.100/32", "192.0.2.101/32", "192.0.2.102/32", "192.0.2.103/32"))
	}
	l, _ := testLoop(t, &s)
	if n := testing.AllocsPerRun(10, func() { l.status() }); n > 600 {
		t.Errorf("a snapshot of 255 instances allocates %v times: an advertisement might wait for the collector", n)
	}
}

// BenchmarkSnapshot is what a snapshot of 255 instances costs the loop, and so the advertisement that it comes
// in between.
func BenchmarkSnapshot(b *testing.B) {
	var s Settings
	for i := range 255 {
		s.Instances = append(s.Instances, testInstance(uint8(i+1), "192.0.2.100/32"))
	}
	l, _ := testLoop(b, &s)
	b.ReportAllocs()
	for b.Loop() {
		l.status()
	}
}
