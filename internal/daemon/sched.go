package daemon

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// schedRR is SCHED_RR; x/sys/unix has it only as the policy of SchedAttr.
const schedRR = 2

// leastRTTime is the least that a thread may run without blocking before the kernel kills a
// real-time process that ran away (RLIMIT_RTTIME). keepalived's default of 10 ms is for a program
// that never collects garbage; on a kernel with ticks of 10 ms a start alone passes it.
const leastRTTime = time.Second

// apply gives the calling process its scheduling. Every thread has its own on Linux: those that
// run already get it one by one, later ones inherit it from the thread that makes them.
func (s schedSettings) apply() error {
	var errs []error
	if s.RTPriority > 0 {
		microseconds := uint64(max(s.RTTime, leastRTTime) / time.Microsecond)
		limit := unix.Rlimit{Cur: microseconds, Max: microseconds}
		if err := unix.Setrlimit(unix.RLIMIT_RTTIME, &limit); err != nil {
			errs = append(errs, fmt.Errorf("limit real-time: %w", err))
		}
		errs = append(errs, eachThread("set real-time priority", func(tid int) error {
			return unix.SchedSetAttr(tid, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: schedRR, Priority: uint32(s.RTPriority)}, 0)
		}))
	}
	if s.Nice != 0 {
		errs = append(errs, eachThread("set nice value", func(tid int) error {
			return unix.Setpriority(unix.PRIO_PROCESS, tid, s.Nice)
		}))
	}
	if len(s.CPUs) > 0 {
		var set unix.CPUSet
		for _, cpu := range s.CPUs {
			set.Set(cpu)
		}
		errs = append(errs, eachThread("set CPU affinity", func(tid int) error {
			return unix.SchedSetaffinity(tid, &set)
		}))
	}
	if s.NoSwap {
		// On fault: memory that is only reserved, most of a Go heap's, is not filled.
		if err := unix.Mlockall(unix.MCL_CURRENT | unix.MCL_FUTURE | unix.MCL_ONFAULT); err != nil {
			errs = append(errs, fmt.Errorf("lock memory: %w", err))
		}
	}
	return errors.Join(errs...)
}

// eachThread calls f for every thread of the process, again until no new one turned up meanwhile.
func eachThread(what string, f func(tid int) error) error {
	done := map[int]bool{}
	for {
		entries, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		news := false
		for _, e := range entries {
			tid, err := strconv.Atoi(e.Name())
			if err != nil || done[tid] {
				continue
			}
			done[tid], news = true, true
			if err := f(tid); err != nil && !errors.Is(err, unix.ESRCH) {
				return fmt.Errorf("%s: %w", what, err)
			}
		}
		if !news {
			return nil
		}
	}
}

// setName is what ps -o comm, pidof and killall know the process by. The kernel keeps 15 octets.
func setName(name string) {
	// Without /proc the name stays that of /proc/self/exe, which harms nothing.
	_ = os.WriteFile("/proc/self/comm", []byte(name), 0)
}
