//go:build lab

package scenario

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

// The daemons of Debian that real servers run, in the foreground: of good and bad the one or the other
// is in force.
const (
	smtpdFile = `listen on 0.0.0.0 port %d hostname mx.example
action "out" relay
match from any for any reject
`
	smtpdRefuses = `filter "no" phase connect match !rdns disconnect "554 no service here"
listen on 0.0.0.0 port %d hostname mx.example filter "no"
action "out" relay
match from any for any reject
`
	nsdFile = `server:
  ip-address: 0.0.0.0@%d
  username: ""
  chroot: ""
  zonesdir: "/run"
  zonelistfile: "/run/nsd.zones"
  database: ""
  xfrdfile: "/run/nsd.xfrd"
  xfrdir: "/run"
  pidfile: "/run/nsd.pid"
  server-count: 1
remote-control:
  control-enable: no
`
	nsdZone = `zone:
  name: "example."
  zonefile: "example.zone"
`
	zoneFile = `@ 60 IN SOA ns hostmaster 1 60 60 60 60
@ 60 IN NS ns
ns 60 IN A 192.0.2.1
www 60 IN A 192.0.2.2
`
)

// daemonKind is a program that a real server runs.
type daemonKind struct {
	name      string
	check     string
	good, bad string // files
	command   func(good bool) []string
	// forks: it waits for each child to take its datagram. One stopped in that moment waits for ever, also when
	// it goes on: it is started anew instead.
	forks   bool
	prepare func(h *lab.Host) error
}

// How long answers take that are slow, and those that are too slow for a connect_timeout of 2 s.
const (
	slowly    = 300 * time.Millisecond
	tooSlowly = 5 * time.Second
)

// daemonLoop is the delay_loop: long enough for a guest that is busy with all those daemons.
const daemonLoop = 4 * time.Second

const daemonConf = "/etc/keepalived/daemon.conf"

var daemonKinds = []daemonKind{
	{
		name: "OpenSMTPD", check: "SMTP_CHECK {\n connect_timeout 2\n helo_name me.example\n connect_ip %s\n connect_port %d",
		good: smtpdFile, bad: smtpdRefuses, prepare: spool,
		command: func(bool) []string { return []string{"smtpd", "-d", "-f", daemonConf} },
	},
	{
		name: "NSD", check: "DNS_CHECK {\n type A\n name www.example\n connect_ip %s\n connect_port %d\n connect_timeout 2\n retry 1",
		good: nsdFile + nsdZone, bad: nsdFile,
		prepare: func(h *lab.Host) error { return h.WriteFile("/run/example.zone", zoneFile, 0o644) },
		command: func(bool) []string { return []string{"nsd", "-d", "-c", daemonConf} },
	},
	{
		name: "echo", forks: true, check: "UDP_CHECK {\n connect_timeout 2\n connect_ip %s\n connect_port %d\n payload 70 69 6e 67\n require_reply 70 69 6e 67",
		command: func(good bool) []string {
			does := map[bool]string{true: "PIPE", false: "SYSTEM:echo other"}[good]
			return []string{"socat", fmt.Sprintf("UDP-RECVFROM:%d,fork", checkedPort), does}
		},
	},
}

// spool gives a host a place for mails, and the name that the daemon looks up for itself.
func spool(h *lab.Host) error {
	return h.Do(func() error {
		if err := unix.Mount("tmpfs", "/var/spool", "tmpfs", 0, "mode=0755"); err != nil {
			return fmt.Errorf("mount /var/spool: %w", err)
		}
		return unix.Mkdir("/var/spool/smtpd", 0o711)
	})
}

// daemon is one that runs.
type daemon struct {
	s       *checkedSite
	host    *lab.Host
	kind    *daemonKind
	process *lab.Process
}

// start runs the daemon well or badly.
func (x *daemon) start(good bool) (err error) {
	text := x.kind.bad
	if good {
		text = x.kind.good
	}
	if strings.Contains(text, "%d") {
		text = fmt.Sprintf(text, checkedPort)
	}
	if err := x.host.WriteFile(daemonConf, text, 0o644); err != nil {
		return err
	}
	command := x.kind.command(good)
	x.process, err = x.host.Start(command[0], command[1:]...)
	return err
}

