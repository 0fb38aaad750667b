package vlan

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Interface is the name of every host's interface.
const Interface = "eth0"

// The main goroutine keeps the process's first thread, or Do could take it: that thread never ends,
// and would show the namespace it was left in as the process's own, in /proc/self/net too.
func init() { runtime.LockOSThread() }

// LAN is one broadcast domain.
type LAN struct {
	t      testing.TB
	bridge string // the namespace of the bridge
	hosts  int
}

// Host is a network namespace with an Ethernet interface on the LAN.
type Host struct {
	t         testing.TB
	Namespace string
	lan       *LAN
	port      string
}

// New makes an empty LAN.
func New(t testing.TB) *LAN {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("this test makes network namespaces and must be run as root")
	}
	l := &LAN{t: t, bridge: namespace(t, "br")}
	run(t, "ip", "-n", l.bridge, "link", "add", "br0", "type", "bridge", "mcast_snooping", "0", "forward_delay", "0")
	run(t, "ip", "-n", l.bridge, "link", "set", "br0", "up")
	return l
}

// Host adds a host with the addresses given, each with its prefix length.
func (l *LAN) Host(addresses ...string) *Host {
	l.t.Helper()
	l.hosts++
	h := &Host{t: l.t, Namespace: namespace(l.t, fmt.Sprint("h", l.hosts)), lan: l, port: fmt.Sprint("p", l.hosts)}
	run(l.t, "ip", "-n", l.bridge, "link", "add", h.port, "type", "veth", "peer", "name", Interface, "netns", h.Namespace)
	run(l.t, "ip", "-n", l.bridge, "link", "set", h.port, "master", "br0", "up")
	h.Run("ip", "link", "set", "lo", "up")
	// Addresses are usable at once and tests do not wait for duplicate address detection.
	h.Run("sysctl", "-qw", "net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf."+Interface+".accept_dad=0",
		"net.ipv6.conf.default.accept_dad=0", "net.ipv4.ip_nonlocal_bind=0")
	h.Run("ip", "link", "set", Interface, "up")
	for _, a := range addresses {
		h.Run("ip", "addr", "add", a, "dev", Interface, "nodad")
	}
	h.settle()
	return h
}

// settle waits until the bridge forwards for the host and the interface has made its own address. Both come
// from a worker of the kernel, which a busy machine may keep waiting; without IPv6 there is no such address.
func (h *Host) settle() {
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		port, _ := exec.Command("ip", "-n", h.lan.bridge, "-d", "-o", "link", "show", "dev", h.port).Output()
		own, _ := exec.Command("ip", "-n", h.Namespace, "-o", "addr", "show", "dev", Interface).Output()
		if bytes.Contains(port, []byte("state forwarding")) && bytes.Contains(own, []byte("fe80::")) {
			return
		}
	}
}

// Cut takes the carrier of the host's interface away.
func (h *Host) Cut() { run(h.t, "ip", "-n", h.lan.bridge, "link", "set", h.port, "down") }

// Mend brings it back.
func (h *Host) Mend() { run(h.t, "ip", "-n", h.lan.bridge, "link", "set", h.port, "up") }

// Isolate lets the bridge drop what the host sends and receives; the host's carrier stays.
func (h *Host) Isolate() { run(h.t, "ip", "-n", h.lan.bridge, "link", "set", h.port, "nomaster") }

// Join undoes Isolate.
func (h *Host) Join() {
	run(h.t, "ip", "-n", h.lan.bridge, "link", "set", h.port, "master", "br0")
}

// Command is a command in the host's namespace.
func (h *Host) Command(name string, args ...string) *exec.Cmd {
	return exec.Command("ip", append([]string{"netns", "exec", h.Namespace, name}, args...)...)
}

// Run runs a command in the host's namespace, fails the test if it fails, and returns its output. What ip says
// beside that may be about namespaces of other tests, which are just going.
func (h *Host) Run(name string, args ...string) string {
	h.t.Helper()
	cmd := h.Command(name, args...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		h.t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, &errs)
	}
	return string(out)
}

// Has reports whether one of the host's interfaces holds the address, given without prefix length.
func (h *Host) Has(address string) bool {
	out, err := exec.Command("ip", "-n", h.Namespace, "-o", "addr", "show").Output()
	return err == nil && bytes.Contains(out, []byte(" "+address+"/"))
}

// Do calls f on a thread that is in the host's namespace. The thread ends with f, so that no other
// goroutine ever runs in a foreign namespace.
func (h *Host) Do(f func()) {
	h.t.Helper()
	done := make(chan error, 1)
	go func() {
		defer close(done)      // also where f ends the goroutine, as t.Fatal does
		runtime.LockOSThread() // never unlocked: the thread is thrown away
		fd, err := unix.Open("/run/netns/"+h.Namespace, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err == nil {
			err = unix.Setns(fd, unix.CLONE_NEWNET)
			_ = unix.Close(fd)
		}
		if err == nil {
			f()
		}
		done <- err
	}()
	err, returned := <-done
	if err != nil {
		h.t.Fatalf("enter network namespace %s: %v", h.Namespace, err)
	}
	if !returned {
		h.t.FailNow()
	}
}

func namespace(t testing.TB, suffix string) string {
	t.Helper()
	var r [4]byte
	_, _ = rand.Read(r[:])
	name := "hf" + hex.EncodeToString(r[:]) + suffix
	run(t, "ip", "netns", "add", name)
	t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", name).Run() })
	return name
}

func run(t testing.TB, name string, args ...string) {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}
