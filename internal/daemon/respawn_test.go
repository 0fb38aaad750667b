package daemon

import (
	"testing"
	"time"
)

func TestDeadChildWaitsLongerEachTimeItDiesEarly(t *testing.T) {
	const short = 10 * time.Second
	tests := []struct {
		name string
		ran  []time.Duration
		want []time.Duration
	}{
		{"first death", []time.Duration{short}, []time.Duration{0}},
		{"doubling up to a minute", []time.Duration{short, short, short, short, short, short, short, short, short, short},
			[]time.Duration{0, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 32 * time.Second, time.Minute, time.Minute, time.Minute}},
		{"a long run clears the record", []time.Duration{short, short, short, time.Minute, short},
			[]time.Duration{0, time.Second, 2 * time.Second, 0, time.Second}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var r respawn
			for i, ran := range tt.ran {
				if got := r.after(ran); got != tt.want[i] {
					t.Errorf("death %d: waits %v, want %v", i+1, got, tt.want[i])
				}
			}
		})
	}
}