// listens waits until the daemon has its port.
func (x *daemon) listens() {
	x.s.t.Helper()
	eventually(x.s.t, time.Minute, x.kind.name+" listens", func() bool {
		var all string
		for _, protocol := range []string{"tcp", "udp"} {
			text, err := x.host.ReadFile("/proc/thread-self/net/" + protocol)
			must(x.s.t, err)
			all += text
		}
		return strings.Contains(all, fmt.Sprintf(" 00000000:%04X ", checkedPort))
	})
}

func (x *daemon) stop() error {
	x.process.KillAll()
	return nil
}

// signal reaches all processes of the daemon. One that ends by itself meanwhile has done its work.
func (x *daemon) signal(s syscall.Signal) error {
	for _, m := range x.process.Family() {
		if err := syscall.Kill(m.PID, s); err != nil && err != syscall.ESRCH {
			return err
		}
	}
	return nil
}

func (x *daemon) again(good bool) func() error {
	return func() error {
		_ = x.stop()
		return x.start(good)
	}
}

// slows has all that a host sends take so long.
func slows(h *lab.Host, delay time.Duration) func() error {
	return func() error {
		return run(h, "tc", "qdisc", "replace", "dev", "eth0", "root", "netem", "delay", fmt.Sprintf("%dms", delay.Milliseconds()))
	}
}

func hurries(h *lab.Host) func() error {
	return func() error { return run(h, "tc", "qdisc", "del", "dev", "eth0", "root") }
}

func run(h *lab.Host, name string, args ...string) error {
	_, err := h.Exec(name, args...)
	return err
}

// daemonAddress is that of the host of a row's daemon.
func daemonAddress(n int) string { return fmt.Sprintf("10.0.0.%d", 100+n) }

// daemonHost adds the host of a row.
func daemonHost(s *checkedSite, n int) *lab.Host {
	return s.host(fmt.Sprintf("h%d", n), daemonAddress(n)+"/24")
}

// daemonRows are what every daemon does. The number of a row is where it stands.
func daemonRows() []checkedRow {
	var rows []checkedRow
	add := func(row checkedRow) {
		row.check = fmt.Sprintf(row.check, daemonAddress(len(rows)), checkedPort)
		rows = append(rows, row)
	}
	for i := range daemonKinds {
		kind := &daemonKinds[i]
		row := func(name string, lost bool, change func(x *daemon) (spoil, heal func() error)) {
			add(checkedRow{name: kind.name + ": " + name, check: kind.check, lost: lost, set: func(s *checkedSite, n int) (func() error, func() error) {
				x := &daemon{s: s, host: daemonHost(s, n), kind: kind}
				if kind.prepare != nil {
					must(s.t, kind.prepare(x.host))
				}
				must(s.t, x.start(true))
				s.ready = append(s.ready, x.listens)
				return change(x)
			}})
		}
		row("is gone", true, func(x *daemon) (spoil, heal func() error) { return x.stop, x.again(true) })
		row("says something else", true, func(x *daemon) (spoil, heal func() error) { return x.again(false), x.again(true) })
		row("hangs", true, func(x *daemon) (spoil, heal func() error) {
			spoil, heal = func() error { return x.signal(syscall.SIGSTOP) }, func() error { return x.signal(syscall.SIGCONT) }
			if x.kind.forks {
				heal = x.again(true)
			}
			return spoil, heal
		})
		row("is slow", false, func(x *daemon) (spoil, heal func() error) { return slows(x.host, slowly), hurries(x.host) })
	}
	for _, delay := range []time.Duration{slowly, tooSlowly} {
		add(checkedRow{name: fmt.Sprintf("ICMP: answers after %v", delay), check: "PING_CHECK {\n connect_timeout 2\n connect_ip %s\n # port %d", lost: delay == tooSlowly,
			set: func(s *checkedSite, n int) (func() error, func() error) {
				h := daemonHost(s, n)
				return slows(h, delay), hurries(h)
			}})
	}
	return rows
}

// TestCheckedDaemons has a mail server, a name server and an echo of Debian do well, and then be gone,
// wrong, hanging and slow, and hosts answer pings slowly and too slowly, under the eyes of both programs.
func TestCheckedDaemons(t *testing.T) { playChecked(t, daemonRows(), daemonLoop) }
