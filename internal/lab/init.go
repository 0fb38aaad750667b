package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// guestVariable is the kernel parameter, and so the first process's environment variable, that
// names the directory shared with the host.
const guestVariable = "HOLDFAST_LAB_GUEST"

// modules are loaded before anything else; what else is needed the kernel loads on demand.
var modules = []string{"ip_vs", "ipv6", "veth", "bridge", "dummy", "ipip", "ip6_tunnel"}

// GuestMain takes over when this process is the first one of a guest, and then never returns.
// Everywhere else it does nothing. It must be the first call of main or TestMain.
func GuestMain() {
	work := os.Getenv(guestVariable)
	if os.Getpid() != 1 || work == "" {
		return
	}
	status := 125
	if err := mountGuest(work); err != nil {
		fmt.Println("lab: prepare the guest:", err)
	} else if status, err = runGuest(); err != nil {
		fmt.Println("lab: run the guest's command:", err)
	}
	_ = os.WriteFile(filepath.Join(Shared, statusFile), []byte(strconv.Itoa(status)), 0o644)
	unix.Sync()
	_ = unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
	select {}
}

// mountGuest makes the machine's read-only file system fit to run in. The shared directory comes
// first because /tmp, where it stands, is hidden afterwards.
func mountGuest(work string) error {
	mounts := []struct{ source, target, kind, options string }{
		{"proc", "/proc", "proc", ""},
		{"sysfs", "/sys", "sysfs", ""},
		{"none", Shared, "hostfs", work},
		{"tmpfs", "/run", "tmpfs", ""},
		{"tmpfs", "/tmp", "tmpfs", "mode=1777"},
		{"tmpfs", "/lib/modules", "tmpfs", ""},
		{"dev", "/dev", "devtmpfs", ""},
	}
	for _, m := range mounts {
		err := unix.Mount(m.source, m.target, m.kind, 0, m.options)
		if err != nil && !errors.Is(err, unix.EBUSY) {
			return fmt.Errorf("mount %s: %w", m.target, err)
		}
	}
	versions, _ := filepath.Glob(umlModules + "/*")
	for _, v := range versions {
		_ = os.Symlink(v, "/lib/modules/"+filepath.Base(v))
	}
	for _, d := range []string{"/dev/shm", "/dev/pts", "/run/netns"} {
		_ = os.MkdirAll(d, 0o755)
	}
	_ = unix.Mount("devpts", "/dev/pts", "devpts", 0, "")
	_ = unix.Mount("tmpfs", "/dev/shm", "tmpfs", 0, "")
	_ = os.Symlink("/proc/self/fd", "/dev/fd")
	// Debian's path, not the host's: the guest has root's.
	os.Setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
	for _, m := range modules {
		if out, err := exec.Command("modprobe", m).CombinedOutput(); err != nil {
			return fmt.Errorf("load module %s: %w: %s", m, err, out)
		}
	}
	return exec.Command("ip", "link", "set", "lo", "up").Run()
}

// runGuest runs the command of the specification and returns its status.
func runGuest() (int, error) {
	text, err := os.ReadFile(filepath.Join(Shared, specFile))
	if err != nil {
		return 125, err
	}
	var s spec
	if err := json.Unmarshal(text, &s); err != nil {
		return 125, err
	}
	if err := keepSyslog(); err != nil {
		return 125, err
	}
	if !strings.HasPrefix(s.Args[0], "/") {
		s.Args[0] = filepath.Join(Shared, s.Args[0])
	}
	command := exec.Command(s.Args[0], s.Args[1:]...)
	command.Dir = "/tmp"
	command.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=/tmp", "TERM=" + os.Getenv("TERM"), "LANG=C.UTF-8", InLab + "=guest",
	}, s.Env...)
	if s.Terminal {
		// The console itself cannot be a session's terminal.
		terminal, err := os.OpenFile("/dev/tty0", os.O_RDWR, 0)
		if err != nil {
			return 125, err
		}
		command.Stdin, command.Stdout, command.Stderr = terminal, terminal, terminal
		command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	} else {
		out, err := os.OpenFile(filepath.Join(Shared, outputFile), os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			return 125, err
		}
		command.Stdout, command.Stderr = out, out
	}
	if err := command.Start(); err != nil {
		return 127, err
	}
	return reap(command.Process.Pid)
}

// syslogFile keeps what a guest's programs log.
const syslogFile = "/run/syslog"

// keepSyslog listens where programs log to: with nobody there the C library writes to the console.
func keepSyslog() error {
	log, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: "/dev/log", Net: "unixgram"})
	if err != nil {
		return err
	}
	file, err := os.OpenFile(syslogFile, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	go func() {
		line := make([]byte, 8192)
		for {
			n, err := log.Read(line)
			if err != nil {
				return
			}
			_, _ = file.Write(append(line[:n:n], '\n'))
		}
	}()
	return nil
}

// reap waits for the command and for every orphan that ends before it, as a first process must.
func reap(pid int) (int, error) {
	for {
		var status unix.WaitStatus
		got, err := unix.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return 125, err
		case got != pid:
		case status.Signaled():
			return 128 + int(status.Signal()), nil
		default:
			return status.ExitStatus(), nil
		}
	}
}
