package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Host is a network namespace with a /run, /tmp, /sys and /etc/keepalived of its own, so that
// several daemons with the same files can run side by side.
type Host struct {
	Name string

	network *Network
	netNS   *os.File
	mountNS *os.File // nil: the lab's own

	mu        sync.Mutex
	processes []*Process
	closers   []func()
}

// The main goroutine keeps the process's first thread: that one never ends, and would show the
// namespace of a host as the process's own.
func init() { runtime.LockOSThread() }

// execLimit bounds commands that are expected to end by themselves.
const execLimit = 30 * time.Second

func newHost(n *Network, name string) (*Host, error) {
	h := &Host{Name: name, network: n}
	made := make(chan error)
	leave := make(chan struct{})
	go func() {
		// Never unlocked: the thread is spoilt for other goroutines and ends with this one.
		runtime.LockOSThread()
		made <- h.make()
		<-leave
	}()
	err := <-made
	if err == nil {
		// In the lab's own mount namespace, so that `ip netns` finds the host by name.
		err = h.bind()
	}
	close(leave)
	if err != nil {
		return nil, fmt.Errorf("make host %s: %w", name, err)
	}
	return h, h.settle()
}

// make gives the calling thread namespaces of its own and keeps hold of them.
func (h *Host) make() error {
	thread := fmt.Sprintf("/proc/self/task/%d/ns/", unix.Gettid())
	if h.Name == switchRoom {
		// No daemon runs there, and ip(8) has to find the other hosts by their names.
		err := unix.Unshare(unix.CLONE_NEWNET)
		if err == nil {
			h.netNS, err = os.Open(thread + "net")
		}
		return err
	}
	if err := unix.Unshare(unix.CLONE_NEWNET | unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("unshare: %w", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_PRIVATE|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	for _, dir := range []string{"/run", "/tmp", "/etc/keepalived"} {
		if _, err := os.Stat(dir); err != nil {
			continue
		}
		if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "mode=0755"); err != nil {
			return fmt.Errorf("mount %s: %w", dir, err)
		}
	}
	if err := unix.Mount("sysfs", "/sys", "sysfs", 0, ""); err != nil {
		return fmt.Errorf("mount /sys: %w", err)
	}
	var err error
	if h.netNS, err = os.Open(thread + "net"); err != nil {
		return err
	}
	h.mountNS, err = os.Open(thread + "mnt")
	return err
}

// path is where `ip netns` finds the host.
func (h *Host) path() string { return "/run/netns/" + h.network.prefix + h.Name }

func (h *Host) bind() error {
	path := h.path()
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		return err
	}
	return unix.Mount(fmt.Sprintf("/proc/self/fd/%d", h.netNS.Fd()), path, "", unix.MS_BIND, "")
}

// settle sets what every host of the lab has: loopback, and IPv6 addresses usable at once.
func (h *Host) settle() error {
	for _, s := range []string{"all", "default"} {
		_ = h.Sysctl("net.ipv6.conf."+s+".accept_dad", "0")
		_ = h.Sysctl("net.ipv6.conf."+s+".dad_transmits", "0")
		_ = h.Sysctl("net.ipv4.conf."+s+".rp_filter", "0")
	}
	return h.IP("link set lo up")
}

// Do runs f on a thread inside the host: sockets that it opens, files that it reads under /proc,
// /sys, /run and /tmp and processes that it starts are the host's. f must not hand its work to
// other goroutines.
func (h *Host) Do(f func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		// Files' place is shared by all threads of a process until told otherwise, and a mount
		// namespace cannot be entered while it is.
		if err := unix.Unshare(unix.CLONE_FS); err != nil {
			done <- fmt.Errorf("enter %s: %w", h.Name, err)
			return
		}
		if err := unix.Setns(int(h.netNS.Fd()), unix.CLONE_NEWNET); err != nil {
			done <- fmt.Errorf("enter network of %s: %w", h.Name, err)
			return
		}
		if h.mountNS != nil {
			if err := unix.Setns(int(h.mountNS.Fd()), unix.CLONE_NEWNS); err != nil {
				done <- fmt.Errorf("enter mounts of %s: %w", h.Name, err)
				return
			}
		}
		done <- f()
	}()
	return <-done
}

