package speaker_test

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/vlan"
	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// keepalived runs Debian's keepalived in a host.
type keepalived struct {
	cmd *exec.Cmd
	log string
}

func startKeepalived(t testing.TB, h *vlan.Host, config string) *keepalived {
	t.Helper()
	if _, err := exec.LookPath("keepalived"); err != nil {
		t.Fatal("this test needs the Debian package keepalived as the peer: ", err)
	}
	dir := t.TempDir()
	conf := filepath.Join(dir, "keepalived.conf")
	if err := os.WriteFile(conf, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	k := &keepalived{log: filepath.Join(dir, "log")}
	out, err := os.Create(k.log)
	if err != nil {
		t.Fatal(err)
	}
	k.cmd = h.Command("chrt", "-r", "10", "keepalived", "-n", "-l", "-P", "-f", conf,
		"-p", filepath.Join(dir, "pid"), "-r", filepath.Join(dir, "vrrp.pid"))
	k.cmd.Stdout, k.cmd.Stderr = out, out
	if err := k.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = out.Close()
	t.Cleanup(k.stop)
	return k
}

// stop terminates it as systemd does, and waits.
func (k *keepalived) stop() {
	if k.cmd.Process == nil || k.cmd.ProcessState != nil {
		return
	}
	_ = k.cmd.Process.Signal(syscall.SIGTERM)
	_ = k.cmd.Wait()
}

func (k *keepalived) said() string {
	b, _ := os.ReadFile(k.log)
	return string(b)
}

// configFor is the keepalived.conf that means what in means.
func configFor(in speaker.Instance, extra string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "global_defs {\n vrrp_version %d\n}\nvrrp_instance %s {\n state BACKUP\n interface %s\n virtual_router_id %d\n priority %d\n advert_int %g\n",
		in.Version, in.Name, in.Interface, in.VRID, in.Priority, in.AdvertInt.Seconds())
	b.WriteString(extra)
	b.WriteString(" virtual_ipaddress {\n")
	for _, a := range in.VIPs {
		fmt.Fprintf(&b, "  %s\n", a.Prefix)
	}
	b.WriteString(" }\n}\n")
	return b.String()
}

func password(auth vrrp.AuthType, text string) func(*speaker.Instance) {
	return func(in *speaker.Instance) {
		in.Auth = auth
		copy(in.AuthData[:], text)
	}
}

func unicast(peer string) func(*speaker.Instance) {
	return func(in *speaker.Instance) {
		in.Unicast = true
		in.Peers = []vrrp.Peer{{Addr: netip.MustParseAddr(peer), MinTTL: -1, MaxTTL: -1}}
		in.CheckSource = true
	}
}

// We are 192.0.2.1 and keepalived is 192.0.2.2.
var interop = []struct {
	name     string
	vip      string
	interval time.Duration
	ours     func(*speaker.Instance)
	theirs   string
}{
	{"v2", "192.0.2.100/32", time.Second, nil, ""},
	{"v2Pass", "192.0.2.100/32", time.Second, password(vrrp.Pass, "secret"),
		" authentication {\n  auth_type PASS\n  auth_pass secret\n }\n"},
	{"v2AH", "192.0.2.100/32", time.Second, password(vrrp.AH, "12345678"),
		" authentication {\n  auth_type AH\n  auth_pass 12345678\n }\n"},
	{"v3At200ms", "192.0.2.100/32", 200 * time.Millisecond, nil, ""},
	{"v3At50ms", "192.0.2.100/24", 50 * time.Millisecond, nil, ""},
	{"v3At10ms", "192.0.2.100/32", 10 * time.Millisecond, nil, ""},
	{"IPv6", "2001:db8::100/128", 100 * time.Millisecond, nil, ""},
	{"Unicast", "192.0.2.100/32", 100 * time.Millisecond, unicast("192.0.2.2"),
		" unicast_src_ip 192.0.2.2\n unicast_peer {\n  192.0.2.1\n }\n"},
	{"UnicastV2", "192.0.2.100/32", time.Second, unicast("192.0.2.2"),
		" unicast_src_ip 192.0.2.2\n unicast_peer {\n  192.0.2.1\n }\n"},
	{"VMAC", "192.0.2.100/24", 100 * time.Millisecond, useVMAC, " use_vmac\n"},
	{"VMACOfOursAlone", "192.0.2.100/32", 100 * time.Millisecond, useVMAC, ""},
	{"VMACOfTheirsAlone", "192.0.2.100/32", 100 * time.Millisecond, nil, " use_vmac\n"},
	{"VMACXmitBaseOfOursAlone", "192.0.2.100/32", 100 * time.Millisecond, xmitBase, " use_vmac\n"},
	{"VMACUnicast", "192.0.2.100/32", 100 * time.Millisecond, func(in *speaker.Instance) {
		xmitBase(in)
		unicast("192.0.2.2")(in)
	}, " use_vmac\n vmac_xmit_base\n unicast_src_ip 192.0.2.2\n unicast_peer {\n  192.0.2.1\n }\n"},
}

