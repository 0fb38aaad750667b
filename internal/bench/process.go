package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Tree returns pid and the processes below it.
func Tree(pid int) []int {
	children := map[int][]int{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range stats {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it ended meanwhile
		}
		// The program's name stands in brackets and may hold anything: read behind the last one.
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		self, _ := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		parent, err := strconv.Atoi(fields[1])
		if err == nil {
			children[parent] = append(children[parent], self)
		}
	}
	all := []int{pid}
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i]]...)
	}
	return all
}

// CPU is the time on a processor of all threads of pids, exact to the nanosecond (schedstat).
func CPU(pids []int) time.Duration {
	var sum time.Duration
	for _, pid := range pids {
		threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
		for _, name := range threads {
			text, err := os.ReadFile(name)
			if err != nil {
				continue
			}
			ns, err := strconv.ParseInt(strings.Fields(string(text))[0], 10, 64)
			if err == nil {
				sum += time.Duration(ns)
			}
		}
	}
	return sum
}

// Resident is the proportional resident memory of pids in megabytes: pages that several processes
// share, such as the program's text, count once.
func Resident(pids []int) float64 {
	var kb int
	for _, pid := range pids {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			if value, ok := strings.CutPrefix(line, "Pss:"); ok {
				n, _ := strconv.Atoi(strings.Fields(value)[0])
				kb += n
			}
		}
	}
	return float64(kb) / 1024
}

// Usage is what a whole process took.
type Usage struct {
	Wall, CPU time.Duration
	PeakMB    float64
}

// RunOnce runs a command to its end; an exit status is not an error, failing to start is.
func RunOnce(name string, args ...string) (Usage, error) {
	cmd := exec.Command(name, args...)
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return Usage{}, fmt.Errorf("start %s: %w", name, err)
	}
	_ = cmd.Wait() // the status is the configuration's verdict, not a failure to measure
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return Usage{}, fmt.Errorf("run %s: no resource usage", name)
	}
	return Usage{
		Wall:   time.Since(start),
		CPU:    cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(),
		PeakMB: float64(usage.Maxrss) / 1024,
	}, nil
}
