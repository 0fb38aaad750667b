package procmon

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// proc reads a process tree such as /proc.
type proc string

// read looks at a process; args only where the command line is asked for. ok is false for one that
// has ended.
func (p proc) read(pid int, command bool) (found process, ok bool) {
	stat, err := os.ReadFile(fmt.Sprintf("%s/%d/stat", p, pid))
	if err != nil {
		return found, false
	}
	// "PID (COMM) STATE ...": COMM may hold anything, also parentheses.
	open, end := bytes.IndexByte(stat, '('), bytes.LastIndexByte(stat, ')')
	if open < 0 || end < open || end+2 >= len(stat) {
		return found, false
	}
	if state := stat[end+2]; state == 'Z' || state == 'X' {
		return found, false
	}
	found.comm = string(stat[open+1 : end])
	if !command {
		return found, true
	}
	line, err := os.ReadFile(fmt.Sprintf("%s/%d/cmdline", p, pid))
	if err != nil {
		return found, false
	}
	if len(line) > 0 { // a kernel thread has none
		found.args = strings.Split(strings.TrimSuffix(string(line), "\x00"), "\x00")
	}
	return found, true
}

// pids lists the processes.
func (p proc) pids() ([]int, error) {
	d, err := os.Open(string(p))
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	defer d.Close()
	names, err := d.Readdirnames(-1)
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	pids := make([]int, 0, len(names))
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}
