package daemon

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/vlan"
)

// wired are instances whose adverts are compared, by VRID. Each is MASTER soon and stays it.
var wired = []struct {
	name  string
	vrid  byte
	lines string
	// differs changes keepalived's adverts where ours are different on purpose.
	differs func([][]byte)
}{
	{"v2", 1, "virtual_ipaddress {\n 192.0.2.101\n }", nil},
	{"v2 PASS", 2, "authentication {\n auth_type PASS\n auth_pass secret\n }\n virtual_ipaddress {\n 192.0.2.102\n }", nil},
	{"v2 AH", 3, "authentication {\n auth_type AH\n auth_pass 12345678\n }\n virtual_ipaddress {\n 192.0.2.103\n }", nil},
	{"v3", 4, "version 3\n advert_int 0.5\n virtual_ipaddress {\n 192.0.2.104/24\n }", nil},
	{"several addresses", 5, "version 3\n virtual_ipaddress {\n 192.0.2.105/24\n 198.51.100.105/24\n 192.0.2.106\n }", nil},
	{"excluded addresses", 6, "virtual_ipaddress {\n 192.0.2.107\n }\n virtual_ipaddress_excluded {\n 192.0.2.108\n 2001:db8::108\n }", nil},
	{"unicast", 7, "version 3\n unicast_src_ip 192.0.2.1\n unicast_peer {\n 192.0.2.2\n }\n virtual_ipaddress {\n 192.0.2.109\n }", nil},
	{"unicast v2", 8, "unicast_src_ip 192.0.2.1\n unicast_peer {\n 192.0.2.2\n }\n virtual_ipaddress {\n 192.0.2.110\n }", nil},
	{"unicast, TTL of its own", 9, "version 3\n unicast_ttl 7\n unicast_src_ip 192.0.2.1\n unicast_peer {\n 192.0.2.2\n }\n virtual_ipaddress {\n 192.0.2.111\n }", nil},
	{"IPv6", 10, "virtual_ipaddress {\n fe80::100\n 2001:db8::100\n }", nil},
	{"unicast IPv6", 11, "unicast_src_ip 2001:db8::1\n unicast_peer {\n 2001:db8::2\n }\n virtual_ipaddress {\n 2001:db8::111\n }", hops255},
	{"unicast IPv6, TTL of its own", 12, "unicast_ttl 7\n unicast_src_ip 2001:db8::1\n unicast_peer {\n 2001:db8::2\n }\n virtual_ipaddress {\n 2001:db8::112\n }", nil},
	{"virtual MAC address", 13, "use_vmac\n virtual_ipaddress {\n 192.0.2.113\n }", nil},
	{"virtual MAC address, v3", 14, "version 3\n use_vmac\n virtual_ipaddress {\n 192.0.2.114/24\n }", nil},
	{"virtual MAC address, IPv6", 15, "use_vmac\n virtual_ipaddress {\n fe80::115\n 2001:db8::115\n }", nil},
	{"virtual MAC address of the addresses alone", 16, "use_vmac\n vmac_xmit_base\n virtual_ipaddress {\n 192.0.2.116\n }", nil},
	{"virtual MAC address of the addresses alone, IPv6", 17, "use_vmac\n vmac_xmit_base\n virtual_ipaddress {\n fe80::117\n 2001:db8::117\n }", nil},
}

// wiredConfig is one file with all of them. The first is an owner.
func wiredConfig() string {
	var b strings.Builder
	b.WriteString("global_defs {\n vrrp_garp_master_delay 0\n}\n")
	for _, w := range wired {
		priority := 255 - 5*(int(w.vrid)-1)
		state := "MASTER"
		if strings.Contains(w.lines, "AH") {
			state = "BACKUP" // as it is made in any case
		}
		fmt.Fprintf(&b, "vrrp_instance VI_%d {\n interface %s\n state %s\n virtual_router_id %d\n priority %d\n %s\n}\n",
			w.vrid, vlan.Interface, state, w.vrid, priority, w.lines)
	}
	return b.String()
}

// announced are the addresses of wired that neighbours are told of.
var announced = []string{
	"192.0.2.101", "192.0.2.102", "192.0.2.103", "192.0.2.104", "192.0.2.105", "198.51.100.105", "192.0.2.106",
	"192.0.2.107", "192.0.2.108", "192.0.2.109", "192.0.2.110", "192.0.2.111", "192.0.2.113", "192.0.2.114", "192.0.2.116",
	"fe80::100", "2001:db8::100", "2001:db8::108", "2001:db8::111", "2001:db8::112",
	"fe80::115", "2001:db8::115", "fe80::117", "2001:db8::117",
}

