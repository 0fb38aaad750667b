package daemon

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/holdfast-ha/holdfast/internal/vlan"
)

// beginWithKeepalived starts the real one on a node's file, with the node's pid files, as the daemon that is
// there before ours.
func beginWithKeepalived(d *node) {
	d.t.Helper()
	out, err := os.Create(d.file("keepalived.log"))
	if err != nil {
		d.t.Fatal(err)
	}
	defer out.Close()
	cmd := d.host.Command("keepalived", "-P", "-n", "-l", "-D", "-G", "-f", d.file("keepalived.conf"),
		"-p", d.file("keepalived.pid"), "-r", d.file("vrrp.pid"), "-c", d.file("checkers.pid"))
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		d.t.Fatal("this test needs the Debian package keepalived: ", err)
	}
	go func() { _ = cmd.Wait() }()
	d.t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if d.t.Failed() {
			d.t.Logf("keepalived on %s:\n%s", d.host.Namespace, d.keepalivedSaid())
		}
	})
}

func (d *node) keepalivedSaid() string {
	b, err := os.ReadFile(d.file("keepalived.log"))
	if err != nil {
		d.t.Fatal(err)
	}
	return string(b)
}

// takeoverCases are files in which going on as MASTER needs more than the address.
var takeoverCases = []struct {
	name, more string
	priority   int
}{
	{"plain", "advert_int 1", 110},
	// The peer drops what does not count on.
	{"AH", "version 2\n advert_int 1\n authentication {\n auth_type AH\n auth_pass secret\n }", 110},
	// The address is on an interface of its own.
	{"vmac", "advert_int 1\n use_vmac", 110},
	// Before the script's first result the peer has more.
	{"script", "advert_int 1\n " + trackAlways, 50},
	{"unicast", "advert_int 1\n unicast_peer {\n OTHER\n }", 110},
}

// patience is how many pings, 1 ms apart at least, outlast the peer's patience.
const patience = 4000

const trackAlways = "track_script {\n always\n }"

func takeoverFile(priority int, more, other string) string {
	return fmt.Sprintf(`global_defs {
  vrrp_version 3
  enable_script_security
  script_user root
}
vrrp_script always {
  script /usr/bin/true
  interval 1
  weight 60
}
vrrp_instance VI_1 {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority %d
  %s
  virtual_ipaddress {
    %s/24
  }
}
`, priority, strings.Replace(more, "OTHER", other, 1), virtual)
}

// TestNSTakesThePlaceOfKeepalived: holdfast --take-over is MASTER where keepalived was, without a ping
// lost that the swap could have cost, and the peer sees no other master and no end of this one.
func TestNSTakesThePlaceOfKeepalived(t *testing.T) {
	for _, c := range takeoverCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			lan := vlan.New(t)
			ours := newNode(t, lan.Host("192.0.2.1/24"), takeoverFile(c.priority, c.more, "192.0.2.2"))
			peer := newNode(t, lan.Host("192.0.2.2/24"), takeoverFile(90, strings.Replace(c.more, trackAlways, "", 1), "192.0.2.1"))
			client := lan.Host("192.0.2.9/24")
			beginWithKeepalived(ours)
			wait(t, "keepalived is MASTER", ours.holds(virtual))
			beginWithKeepalived(peer)
			wait(t, "its peer is BACKUP", func() bool { return strings.Contains(peer.keepalivedSaid(), "Entering BACKUP STATE") })
			former := ours.pid("keepalived")
			ping := startPing(t, client, virtual)
			wait(t, "pings are answered", ping.answered(100))
			ours.start("-P", "--take-over")
			wait(t, "we are MASTER", ours.in("MASTER"))
			wait(t, "keepalived is gone", gone(former))
			if pid := ours.pid("keepalived"); pid == former || pid == 0 {
				t.Errorf("the pid file says %d", pid)
			}
			wait(t, "pings go on", ping.answered(ping.count()+patience))
			sent, lost := ping.stop()
			t.Logf("%d pings of %d lost", lost, sent)
			if lost > 20 {
				t.Errorf("%d pings of %d lost: the address was silent for that many ms", lost, sent)
			}
			if n := strings.Count(peer.keepalivedSaid(), "Entering MASTER STATE"); n > 0 {
				t.Errorf("the peer was MASTER %d times", n)
			}
		})
	}
}

// pinging sends an echo request every millisecond.
type pinging struct {
	t   *testing.T
	cmd *exec.Cmd
	out string
}

func startPing(t *testing.T, h *vlan.Host, address string) *pinging {
	t.Helper()
	p := &pinging{t: t, cmd: h.Command("ping", "-f", "-i", "0.001", address), out: t.TempDir() + "/ping"}
	out, err := os.Create(p.out)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	p.cmd.Stdout, p.cmd.Stderr = out, out
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	return p
}

// count is how many answers there were: a flood ping takes its dots back.
func (p *pinging) count() int {
	b, err := os.ReadFile(p.out)
	if err != nil {
		p.t.Fatal(err)
	}
	return bytes.Count(b, []byte{'\b'})
}

func (p *pinging) answered(n int) func() bool { return func() bool { return p.count() >= n } }

var pingSummary = regexp.MustCompile(`(\d+) packets transmitted, (\d+) received`)

func (p *pinging) stop() (sent, lost int) {
	p.t.Helper()
	_ = p.cmd.Process.Signal(syscall.SIGINT)
	_ = p.cmd.Wait()
	b, _ := os.ReadFile(p.out)
	m := pingSummary.FindSubmatch(b)
	if m == nil {
		p.t.Fatalf("ping said %q", b)
	}
	sent, _ = strconv.Atoi(string(m[1]))
	received, _ := strconv.Atoi(string(m[2]))
	return sent, max(sent-received-1, 0)
}
