package track_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/track"
)

// BenchmarkResult is one result of one of 1000 scripts that 255 instances track, four each: it turns
// the script round, and four instances get another sum.
func BenchmarkResult(b *testing.B) {
	var s track.Settings
	for i := range 1000 {
		s.Objects = append(s.Objects, track.Object{Kind: track.Script, Name: fmt.Sprint(i), Interval: time.Second, Rise: 1, Fall: 1})
	}
	for i := range 255 {
		in := track.Instance{ID: uint32(i + 1)}
		for j := range 4 {
			in.Uses = append(in.Uses, track.Use{Object: (i + j) % 1000, Weight: -1})
		}
		s.Instances = append(s.Instances, in)
	}
	var core track.Core
	out := core.Reload(0, s, nil)
	ids := core.IDs()
	now, code := time.Duration(0), 0
	step := func(i int) {
		if i%len(ids) == 0 {
			now, code = now+time.Second, 1-code
			out = core.Step(now, track.Event{}, out[:0])
		}
		out = core.Step(now, track.Event{Kind: track.Done, Object: ids[i%len(ids)], Outcome: track.Outcome{End: track.Exited, Code: code}}, out[:0])
	}
	i := 0
	if n := testing.AllocsPerRun(5000, func() { step(i); i++ }); n != 0 {
		b.Fatalf("%v allocations for a result", n)
	}
	b.ReportAllocs()
	for b.Loop() {
		step(i)
		i++
	}
}