// TestNSWireIsKeepaliveds reads the same file into keepalived and into Holdfast, on hosts that are the
// same, and compares the frames octet by octet: adverts, those of priority 0 at the stop, gratuitous
// ARP and unsolicited neighbour advertisements.
func TestNSWireIsKeepaliveds(t *testing.T) {
	t.Parallel()
	captures := recordAll(t)
	theirs, ours := captures["keepalived"], captures["Holdfast"]
	for _, w := range wired {
		t.Run(w.name, func(t *testing.T) {
			want, got := theirs.adverts(w.vrid), ours.adverts(w.vrid)
			if w.differs != nil {
				w.differs(want)
			}
			if len(want) != 2 {
				t.Errorf("keepalived sent %d different adverts, not one and a farewell", len(want))
			}
			if diff := cmp.Diff(text(want), text(got)); diff != "" {
				t.Errorf("adverts (-keepalived +ours):\n%s", diff)
			}
		})
	}
	for _, c := range []struct {
		name, host string
		etherType  uint16
	}{
		{"gratuitous ARP", "", etherARP},
		{"neighbour advertisements", "", etherIPv6},
		{"neighbour advertisements of a host that forwards", " that forwards", etherIPv6},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := captures["keepalived"+c.host].announcements(c.etherType)
			got := captures["Holdfast"+c.host].announcements(c.etherType)
			if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
				t.Errorf("%d different ones (-keepalived +ours):\n%s", len(want), diff)
			}
		})
	}
}

// recordAll runs both programs, on a host that forwards and on one that does not.
func recordAll(t *testing.T) map[string]*capture {
	programs := map[string]func(*testing.T, *vlan.Host) *os.Process{"keepalived": runKeepalived, "Holdfast": runHoldfast}
	captures := map[string]*capture{}
	for name := range programs {
		captures[name], captures[name+" that forwards"] = &capture{}, &capture{}
	}
	t.Run("record", func(t *testing.T) {
		for name, c := range captures {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				program, forwards, _ := strings.Cut(name, " ")
				c.record(t, forwards != "", programs[program])
			})
		}
	})
	return captures
}

// The octets of an Ethernet frame and of the headers behind.
const (
	etherLen  = 14
	ipv4Len   = 20
	ipv6Len   = 40
	ahLen     = 24
	etherIPv4 = 0x0800
	etherARP  = 0x0806
	etherIPv6 = 0x86dd
)

// capture is what a host of the LAN sees.
type capture struct {
	mu     sync.Mutex
	frames [][]byte
}

// record runs a program on a host whose addresses are always the same until it has said all it has to
// say, stops it, and notes what was on the wire.
func (c *capture) record(t *testing.T, forward bool, run func(*testing.T, *vlan.Host) *os.Process) {
	lan := vlan.New(t)
	router, watcher := lan.Host(), lan.Host()
	address(router, "02:00:00:00:00:01", "192.0.2.1/24", "2001:db8::1/64")
	address(watcher, "02:00:00:00:00:02", "192.0.2.2/24", "2001:db8::2/64")
	if forward {
		router.Run("sysctl", "-qw", "net.ipv6.conf.all.forwarding=1")
	}
	c.listen(t, watcher)
	p := run(t, router)
	wait(t, "all are MASTER and have announced their addresses", func() bool {
		for _, w := range wired {
			if c.count(func(f []byte) bool { a := advertOf(f); return a != nil && a[1] == w.vrid && a[2] > 0 }) < 2 {
				return false
			}
		}
		return c.count(isAnnouncement) >= 5*len(announced)
	})
	_ = p.Signal(syscall.SIGTERM)
	wait(t, "all say farewell", func() bool {
		for _, w := range wired {
			if c.count(func(f []byte) bool { a := advertOf(f); return a != nil && a[1] == w.vrid && a[2] == 0 }) == 0 {
				return false
			}
		}
		return true
	})
}

// address gives a host another MAC address, which is that of its link-local address too, and addresses.
func address(h *vlan.Host, mac string, addresses ...string) {
	h.Run("ip", "link", "set", vlan.Interface, "down")
	h.Run("ip", "link", "set", vlan.Interface, "address", mac)
	h.Run("ip", "link", "set", vlan.Interface, "up")
	for _, a := range addresses {
		h.Run("ip", "addr", "add", a, "dev", vlan.Interface, "nodad")
	}
}