// Exec runs a command on the host and returns what it printed, both streams together.
func (h *Host) Exec(name string, args ...string) (string, error) {
	return h.ExecInput("", name, args...)
}

// ExecInput is Exec with something on standard input.
func (h *Host) ExecInput(input, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), execLimit)
	defer cancel()
	var out bytes.Buffer
	var command *exec.Cmd
	err := h.Do(func() error {
		command = exec.CommandContext(ctx, name, args...)
		command.Stdin = strings.NewReader(input)
		command.Stdout, command.Stderr = &out, &out
		return command.Start()
	})
	if err == nil {
		err = command.Wait()
	}
	if err != nil {
		err = fmt.Errorf("%s: %s %s: %w: %s", h.Name, name, strings.Join(args, " "), err, strings.TrimSpace(out.String()))
	}
	return out.String(), err
}

// IP runs lines of ip(8) without the leading "ip".
func (h *Host) IP(lines string) error {
	if out, err := h.ExecInput(lines+"\n", "ip", "-batch", "-"); err != nil {
		return fmt.Errorf("%w\n%s%s", err, lines, out)
	}
	return nil
}

// Sysctl sets one value, by its dotted name.
func (h *Host) Sysctl(name, value string) error {
	path := "/proc/sys/" + strings.ReplaceAll(name, ".", "/")
	return h.Do(func() error { return os.WriteFile(path, []byte(value), 0) })
}

// WriteFile writes a file where the host sees it: /run, /tmp and /etc/keepalived are its own.
func (h *Host) WriteFile(path, text string, mode os.FileMode) error {
	return h.Do(func() error {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			return err
		}
		return os.Chmod(path, mode)
	})
}

// ReadFile reads a file as the host sees it.
func (h *Host) ReadFile(path string) (string, error) {
	var text []byte
	err := h.Do(func() (err error) { text, err = os.ReadFile(path); return err })
	return string(text), err
}

// Addresses lists the addresses on an interface, or on all when the name is empty.
func (h *Host) Addresses(link string) ([]netip.Addr, error) {
	var list []netip.Addr
	err := h.Do(func() error {
		addrs, err := net.InterfaceAddrs()
		if link != "" {
			var i *net.Interface
			if i, err = net.InterfaceByName(link); err != nil {
				return err
			}
			addrs, err = i.Addrs()
		}
		for _, a := range addrs {
			if p, err := netip.ParsePrefix(a.String()); err == nil {
				list = append(list, p.Addr().Unmap())
			}
		}
		return err
	})
	return list, err
}

// Has tells whether the host has the address on an interface other than lo, where real servers
// keep the service's address.
func (h *Host) Has(link string, a netip.Addr) bool {
	list, err := h.Addresses(link)
	return err == nil && slices.Contains(list, a)
}

// MAC returns the hardware address of an interface.
func (h *Host) MAC(link string) (string, error) {
	var mac string
	err := h.Do(func() error {
		i, err := net.InterfaceByName(link)
		if err == nil {
			mac = i.HardwareAddr.String()
		}
		return err
	})
	return mac, err
}

func (h *Host) onClose(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closers = append(h.closers, f)
}

func (h *Host) close() {
	h.mu.Lock()
	processes, closers := h.processes, h.closers
	h.processes, h.closers = nil, nil
	h.mu.Unlock()
	for _, p := range processes {
		p.KillAll()
	}
	for _, f := range closers {
		f()
	}
	path := h.path()
	err := unix.Unmount(path, unix.MNT_DETACH)
	err = errors.Join(err, os.Remove(path), h.netNS.Close())
	if h.mountNS != nil {
		err = errors.Join(err, h.mountNS.Close())
	}
	if err != nil && h.network.Log != nil {
		fmt.Fprintln(h.network.Log, "lab: remove", h.Name+":", err)
	}
}
