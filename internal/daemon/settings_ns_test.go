package daemon

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/vlan"
)

// globals is an instance with lines in global_defs.
func globals(lines ...string) string {
	return pairConfig(100, "global_defs {\n "+strings.Join(lines, "\n ")+"\n}")
}

// program writes a shell script into the node's directory.
func (d *node) program(name, text string) string {
	d.t.Helper()
	path := d.file(name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
		d.t.Fatal(err)
	}
	return path
}

// scheduling is what the kernel says of a thread: policy, real-time priority, nice value, processors.
func scheduling(t *testing.T, pid, tid string) string {
	t.Helper()
	dir := filepath.Join("/proc", pid, "task", tid)
	stat, err := os.ReadFile(filepath.Join(dir, "stat"))
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ESRCH) {
		return ""
	}
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	f := strings.Fields(rest) // from the third field of proc(5) on
	cpus := value(t, filepath.Join(dir, "status"), "Cpus_allowed_list:")
	return fmt.Sprintf("policy %s, priority %s, nice %s, processors %s", f[41-3], f[40-3], f[19-3], cpus)
}

// value is what stands behind a name at the start of a line of a file.
func value(t *testing.T, file, name string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		return "" // a thread that has ended
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			return strings.TrimSpace(rest)
		}
	}
	t.Fatalf("%s has no %s", file, name)
	return ""
}

// lastCPU is the last processor that this process may use.
func lastCPU(t *testing.T) int {
	t.Helper()
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		t.Fatal(err)
	}
	last := 0
	for cpu := range 1024 {
		if set.IsSet(cpu) {
			last = cpu
		}
	}
	return last
}

func TestNSProcessHasTheSchedulingOfTheConfiguration(t *testing.T) {
	t.Parallel()
	cpu := lastCPU(t)
	lines := func(role string, nice, priority, limit int) string {
		return fmt.Sprintf("%[1]s_priority %[2]d\n %[1]s_no_swap\n %[1]s_rt_priority %[3]d\n %[1]s_cpu_affinity %[4]d\n %[1]s_rlimit_rttime %[5]d", role, nice, priority, cpu, limit)
	}
	session := "bfd_instance S {\n neighbor_ip 192.0.2.9\n}\n"
	d := newNode(t, vlan.New(t).Host("192.0.2.1/24"), globals(lines("vrrp", -5, 10, 2000000), lines("bfd", -7, 11, 4000000))+session)
	d.start()
	wait(t, "the address", d.holds(virtual))
	wait(t, "startup", d.logged("Startup complete"))
	d.scheduled("vrrp", fmt.Sprintf("policy %d, priority 10, nice -5, processors %d", schedRR, cpu))
	d.scheduled("bfd", fmt.Sprintf("policy %d, priority 11, nice -7, processors %d", schedRR, cpu))
	parent, self := strconv.Itoa(d.pid("keepalived")), strconv.Itoa(os.Getpid())
	if got, want := scheduling(t, parent, parent), scheduling(t, self, self); got != want {
		t.Errorf("the parent has some of it too: %s, and this test %s", got, want)
	}
	limit := func(role, us string) func() bool {
		return func() bool {
			fields := strings.Fields(value(t, fmt.Sprintf("/proc/%d/limits", d.pid(role)), "Max realtime timeout"))
			return slices.Equal(fields, []string{us, us, "us"})
		}
	}
	wait(t, "the limits of real time", func() bool { return limit("vrrp", "2000000")() && limit("bfd", "4000000")() })
	// The old names.
	d.configure(globals("vrrp_rt_priority 10", "vrrp_rlimit_rtime 1500000", "bfd_rt_priority 11", "bfd_rlimit_rtime 3000000") + session)
	d.kill("keepalived", syscall.SIGHUP)
	wait(t, "the limit of the new configuration", limit("vrrp", "1500000"))
	wait(t, "that of the BFD process", limit("bfd", "3000000"))
}

// scheduled demands a scheduling of all threads of a process, and that it has memory locked.
func (d *node) scheduled(role, want string) {
	d.t.Helper()
	pid := strconv.Itoa(d.pid(role))
	wait(d.t, "every thread of "+role+" has "+want, func() bool {
		threads, err := os.ReadDir(filepath.Join("/proc", pid, "task"))
		if err != nil {
			d.t.Fatal(err)
		}
		return !slices.ContainsFunc(threads, func(thread os.DirEntry) bool {
			got := scheduling(d.t, pid, thread.Name())
			return got != want && got != ""
		})
	})
	if locked := value(d.t, filepath.Join("/proc", pid, "status"), "VmLck:"); locked == "0 kB" {
		d.t.Errorf("%s has no memory locked", role)
	}
}