func runKeepalived(t *testing.T, h *vlan.Host) *os.Process {
	dir := t.TempDir()
	conf := filepath.Join(dir, "keepalived.conf")
	if err := os.WriteFile(conf, []byte(wiredConfig()), 0o600); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	cmd := h.Command("keepalived", "-n", "-l", "-P", "-G", "-f", conf,
		"-p", filepath.Join(dir, "pid"), "-r", filepath.Join(dir, "vrrp.pid"))
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatalf("this test needs the Debian package keepalived to compare with: %v", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("keepalived:\n%s", out.String())
		}
	})
	return cmd.Process
}

func runHoldfast(t *testing.T, h *vlan.Host) *os.Process {
	n := newNode(t, h, wiredConfig())
	n.start()
	return n.cmd.Process
}

// listen collects all that the host's interface receives until the test ends.
func (c *capture) listen(t *testing.T, h *vlan.Host) {
	var fd int
	var err error
	h.Do(func() {
		all := uint16(unix.ETH_P_ALL)
		fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, int(all<<8|all>>8))
	})
	if err != nil {
		t.Error(err)
		return
	}
	_ = unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 100_000})
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 4<<20)
	ended, done := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() { close(ended); <-done; _ = unix.Close(fd) })
	go func() {
		defer close(done)
		buf := make([]byte, 2048)
		for {
			select {
			case <-ended:
				return
			default:
			}
			n, from, err := unix.Recvfrom(fd, buf, 0)
			if link, ok := from.(*unix.SockaddrLinklayer); err != nil || !ok || link.Pkttype == unix.PACKET_OUTGOING {
				continue
			}
			c.mu.Lock()
			c.frames = append(c.frames, slices.Clone(buf[:n]))
			c.mu.Unlock()
		}
	}()
}

func (c *capture) count(is func([]byte) bool) (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range c.frames {
		if is(f) {
			n++
		}
	}
	return n
}

func etherType(f []byte) uint16 { return binary.BigEndian.Uint16(f[12:]) }

// hops255 gives keepalived's unicast adverts over IPv6 the hop limit that ours have: it leaves them to
// the kernel, which takes 64, and a peer with min_ttl would drop them.
func hops255(frames [][]byte) {
	for _, f := range frames {
		f[etherLen+7] = 255
	}
}

// advertOf is the VRRP message in a frame, nil if there is none.
func advertOf(f []byte) []byte {
	switch {
	case etherType(f) == etherIPv4 && f[etherLen+9] == 112:
		return f[etherLen+ipv4Len:]
	case etherType(f) == etherIPv4 && f[etherLen+9] == 51 && f[etherLen+ipv4Len] == 112:
		return f[etherLen+ipv4Len+ahLen:]
	case etherType(f) == etherIPv6 && f[etherLen+6] == 112:
		return f[etherLen+ipv6Len:]
	}
	return nil
}

// isAnnouncement tells a gratuitous ARP or an unsolicited neighbour advertisement of an address that
// moves.
func isAnnouncement(f []byte) bool {
	switch {
	case etherType(f) == etherARP:
		sender, target := f[28:32], f[38:42]
		return string(sender) == string(target)
	case etherType(f) == etherIPv6 && f[etherLen+6] == 58 && f[etherLen+ipv6Len] == 136:
		return f[etherLen+24] == 0xff // to a group: nobody asked
	}
	return false
}

// adverts are the different frames of one VRID in the order of their coming; what differs from packet
// to packet is left out: identification and checksum of IPv4, sequence number and ICV of AH.
func (c *capture) adverts(vrid byte) (out [][]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range c.frames {
		if a := advertOf(f); a == nil || a[1] != vrid {
			continue
		}
		f = slices.Clone(f)
		if ip := f[etherLen:]; etherType(f) == etherIPv4 {
			clear(ip[4:6])
			clear(ip[10:12])
			if ip[9] == 51 {
				clear(ip[ipv4Len+8 : ipv4Len+ahLen])
			}
		}
		if !slices.ContainsFunc(out, func(o []byte) bool { return bytes.Equal(o, f) }) {
			out = append(out, f)
		}
	}
	return out
}

func text(frames [][]byte) (out []string) {
	for _, f := range frames {
		out = append(out, hex.EncodeToString(f))
	}
	return out
}

// announcements are how often each of that type was seen, in hex.
func (c *capture) announcements(wanted uint16) map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := map[string]int{}
	for _, f := range c.frames {
		if isAnnouncement(f) && etherType(f) == wanted {
			out[hex.EncodeToString(f)]++
		}
	}
	return out
}
