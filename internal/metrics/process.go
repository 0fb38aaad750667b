package metrics

import "github.com/prometheus/procfs"

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

// process sends what the kernel tells. What it does not tell is left out.
func (e *emitter) process() {
	self, err := procfs.Self()
	if err != nil {
		return
	}
	if s, err := self.Stat(); err == nil {
		e.set(processCPU, s.CPUTime())
		e.set(processVirtual, float64(s.VirtualMemory()))
		e.set(processResident, float64(s.ResidentMemory()))
		if started, err := s.StartTime(); err == nil {
			e.set(processStarted, started)
		}
	}
	if n, err := self.FileDescriptorsLen(); err == nil {
		e.set(processFiles, float64(n))
	}
	if l, err := self.Limits(); err == nil {
		e.count(processMaxFiles, l.OpenFiles)
		e.count(processMaxVirtual, l.AddressSpace)
	}
	if n, err := self.Netstat(); err == nil && n.InOctets != nil && n.OutOctets != nil {
		e.set(processReceived, *n.InOctets)
		e.set(processTransmitted, *n.OutOctets)
	}
}
