package daemon

import (
	"runtime/debug"
	"sync"
	"time"
)

// memoryRest is how long the processor is left to what a new configuration has set going.
const memoryRest = 3 * time.Second

// memoryTimer is the process's own. One that is set anew before it ran out starts over: reloads in quick
// succession need the memory again.
var memoryTimer = sync.OnceValue(func() *time.Timer { return time.AfterFunc(memoryRest, debug.FreeOSMemory) })

// giveBackMemory gives what reading a configuration took back to the kernel, beside the loop.
func giveBackMemory() { memoryTimer().Reset(memoryRest) }
