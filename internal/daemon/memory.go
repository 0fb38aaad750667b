package daemon

import (
	"runtime/debug"
	"time"
)

// memoryRest is how long the processor is left to what a new configuration has set going.
const memoryRest = 3 * time.Second

// giveBackMemory gives what reading a configuration took back to the kernel, beside the loop.
func giveBackMemory() { time.AfterFunc(memoryRest, debug.FreeOSMemory) }