func TestNSElectionWithKeepalived(t *testing.T) {
	t.Parallel()
	for _, c := range interop {
		for _, weAre := range []string{"higher", "lower"} {
			t.Run(c.name+"/"+weAre, func(t *testing.T) {
				t.Parallel()
				lan := vlan.New(t)
				us, them := lan.Host("192.0.2.1/24", "2001:db8::1/64"), lan.Host("192.0.2.2/24", "2001:db8::2/64")
				ours := instance(51, 150, c.interval, c.vip)
				theirs := instance(51, 100, c.interval, c.vip)
				if weAre == "lower" {
					ours.Priority, theirs.Priority = theirs.Priority, ours.Priority
				}
				if c.ours != nil {
					c.ours(&ours)
				}
				vip := netip.MustParsePrefix(c.vip).Addr().String()
				k := startKeepalived(t, them, configFor(theirs, c.theirs))
				n := start(t, us, settings(ours), nil)
				defer func() {
					if t.Failed() {
						t.Logf("%+v\n%s\nkeepalived:\n%s", n.Status(), n.log(), k.said())
					}
				}()
				if weAre == "higher" {
					eventually(t, "we are MASTER", func() bool { return n.state() == "MASTER" && us.Has(vip) && !them.Has(vip) })
					us.Isolate()
					eventually(t, "keepalived takes over", func() bool { return them.Has(vip) })
					us.Join()
					eventually(t, "we are MASTER again, alone", func() bool { return us.Has(vip) && !them.Has(vip) })
					n.Stop(true)
					if us.Has(vip) {
						t.Error("our address stayed behind")
					}
					eventually(t, "keepalived takes over after the stop", func() bool { return them.Has(vip) })
					return
				}
				eventually(t, "keepalived is MASTER", func() bool { return n.state() == "BACKUP" && !us.Has(vip) && them.Has(vip) })
				received := n.Status().Instances[0].Stats.AdvertReceived
				eventually(t, "we hear it", func() bool { return n.Status().Instances[0].Stats.AdvertReceived > received+2 })
				k.stop()
				eventually(t, "we take over when it stops", func() bool { return n.state() == "MASTER" && us.Has(vip) })
				k = startKeepalived(t, them, configFor(theirs, c.theirs))
				eventually(t, "keepalived is MASTER again, alone", func() bool {
					return n.state() == "BACKUP" && !us.Has(vip) && them.Has(vip)
				})
				s := n.Status().Instances[0].Stats
				if s.ChecksumErrors+s.LengthErrors+s.AddressErrors+s.AuthFailure+s.TTLErrors != 0 {
					t.Errorf("packets of keepalived are held for bad: %+v", s)
				}
			})
		}
	}
}
