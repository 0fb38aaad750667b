package daemon

import (
	"runtime/debug"
	"testing"
)

// percent is how often garbage is collected.
func percent() int {
	p := debug.SetGCPercent(100)
	debug.SetGCPercent(p)
	return p
}

func TestStartCollectsLessOftenUntilItIsOver(t *testing.T) {
	defer func(before int) { debug.SetGCPercent(before) }(debug.SetGCPercent(100))
	for _, tt := range []struct {
		name                 string
		usual                int // GOGC
		size                 int64
		atStart, wantedAfter int
	}{
		{"a small configuration", 100, 1000, quickPercent, 100},
		{"a large one would take much memory", 100, startSize + 1, 100, 100},
		{"GOGC is put back", 50, 1000, quickPercent, 50},
		{"a larger GOGC stays", 800, 1000, 800, 800},
		{"GOGC=off stays", -1, 1000, -1, -1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			usualPercent = nil
			defer func() { usualPercent = nil }()
			debug.SetGCPercent(tt.usual)
			startQuickly(tt.size)
			if got := percent(); got != tt.atStart {
				t.Errorf("%d at the start, want %d", got, tt.atStart)
			}
			collectAsUsual()
			collectAsUsual()
			if got := percent(); got != tt.wantedAfter {
				t.Errorf("%d afterwards, want %d", got, tt.wantedAfter)
			}
		})
	}
}
