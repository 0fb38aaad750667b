package daemon

import (
	"context"
	"net"
	"net/netip"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/checkers/dial"
	"github.com/holdfast-ha/holdfast/checkers/tcp"
	"github.com/holdfast-ha/holdfast/internal/director"
)

// badServers are a port where nobody listens, and one whose servers hold each connection and send
// without end, over TCP and UDP.
func badServers(t *testing.T) []netip.AddrPort {
	t.Helper()
	var l net.Listener
	var u *net.UDPConn
	var at netip.AddrPort
	for tries := 1; u == nil; tries++ { // somebody else may have the port of the other protocol
		var err error
		if l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		at = l.Addr().(*net.TCPAddr).AddrPort()
		if u, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(at)); err != nil {
			l.Close()
			if tries == 10 {
				t.Fatal(err)
			}
		}
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer c.Close()
				for err == nil {
					_, err = c.Write([]byte("220-flood\r\n"))
				}
			})
		}
	})
	all.Go(func() {
		var data [64]byte
		for {
			_, from, err := u.ReadFromUDPAddrPort(data[:])
			if err != nil {
				return
			}
			for range 20 {
				_, _ = u.WriteToUDPAddrPort([]byte("flood"), from)
			}
		}
	})
	t.Cleanup(func() { l.Close(); u.Close(); all.Wait() })
	refused, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused.Close()
	return []netip.AddrPort{refused.Addr().(*net.TCPAddr).AddrPort(), at}
}

func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// TestChecksOfBadServersLeaveNothingBehind makes every check of the network of servers that refuse, hang
// and flood, with a timeout and with a context that ends first.
func TestChecksOfBadServersLeaveNothingBehind(t *testing.T) {
	servers := badServers(t)
	connections, err := tcp.NewPool()
	if err != nil {
		t.Fatal(err)
	}
	defer connections.Close()
	checks := workshop{keys{}, connections}
	before, goroutines := descriptors(t), runtime.NumGoroutine()
	var all sync.WaitGroup
	for range 20 {
		for _, at := range servers {
			e := dial.Endpoint{Target: at, Timeout: 30 * time.Millisecond}
			for _, c := range []director.Check{
				{TCP: &e}, {SMTP: &director.SMTPCheck{Endpoint: e}}, {DNS: &director.DNSCheck{Endpoint: e, Type: "SOA"}},
				{UDP: &director.UDPCheck{Endpoint: e, RequireReply: true}}, {UDP: &director.UDPCheck{Endpoint: e}}, {Ping: &director.PingCheck{Endpoint: e}},
			} {
				for _, limit := range []time.Duration{time.Minute, time.Millisecond} {
					all.Go(func() {
						ctx, cancel := context.WithTimeout(context.Background(), limit)
						defer cancel()
						checks.newChecker(c).Check(ctx)
					})
				}
			}
		}
	}
	all.Wait()
	for deadline := time.Now().Add(30 * time.Second); descriptors(t) > before || runtime.NumGoroutine() > goroutines; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) { // the servers' side of the last connections has had its time
			t.Fatalf("%d descriptors and %d goroutines before, %d and %d after", before, goroutines, descriptors(t), runtime.NumGoroutine())
		}
	}
}
