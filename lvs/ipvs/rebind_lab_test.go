//go:build lab

package ipvs

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/lvs"
)

func command(t *testing.T, line string) string {
	t.Helper()
	w := strings.Fields(line)
	out, err := exec.Command(w[0], w[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", line, err, out)
	}
	return string(out)
}

func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("no %s: %s", what, command(t, "ipvsadm -Ln"))
		}
	}
}

// hear lets the kernel's backup daemon hear of connections, as from another director.
func hear(t *testing.T, d lvs.SyncDaemon, list ...connection) {
	t.Helper()
	l, err := openLoop(d)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(l.fd)
	m := syncMessages{id: uint8(d.SyncID), send: l.send}
	for _, c := range list {
		m.add(c, lvs.Tunnel)
	}
	m.flush()
	if m.err != nil {
		t.Fatal(m.err)
	}
}

func TestKernelBindsConnectionsThatCameBeforeTheirDestinations(t *testing.T) {
	command(t, "ip link add bind0 type dummy")
	defer command(t, "ip link del bind0")
	command(t, "ip addr add 192.0.2.79/24 dev bind0")
	command(t, "ip -6 addr add fd00:79::1/64 dev bind0 nodad")
	command(t, "ip link set bind0 up multicast on")
	for i, group := range []string{"", "224.0.0.99", "ff02::51"} {
		t.Run("group "+group, func(t *testing.T) {
			k, err := Open(Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer k.Close()
			defer k.Flush()
			d := lvs.SyncDaemon{Role: lvs.SyncBackup, Interface: "bind0", SyncID: 9, Port: uint16(8850 + i)}
			if group != "" {
				d.Group = netip.MustParseAddr(group)
			}
			if err := k.StartDaemon(d); err != nil {
				t.Fatal(err)
			}
			defer k.StopDaemon(lvs.SyncBackup)
			running, err := k.Daemons()
			if err != nil || len(running) != 1 {
				t.Fatal(running, err)
			}
			d = running[0]
			v4, v6 := fmt.Sprintf("198.51.100.%d", i+1), fmt.Sprintf("fd00:51::%d", i+1)
			table := lvs.Table{}
			for _, c := range []struct{ vip, real string }{{v4, "10.9.9.9"}, {v6, "fd00:9::9"}} {
				vip, real := netip.MustParseAddr(c.vip), netip.MustParseAddr(c.real)
				one := connection{protocol: lvs.TCP, client: vip.Next(), cport: 4000, virtual: vip, vport: 80,
					destination: real, dport: 80, state: tcpStates["ESTABLISHED"]}
				closing := one
				closing.cport, closing.state = 4001, tcpStates["FIN_WAIT"]
				template := one
				template.cport, template.template, template.expires = 0, true, 300
				hear(t, d, one, closing, template)
				family := uint8(4)
				if vip.Is6() {
					family = 6
				}
				s := lvs.Service{ServiceKey: lvs.ServiceKey{Addr: vip, Port: 80, Protocol: lvs.TCP, Family: family}, Scheduler: "rr"}
				key := lvs.DestinationKey{Addr: real, Port: 80}
				table[s.ServiceKey] = lvs.Entry{Service: s, Destinations: map[lvs.DestinationKey]lvs.Destination{
					key: {DestinationKey: key, Forward: lvs.Tunnel, Weight: 1}}}
			}
			known := func() int {
				b, err := os.ReadFile("/proc/thread-self/net/ip_vs_conn_sync")
				if err != nil {
					t.Fatal(err)
				}
				n := 0
				eachConnection(strings.NewReader(string(b)), func(c connection) {
					if c.synchronised && (c.virtual == netip.MustParseAddr(v4) || c.virtual == netip.MustParseAddr(v6)) {
						n++
					}
				})
				return n
			}
			waitFor(t, "connections in the kernel", func() bool { return known() == 6 })
			for _, err := range k.Apply(lvs.Diff(nil, table, nil)) {
				if err != nil {
					t.Fatal(err)
				}
			}
			// Active and inactive connections of both real servers.
			bound := func() int {
				return strings.Count(strings.Join(strings.Fields(command(t, "ipvsadm -Ln")), " "), "Tunnel 1 1 1")
			}
			if n := bound(); n != 0 {
				t.Fatalf("%d destinations have connections already: nothing to show", n)
			}
			if _, err := k.Rebind(d, table); err != nil {
				t.Fatal(err)
			}
			waitFor(t, "connections of both destinations", func() bool { return bound() == 2 })
			if n := known(); n != 6 {
				t.Errorf("%d connections, want the same 6", n)
			}
		})
	}
}
