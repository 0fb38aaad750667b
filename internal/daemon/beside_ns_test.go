package daemon

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/vlan"
)

// side is a daemon, keepalived or this one, on a host of its own; both sides have the same interfaces and
// addresses, and what is asked of both has to have the same answer.
type side struct {
	t    *testing.T
	name string
	host *vlan.Host
	dir  string // of the configuration, the pid files and dumps
	cmd  *exec.Cmd

	env  []string // of the daemon, beside the usual
	now  string   // how it stood when it was last asked
	ends []func()
}

// sides makes both hosts. Nothing runs yet.
func sides(t *testing.T) [2]*side {
	t.Helper()
	var both [2]*side
	for i, name := range []string{"keepalived", "Holdfast"} {
		h := vlan.New(t).Host()
		for n, address := range []string{"192.0.2.1/24", "198.51.100.1/24"} {
			link := fmt.Sprintf("eth%d", n)
			if n > 0 {
				h.Run("ip", "link", "add", link, "type", "veth", "peer", "name", "p"+link)
				h.Run("ip", "link", "set", "p"+link, "up")
			}
			h.Run("ip", "link", "set", link, "down")
			h.Run("ip", "link", "set", link, "address", fmt.Sprintf("02:00:00:00:00:1%d", n))
			h.Run("ip", "link", "set", link, "addrgenmode", "none")
			h.Run("ip", "link", "set", link, "up")
			h.Run("ip", "addr", "add", address, "dev", link)
			h.Run("ip", "addr", "add", fmt.Sprintf("fe80::1%d/64", n), "dev", link, "nodad")
		}
		both[i] = &side{t: t, name: name, host: h, dir: t.TempDir()}
	}
	return both
}

// start starts the daemon with a configuration in which DIR stands for the side's directory.
func (s *side) start(config string) {
	s.t.Helper()
	conf := s.file("keepalived.conf")
	if err := os.WriteFile(conf, []byte(strings.ReplaceAll(config, "DIR", s.dir)), 0o600); err != nil {
		s.t.Fatal(err)
	}
	options := []string{"-n", "-l", "-D", "-P", "-G", "-f", conf, "-p", s.file("keepalived.pid"), "-r", s.file("vrrp.pid")}
	program := "keepalived"
	if s.name != program {
		program = os.Args[0]
	}
	s.cmd = s.host.Command(program, options...)
	s.cmd.Env = append(os.Environ(), "TMPDIR="+s.dir, "MIBS=", "PATH=/usr/sbin:/usr/bin:/sbin:/bin")
	s.cmd.Env = append(s.cmd.Env, s.env...)
	if s.name != "keepalived" {
		s.cmd.Env = append(s.cmd.Env, testDaemon+"=1", testRun+"="+s.dir)
	}
	out, err := os.Create(s.file("log"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer out.Close()
	s.cmd.Stdout, s.cmd.Stderr = out, out
	if err := s.cmd.Start(); err != nil {
		s.t.Fatalf("%s: %v (this test needs the Debian package keepalived to compare with)", s.name, err)
	}
	s.t.Cleanup(func() {
		s.stop()
		if s.t.Failed() && s.read("log") != "" {
			s.t.Logf("log of %s:\n%s", s.name, strings.Join(kept(s.read("log"), func(l string) (string, bool) {
				return l, !strings.Contains(l, "ending gratuitous") && !strings.Contains(l, "ending unsolicited")
			}), "\n"))
		}
	})
}

// stop ends the daemon in the planned way.
func (s *side) stop() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	late := time.AfterFunc(limit, func() { _ = s.cmd.Process.Kill() })
	defer late.Stop()
	_ = s.cmd.Wait() // its status is not what is compared
	s.cmd = nil
}

func (s *side) file(name string) string { return filepath.Join(s.dir, name) }

// read is what a file has, empty while there is none.
func (s *side) read(name string) string {
	text, _ := os.ReadFile(s.file(name))
	return string(text)
}

// signal sends a signal to the daemon's parent and waits for the file that it writes.
func (s *side) signal(number syscall.Signal, name string) string {
	s.t.Helper()
	if err := s.cmd.Process.Signal(number); err != nil {
		s.t.Fatal(err)
	}
	var text string
	wait(s.t, s.name+" writes "+name, func() bool { // keepalived 2.2.7 can be seen writing
		before := text
		if text = s.read(name); text == "" || text != before {
			time.Sleep(100 * time.Millisecond)
			return false
		}
		return true
	})
	return text
}

// background runs a program until the test ends.
func (s *side) background(log, program string, args ...string) {
	s.t.Helper()
	out, err := os.Create(s.file(log))
	if err != nil {
		s.t.Fatal(err)
	}
	defer out.Close()
	cmd := s.host.Command(program, args...)
	cmd.Env = append(os.Environ(), "MIBS=", "SNMP_PERSISTENT_DIR="+s.dir)
	cmd.Stdout, cmd.Stderr = out, out
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL // nothing stays where the test is killed
	if err := cmd.Start(); err != nil {
		s.t.Fatalf("%s: %v (make deps installs what is missing)", program, err)
	}
	s.ends = append(s.ends, func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()
	})
	s.t.Cleanup(s.end)
}

// end ends what runs in the background.
func (s *side) end() {
	for _, end := range s.ends {
		end()
	}
	s.ends = nil
}

// compareLines compares what two programs have written, line by line; keep tells which lines count and
// in which form. It returns how many were compared.
func compareLines(t *testing.T, what, theirs, ours string, keep func(string) (string, bool)) int {
	t.Helper()
	left, right := kept(theirs, keep), kept(ours, keep)
	count := map[string]int{}
	for _, line := range left {
		count[line]++
	}
	for _, line := range right {
		count[line]--
	}
	differences := 0
	tell := func(whose string, lines []string, sign int) {
		for _, line := range lines {
			if count[line]*sign > 0 {
				count[line] -= sign
				if differences++; differences <= 40 {
					t.Errorf("%s: only %s has %q", what, whose, line)
				}
			}
		}
	}
	tell("keepalived", left, 1)
	tell("Holdfast", right, -1)
	if differences == 0 && strings.Join(left, "\n") != strings.Join(right, "\n") {
		t.Errorf("%s: the same lines stand in another order", what)
	}
	t.Logf("%s: %d lines compared, %d differences", what, len(left), differences)
	return len(left)
}

func kept(text string, keep func(string) (string, bool)) []string {
	var lines []string
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		if line, ok := keep(line); ok {
			lines = append(lines, line)
		}
	}
	return lines
}
