package script

import (
	"fmt"
	"math"

	"golang.org/x/sys/unix"
)

// Seal keeps descriptors that this process has inherited, or been handed by the process that
// started it, from reaching scripts: keepalived closes all above standard error. It is called once
// at the start, after handed descriptors are known; what Go opens later is closed by itself.
func Seal() error {
	if err := unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return fmt.Errorf("mark descriptors close-on-exec: %w", err)
	}
	return nil
}