func TestNSScriptsOfTheEdgesRunBeforeAndAfterEverything(t *testing.T) {
	t.Parallel()
	d := newNode(t, vlan.New(t).Host("192.0.2.1/24"), "")
	seen := d.file("seen")
	look := d.program("look.sh", `echo "$1 umask $(umask), VRRP process: $(test -e `+d.file("vrrp.pid")+` && echo yes || echo no)" >> `+seen)
	d.configure(globals(`startup_script "`+look+` start" root`, `shutdown_script "`+look+` stop" root`, "umask IXUSR|IWGRP|IROTH|IWOTH|IXOTH"))
	d.start()
	wait(t, "the address", d.holds(virtual))
	if got := value(t, filepath.Join("/proc", strconv.Itoa(d.pid("vrrp")), "status"), "Umask:"); got != "0127" {
		t.Errorf("the VRRP process has the umask %s", got)
	}
	d.kill("keepalived", syscall.SIGTERM)
	if status := d.status(); status != 0 {
		t.Errorf("exit status %d", status)
	}
	got, err := os.ReadFile(seen)
	if err != nil {
		t.Fatal(err)
	}
	want := "start umask 0127, VRRP process: no\nstop umask 0127, VRRP process: no\n"
	if string(got) != want {
		t.Errorf("the scripts saw\n%swant\n%s", got, want)
	}
}

// TestNSWhatHangsAtTheEdgesIsEnded: a startup script, a VRRP process and a shutdown script.
func TestNSWhatHangsAtTheEdgesIsEnded(t *testing.T) {
	t.Parallel()
	d := newNode(t, vlan.New(t).Host("192.0.2.1/24"), "")
	hang := d.program("hang.sh", "exec sleep 1000")
	d.configure("child_wait_time 1\n" + globals(`startup_script "`+hang+`" root`, "startup_script_timeout 1",
		`shutdown_script "`+hang+`" root`, "shutdown_script_timeout 1", "handover off"))
	d.start()
	wait(t, "the address", d.holds(virtual))
	failed := func(which string) bool {
		return strings.Contains(d.log(), "the "+which+" script failed script="+hang+` outcome="timed out" limit=1s`)
	}
	if !failed("startup") {
		t.Error("the startup script did not fail after its time")
	}
	d.kill("vrrp", syscall.SIGSTOP)
	d.kill("keepalived", syscall.SIGTERM)
	d.status()
	if !d.logged("the VRRP process did not stop in time: killing it limit=1s")() || d.host.Has(virtual) {
		t.Error("the VRRP process was not killed, or its address is left")
	}
	if !failed("shutdown") {
		t.Error("the shutdown script did not fail after its time")
	}
}

func TestNSReloadFileIsThereWhileTheConfigurationIsRead(t *testing.T) {
	t.Parallel()
	d := newNode(t, vlan.New(t).Host("192.0.2.1/24"), "")
	d.configure(globals("reload_file " + d.file("reloading")))
	d.start()
	wait(t, "startup", d.logged("Startup complete"))
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if _, err := unix.InotifyAddWatch(fd, d.dir, unix.IN_CREATE|unix.IN_DELETE|unix.IN_OPEN); err != nil {
		t.Fatal(err)
	}
	d.kill("keepalived", syscall.SIGHUP)
	wait(t, "the end of the reload", d.logged("Reload complete"))
	if !d.logged("The configuration is the same")() {
		t.Error("the first reload took the start's configuration for another one")
	}
	got := slices.DeleteFunc(happened(t, fd), func(s string) bool {
		return s != "create reloading" && s != "open keepalived.conf" && s != "delete reloading"
	})
	if !slices.Equal(slices.Compact(got), []string{"create reloading", "open keepalived.conf", "delete reloading"}) {
		t.Errorf("in this order: %q", got)
	}
}

// happened reads what an inotify descriptor tells of the names in its directory.
func happened(t *testing.T, fd int) []string {
	t.Helper()
	b := make([]byte, 1<<20)
	n, err := unix.Read(fd, b)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for b = b[:n]; len(b) >= unix.SizeofInotifyEvent; {
		mask, size := binary.NativeEndian.Uint32(b[4:]), binary.NativeEndian.Uint32(b[12:])
		name := strings.TrimRight(string(b[unix.SizeofInotifyEvent:][:size]), "\x00")
		switch {
		case mask&unix.IN_CREATE != 0:
			name = "create " + name
		case mask&unix.IN_DELETE != 0:
			name = "delete " + name
		default:
			name = "open " + name
		}
		all = append(all, name)
		b = b[unix.SizeofInotifyEvent+size:]
	}
	return all
}

func TestNSInterfaceMayComeAfterTheDaemon(t *testing.T) {
	t.Parallel()
	h := vlan.New(t).Host("192.0.2.1/24")
	config := strings.Replace(globals("dynamic_interfaces"), "interface eth0", "interface late", 1)
	d := newNode(t, h, config)
	d.start()
	wait(t, "FAULT as long as there is none", d.in("FAULT"))
	h.Run("ip", "link", "add", "late", "type", "veth", "peer", "name", "far")
	h.Run("ip", "addr", "add", "198.51.100.1/24", "dev", "late")
	h.Run("ip", "link", "set", "far", "up")
	h.Run("ip", "link", "set", "late", "up")
	wait(t, "MASTER on it", func() bool {
		return d.in("MASTER")() && strings.Contains(h.Run("ip", "addr", "show", "dev", "late"), virtual+"/")
	})
}
