//go:build lab

package ipvs_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/lvs"
	"github.com/holdfast-ha/holdfast/lvs/ipvs"
)

// inside runs f on a thread of a network namespace. The sockets that it opens stay there.
func inside(t *testing.T, namespace string, f func() error) {
	t.Helper()
	result := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		ns, err := os.Open("/run/netns/" + namespace)
		if err == nil {
			defer ns.Close()
			err = unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET)
		}
		if err == nil {
			err = f()
		}
		result <- err
	}()
	if err := <-result; err != nil {
		t.Fatal(err)
	}
}

// network joins a client and a real server to the director, which is the kernel's first namespace:
// client 10.71.0.2, VIP 10.71.0.100, real server 10.72.0.2.
func network(t *testing.T) (client, real string) {
	t.Helper()
	client, real = fmt.Sprintf("client%d", os.Getpid()), fmt.Sprintf("real%d", os.Getpid())
	for i, name := range []string{client, real} {
		subnet := fmt.Sprintf("10.7%d.0.", i+1)
		run(t, "ip", "netns", "add", name)
		t.Cleanup(func() { run(t, "ip", "netns", "del", name) })
		near := fmt.Sprintf("near%d", i)
		run(t, "ip", "link", "add", near, "type", "veth", "peer", "name", "far", "netns", name)
		run(t, "ip", "addr", "add", subnet+"1/24", "dev", near)
		t.Cleanup(func() { run(t, "ip", "link", "del", near) })
		run(t, "ip", "link", "set", near, "up")
		run(t, "ip", "-n", name, "addr", "add", subnet+"2/24", "dev", "far")
		run(t, "ip", "-n", name, "link", "set", "far", "up")
		run(t, "ip", "-n", name, "route", "add", "default", "via", subnet+"1")
	}
	run(t, "ip", "addr", "add", "10.71.0.100/32", "dev", "near0")
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0o644); err != nil {
		t.Fatal(err)
	}
	return client, real
}

// conversation is a TCP connection from the client through the VIP to an echoing real server.
type conversation struct {
	net.Conn
	in *bufio.Reader
}

func converse(t *testing.T, client, real string) conversation {
	t.Helper()
	var listener net.Listener
	inside(t, real, func() (err error) { listener, err = net.Listen("tcp4", "10.72.0.2:80"); return err })
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go io.Copy(c, c)
		}
	}()
	var c net.Conn
	inside(t, client, func() (err error) {
		c, err = net.DialTimeout("tcp4", "10.71.0.100:80", 20*time.Second)
		return err
	})
	t.Cleanup(func() { c.Close() })
	talk := conversation{c, bufio.NewReader(c)}
	if got, err := talk.say("before\n", 20*time.Second); err != nil || got != "before\n" {
		t.Fatalf("%q, %v", got, err)
	}
	return talk
}

// say sends a line, if it is not empty, and waits for one.
func (c conversation) say(line string, limit time.Duration) (string, error) {
	c.SetDeadline(time.Now().Add(limit))
	if _, err := c.Write([]byte(line)); err != nil {
		return "", err
	}
	return c.in.ReadString('\n')
}

// A director that loses MASTER removes its addresses, then its services; back soon, it adds its
// services, then the addresses. The kernel keeps the connections meanwhile, and they go on.
func TestKernelKeepsConnectionsOverTheReturnOfAService(t *testing.T) {
	k := open(t, ipvs.Options{})
	client, real := network(t)
	s := lvs.Service{ServiceKey: tcp("10.71.0.100", 80), Scheduler: "wrr"}
	table := tableOf(entry(s, dest("10.72.0.2", 80, lvs.Masquerade, 1)))
	add := lvs.Diff(nil, table, nil)
	apply(t, k, add...)
	c := converse(t, client, real)

	run(t, "ip", "addr", "del", "10.71.0.100/32", "dev", "near0")
	apply(t, k, lvs.Diff(table, nil, nil)...)
	if left := run(t, "ipvsadm", "-Lnc"); !strings.Contains(left, "ESTABLISHED") {
		t.Fatalf("the connection went with its service:\n%s", left)
	}
	if got, err := c.say("during\n", 2*time.Second); err == nil || !os.IsTimeout(err) {
		t.Fatalf("without the service the client got %q, %v; want silence", got, err)
	}
	apply(t, k, add...)
	run(t, "ip", "addr", "add", "10.71.0.100/32", "dev", "near0")
	if got, err := c.say("", 30*time.Second); err != nil || got != "during\n" {
		t.Fatalf("after the return: %q, %v", got, err)
	}
	if got, err := c.say("after\n", 20*time.Second); err != nil || got != "after\n" {
		t.Fatalf("after the return: %q, %v", got, err)
	}
	t.Log("silence without the service, then all data: the connection survived")
}

// Why the addresses have to go first: with its last service the kernel takes IPVS out of the path
// of the packets, and the director's own stack answers for the address with a reset.
func TestKernelWithoutServicesLetsItsOwnStackResetClients(t *testing.T) {
	k := open(t, ipvs.Options{})
	client, real := network(t)
	s := lvs.Service{ServiceKey: tcp("10.71.0.100", 80), Scheduler: "wrr"}
	other := lvs.Service{ServiceKey: tcp("10.71.0.100", 81), Scheduler: "wrr"}
	table := tableOf(entry(s, dest("10.72.0.2", 80, lvs.Masquerade, 1)), entry(other))
	apply(t, k, lvs.Diff(nil, table, nil)...)
	c := converse(t, client, real)
	apply(t, k, lvs.Operation{Verb: lvs.DeleteService, Service: s})
	if _, err := c.say("while another service is there\n", 2*time.Second); !os.IsTimeout(err) {
		t.Errorf("with another service: %v; want silence", err)
	}
	apply(t, k, lvs.Operation{Verb: lvs.DeleteService, Service: other})
	if _, err := c.say("without any\n", 20*time.Second); !errors.Is(err, unix.ECONNRESET) && !errors.Is(err, unix.EPIPE) {
		t.Errorf("without any service: %v; want a reset", err)
	}
}
