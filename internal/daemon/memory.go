package daemon

import (
	"runtime/debug"
	"sync"
	"time"
)

// memoryRest is how long the processor is left to what a new configuration has set going.
const memoryRest = 3 * time.Second

// A process that starts with a configuration of at most startSize octets lets its heap grow to quickPercent of
// the usual before it collects garbage: hardly anything of it is garbage yet, and addresses and services wait
// for each other's processes. With a larger one that would be much memory.
const (
	startSize    = 1 << 20
	quickPercent = 400
)

// usualPercent puts back how often garbage is collected; nil: it is as usual.
var usualPercent func()

// startQuickly is called once, before anything of a configuration of that size is read.
func startQuickly(size int64) {
	if size > startSize {
		return
	}
	before := debug.SetGCPercent(quickPercent)
	if before < 0 || before > quickPercent { // who set GOGC wants it so
		debug.SetGCPercent(before)
		return
	}
	usualPercent = sync.OnceFunc(func() { debug.SetGCPercent(before) })
}

// memoryTimer is the process's own. One that is set anew before it ran out starts over: reloads in quick
// succession need the memory again.
var memoryTimer = sync.OnceValue(func() *time.Timer {
	return time.AfterFunc(memoryRest, func() {
		collectAsUsual()
		debug.FreeOSMemory()
	})
})

// giveBackMemory gives what reading a configuration took back to the kernel, beside the loop.
func giveBackMemory() { memoryTimer().Reset(memoryRest) }

// collectAsUsual ends what startQuickly began.
func collectAsUsual() {
	if usualPercent != nil {
		usualPercent()
	}
}
