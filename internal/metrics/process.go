package metrics

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// What the kernel tells of this process, under the names that the client libraries of Prometheus have.
var (
	process = &group{title: "The parent process"}

	processCPU         = process.add(counter, "process_cpu_seconds_total", "Time on a processor.")
	processStarted     = process.add(gauge, "process_start_time_seconds", "When it was started.")
	processResident    = process.add(gauge, "process_resident_memory_bytes", "Resident memory.")
	processVirtual     = process.add(gauge, "process_virtual_memory_bytes", "Address space.")
	processMaxVirtual  = process.add(gauge, "process_virtual_memory_max_bytes", "The limit of the address space.")
	processFiles       = process.add(gauge, "process_open_fds", "Open file descriptors.")
	processMaxFiles    = process.add(gauge, "process_max_fds", "Their limit.")
	processReceived    = process.add(counter, "process_network_receive_bytes_total", "Octets that its network namespace has received over IPv4.")
	processTransmitted = process.add(counter, "process_network_transmit_bytes_total", "Octets that its network namespace has sent over IPv4.")
)

// ticks is how many of the kernel's ticks a second has, whatever its own clock does (USER_HZ).
const ticks = 100

// stat is what /proc/PID/stat has of a process.
type stat struct {
	cpu, started float64 // seconds; started is since the boot
	virtual      float64 // octets
	resident     float64 // pages
}

// readStat reads a line of /proc/PID/stat.
func readStat(line string) (stat, error) {
	// The program's name stands in brackets and may hold anything: read behind the last one.
	fields := strings.Fields(line[strings.LastIndexByte(line, ')')+1:])
	// Field n of proc(5) stands at n-3: the state, the third, is the first here.
	var at [25]float64
	for _, n := range []int{14, 15, 22, 23, 24} {
		if n-3 >= len(fields) {
			return stat{}, fmt.Errorf("read process status: %d fields", len(fields))
		}
		v, err := strconv.ParseFloat(fields[n-3], 64)
		if err != nil {
			return stat{}, fmt.Errorf("read process status: %w", err)
		}
		at[n] = v
	}
	return stat{cpu: (at[14] + at[15]) / ticks, started: at[22] / ticks, virtual: at[23], resident: at[24]}, nil
}

// process sends what the kernel tells. What it does not tell is left out.
func (e *emitter) process() {
	if line, err := os.ReadFile("/proc/self/stat"); err == nil {
		if s, err := readStat(string(line)); err == nil {
			e.set(processCPU, s.cpu)
			e.set(processVirtual, s.virtual)
			e.set(processResident, s.resident*float64(os.Getpagesize()))
			if boot, ok := booted(); ok {
				e.set(processStarted, boot+s.started)
			}
		}
	}
	if d, err := os.Open("/proc/self/fd"); err == nil {
		names, err := d.Readdirnames(-1)
		d.Close()
		if err == nil {
			e.set(processFiles, float64(len(names)-1)) // without d
		}
	}
	for _, l := range []struct {
		series *series
		which  int
	}{{processMaxFiles, unix.RLIMIT_NOFILE}, {processMaxVirtual, unix.RLIMIT_AS}} {
		var limit unix.Rlimit
		if unix.Getrlimit(l.which, &limit) == nil {
			e.count(l.series, limit.Cur)
		}
	}
	if in, out, ok := octets(); ok {
		e.set(processReceived, in)
		e.set(processTransmitted, out)
	}
}

// booted is when the kernel was, in seconds since 1970.
func booted() (float64, bool) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "btime "); ok {
			v, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			return v, err == nil
		}
	}
	return 0, false
}

// octets are those that this network namespace has received and sent.
func octets() (in, out float64, ok bool) {
	text, err := os.ReadFile("/proc/thread-self/net/netstat")
	if err != nil {
		return 0, 0, false
	}
	found := extended(string(text))
	in, received := found["InOctets"]
	out, sent := found["OutOctets"]
	return in, out, received && sent
}

// extended reads the lines IpExt of /proc/net/netstat: one of names, and one of values.
func extended(text string) map[string]float64 {
	found := map[string]float64{}
	var names []string
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(line, "IpExt:")
		if !ok {
			continue
		}
		fields := strings.Fields(rest)
		if names == nil {
			names = fields
			continue
		}
		for i, name := range names[:min(len(names), len(fields))] {
			if v, err := strconv.ParseFloat(fields[i], 64); err == nil {
				found[name] = v
			}
		}
	}
	return found
}
