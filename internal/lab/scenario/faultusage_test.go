//go:build lab && amd64

package scenario

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// usage is what one process of the daemon holds.
type usage struct {
	role       string
	pid        int
	goroutines int
	files      int
	memory     int // resident, KiB
}

// usages are those of all, and how many processes there are in all.
type usages struct {
	list   []usage
	family int
}

func (u usages) String() string {
	var b strings.Builder
	for _, p := range u.list {
		fmt.Fprintf(&b, "    %-7s %4d goroutines %4d descriptors %6.1f MiB\n", p.role, p.goroutines, p.files, float64(p.memory)/1024)
	}
	fmt.Fprintf(&b, "    %d processes with those of scripts", u.family)
	return b.String()
}

// usage looks at every process. Goroutines the daemon counts itself, those of the question included.
func (s *faulty) usage() usages {
	s.t.Helper()
	status := s.status()
	u := usages{list: []usage{{role: "parent", pid: status.PID, goroutines: status.Goroutines}}}
	for _, p := range status.Processes {
		u.list = append(u.list, usage{role: p.Role, pid: p.PID, goroutines: p.Goroutines})
	}
	for i := range u.list {
		p := &u.list[i]
		files, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.pid))
		p.files = len(files)
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.pid))
		for line := range strings.Lines(string(text)) {
			if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
				p.memory, _ = strconv.Atoi(strings.Fields(rest)[0])
			}
		}
	}
	u.family = len(s.d.Process.Family())
	return u
}

// What a process may have more at the end than at the start: what the runtime opens when it needs it
// first, and memory that it keeps for a while.
const (
	moreGoroutines = 2
	moreFiles      = 2
	moreMemory     = 48 << 10 // KiB
)

// asBefore waits until each process holds what it held before.
func (s *faulty) asBefore(before usages) {
	s.t.Helper()
	var now usages
	var more []string
	for begin := time.Now(); ; time.Sleep(200 * time.Millisecond) {
		now, more = s.usage(), nil
		for i, p := range now.list {
			b := before.list[i]
			switch {
			case p.pid != b.pid:
				more = append(more, p.role+": it is another process")
			case p.goroutines > b.goroutines+moreGoroutines:
				more = append(more, fmt.Sprintf("%s: %d goroutines, %d at the start", p.role, p.goroutines, b.goroutines))
			case p.files > b.files+moreFiles:
				more = append(more, fmt.Sprintf("%s: %d descriptors, %d at the start", p.role, p.files, b.files))
			case p.memory > b.memory+moreMemory:
				more = append(more, fmt.Sprintf("%s: %d KiB, %d at the start", p.role, p.memory, b.memory))
			}
		}
		if now.family > before.family {
			more = append(more, fmt.Sprintf("%d processes, %d at the start", now.family, before.family))
		}
		if len(more) == 0 || time.Since(begin) > 30*time.Second {
			break
		}
	}
	s.t.Logf("at the end:\n%v", now)
	for _, m := range more {
		s.t.Error(m)
	}
}
