package daemon

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	bfdspeaker "github.com/holdfast-ha/holdfast/bfd/speaker"
	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/vlan"
)

// sessionTo is a bfd_instance with a detection time of 2 s, which a busy machine keeps, and no more
// lines than these.
func sessionTo(name, neighbour string, more ...string) string {
	return "bfd_instance " + name + " {\n neighbor_ip " + neighbour + "\n min_tx 100\n min_rx 100\n multiplier 20\n " + strings.Join(more, "\n ") + "\n}\n"
}

// session is how a session of the node stands.
func (d *node) session(name string) bfdspeaker.SessionStatus {
	r, err := d.ask(control.CommandStatus)
	if err != nil || r.Status.BFD == nil {
		return bfdspeaker.SessionStatus{}
	}
	for _, s := range r.Status.BFD.Sessions {
		if s.Name == name {
			return s
		}
	}
	return bfdspeaker.SessionStatus{}
}

// quick waits until a session is up and its detection time that of sessionTo.
func (d *node) quick(name string) {
	d.t.Helper()
	wait(d.t, name+" is up", func() bool {
		s := d.session(name)
		return s.State == "Up" && s.Detection == 2*time.Second && s.RemoteDetection == 2*time.Second
	})
}

// routed is a pair whose first director tracks a session to a router: when that is down, the second
// director is the better one. What the first one adds to its instance is tracks.
func routed(t *testing.T, tracks string) (master, backup, router *node) {
	t.Helper()
	lan := vlan.New(t)
	router = newNode(t, lan.Host("192.0.2.3/24"), sessionTo("director", "192.0.2.1"))
	backup = newNode(t, lan.Host("192.0.2.2/24"), pairConfig(90, ""))
	master = newNode(t, lan.Host("192.0.2.1/24"), withTracks(pairConfig(100, sessionTo("router", "192.0.2.3", "weight 20", "vrrp")), tracks))
	for _, d := range []*node{router, backup, master} {
		d.start()
	}
	master.quick("router")
	wait(t, "the second director is BACKUP", backup.in("BACKUP"))
	return master, backup, router
}

func TestNSSessionMovesThePriorityAndSaysWhy(t *testing.T) {
	t.Parallel()
	master, backup, router := routed(t, "track_bfd {\n router weight -20\n }\n")
	master.explains("MASTER 100: ")
	router.host.Isolate()
	wait(t, "the peer takes over", backup.holds(virtual))
	master.explains("BACKUP 80: bfd router down -20")
	router.host.Join()
	master.explains("MASTER 100: ")
	for _, line := range []string{
		"Starting BFD child process, pid=", "(router) Entering Up state", "(router) Expired after 2000 ms (",
		"Received BFD event: instance router is in state Down", "VRRP_Instance(VI_1) Tracked BFD instance router is DOWN",
		"VRRP_Instance(VI_1) Tracked BFD instance router is UP", "(VI_1) Changing effective priority from 100 to 80",
	} {
		if !master.logged(line)() {
			t.Errorf("the log has no %q", line)
		}
	}
	master.kill("keepalived", syscall.SIGUSR1)
	for file, want := range map[string]string{
		"keepalived_bfd.data": "\n   local state = Up\n   remote state = Up\n", "keepalived.data": "\n   Bfd is up\n",
	} {
		wait(t, file+" has "+want, func() bool {
			text, err := os.ReadFile(master.file(file))
			return err == nil && strings.Contains(string(text), want)
		})
	}
	// A stop hands over first, and then says that the session is taken away.
	master.kill("keepalived", syscall.SIGTERM)
	if status := master.status(); status != 0 {
		t.Errorf("exit status %d", status)
	}
	wait(t, "the router knows", func() bool { return router.session("director").RemoteDiag == "Administratively Down" })
	if _, err := os.Lstat(master.file("bfd.pid")); err == nil {
		t.Error("bfd.pid is still there after the end")
	}
}

func TestNSSessionWithoutAWeightIsAFaultAlsoWithReverse(t *testing.T) {
	t.Parallel()
	master, backup, router := routed(t, "track_bfd {\n router weight 0\n }\n")
	wait(t, "the first director is MASTER", master.in("MASTER"))
	router.kill("keepalived", syscall.SIGTERM)
	router.status()
	master.explains("FAULT 100: bfd router down: FAULT")
	wait(t, "the peer takes over", backup.holds(virtual))
	// Turned round, the same makes a director of it that is there when the router is not.
	r := withTracks(pairConfig(100, sessionTo("router", "192.0.2.3")), "track_bfd {\n router weight 0 reverse\n }\n")
	master.configure(r)
	if _, err := master.ask(control.CommandReload); err != nil {
		t.Fatal(err)
	}
	wait(t, "the address comes back", master.holds(virtual))
}

func TestNSSessionOutlivesTheBFDProcessAndReloads(t *testing.T) {
	t.Parallel()
	const tracks = "track_bfd {\n router\n }\n"
	master, _, router := routed(t, tracks)
	const up = "MASTER 120: bfd router up +20"
	master.explains(up)
	before := router.session("director")
	if _, err := master.ask(control.CommandReload); err != nil {
		t.Fatal(err)
	}
	killed := master.pid("bfd")
	master.kill("bfd", syscall.SIGKILL)
	wait(t, "a new BFD process", func() bool { pid := master.pid("bfd"); return pid != 0 && pid != killed })
	wait(t, "it has heard the router", func() bool { return master.session("router").Received > 0 })
	master.explains(up)
	// Other intervals, agreed on by a poll.
	slower := strings.Replace(sessionTo("router", "192.0.2.3", "weight 20", "vrrp"), "min_tx 100", "min_tx 150", 1)
	master.configure(withTracks(pairConfig(100, slower), tracks))
	if _, err := master.ask(control.CommandReload); err != nil {
		t.Fatal(err)
	}
	wait(t, "the router knows of it", func() bool { return router.session("director").RxInterval == 150*time.Millisecond })
	after := router.session("director")
	if after.Downs != 0 || after.RemoteDiscriminator != before.RemoteDiscriminator {
		t.Errorf("the router has noticed: %+v, before %+v", after, before)
	}
	// A session that is not in the file any more is taken away; the process stays.
	master.configure(pairConfig(100, ""))
	if _, err := master.ask(control.CommandReload); err != nil {
		t.Fatal(err)
	}
	master.explains("MASTER 100: ")
	wait(t, "the router knows", func() bool { return router.session("director").State == "Down" })
}

func TestNSSessionsOfADaemonWithoutBFDAreDown(t *testing.T) {
	t.Parallel()
	d := newNode(t, vlan.New(t).Host("192.0.2.1/24"), withTracks(pairConfig(100, sessionTo("router", "192.0.2.3", "weight 20")), "track_bfd {\n router weight -7\n }\n"))
	d.start("-B")
	d.explains("MASTER 93: bfd router down -7")
	if d.pid("bfd") != 0 {
		t.Error("there is a BFD process")
	}
}
