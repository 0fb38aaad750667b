//go:build lab

package tables

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/lab"
	"github.com/holdfast-ha/holdfast/lvs"
	"github.com/holdfast-ha/holdfast/lvs/ipvs"
)

// lookAtBoth starts keepalived and then Holdfast on a file. option is -C where the checker process is
// enough: there all services are to be active, as they are in keepalived. rest is how often in a row the
// table has to be the same. With imports Holdfast is started a second time, on what holdfastctl import
// makes of keepalived's table.
func lookAtBoth(name, option, rest string, imports bool) [3]side {
	file := filepath.Join(lab.BatchFiles, name)
	sides := [3]side{look(rest, "keepalived", option, "-f", file)}
	if option == "-C" {
		text := fmt.Sprintf("global_defs {\n lvs_active always\n}\ninclude %s\n", file)
		file = "/tmp/always.conf"
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			sides[1].Err = err.Error()
			return sides
		}
	}
	sides[1] = look(rest, lab.BatchFiles+"/holdfast", option, "-f", file)
	if imports {
		sides[2] = lookAtImport(sides[0].Saved)
	}
	return sides
}

// lookAtImport starts Holdfast on rules as ipvsadm-save prints them. The import may warn of two things: that
// these tell of neither checks nor instances, and of services without a real server.
func lookAtImport(rules []string) (s side) {
	imported := exec.Command(lab.BatchFiles+"/holdfastctl", "import")
	imported.Stdin = strings.NewReader(strings.Join(rules, "\n") + "\n")
	var warnings bytes.Buffer
	imported.Stderr = &warnings
	text, err := imported.Output()
	for line := range strings.Lines(warnings.String()) {
		if !strings.Contains(line, "neither checks nor who holds") && !strings.Contains(line, "has no real server") {
			s.Err = fmt.Sprintf("holdfastctl import: %v: %s", err, line)
			return s
		}
	}
	if err := os.WriteFile("/tmp/imported.conf", text, 0o644); err != nil {
		s.Err = err.Error()
		return s
	}
	s = look("1", lab.BatchFiles+"/holdfast", "-C", "-f", "/tmp/imported.conf")
	s.Log = string(text[:min(len(text), 2000)]) + s.Log
	return s
}

// look runs a daemon until its table does not change any more.
func look(rest string, command ...string) side {
	var s side
	if err := s.look(rest, command); err != nil {
		s.Err = err.Error()
	}
	return s
}

func (s *side) look(rest string, command []string) error {
	times, err := strconv.Atoi(rest)
	if err != nil {
		return err
	}
	kernel, err := ipvs.Open(ipvs.Options{})
	if err != nil {
		return err
	}
	defer kernel.Close()
	log, err := os.Create("/tmp/log")
	if err != nil {
		return err
	}
	defer log.Close()
	daemon := exec.Command(command[0], append(command[1:], "-n", "-l", "-i", "testhost")...)
	daemon.Stdout, daemon.Stderr = log, log
	if err := daemon.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() { _ = daemon.Wait(); close(ended) }()
	begin := time.Now()
	if s.Started, err = started(ended); err == nil && s.Started {
		if command[0] != "keepalived" {
			err = written(slices.Contains(command, "-C"))
		}
		s.Ready = time.Since(begin)
		if err == nil {
			err = s.take(kernel, times)
		}
	}
	s.Taken = time.Since(begin)
	_ = daemon.Process.Signal(syscall.SIGTERM)
	<-ended
	text, _ := os.ReadFile("/tmp/log")
	s.Log = string(text[max(0, len(text)-6000):])
	left, readErr := kernel.Read(nil)
	s.Left = left.Save()
	return errors.Join(err, readErr, kernel.Flush())
}

// started waits until the daemon says that it has started; false when it has ended.
func started(ended <-chan struct{}) (bool, error) {
	for range 1200 {
		text, err := os.ReadFile("/tmp/log")
		if err != nil {
			return false, err
		}
		if bytes.Contains(text, []byte("Startup complete")) {
			return true, nil
		}
		select {
		case <-ended:
			return false, nil
		case <-time.After(50 * time.Millisecond):
		}
	}
	return false, errors.New("no startup within a minute")
}

// written waits until Holdfast has written its table, and, unless the checkers run alone, an instance is
// MASTER: it says so in its state. keepalived has written its own when it says that it has started.
func written(alone bool) error {
	active := func(v director.VirtualServerStatus) bool { return alone || v.Active }
	for read := 0; ; time.Sleep(50 * time.Millisecond) {
		reply, err := control.Ask("/run/holdfast/control.sock", control.Request{Command: control.CommandStatus}, 30*time.Second)
		if err != nil {
			return err
		}
		lvs := reply.Status.LVS
		if len(reply.Status.Processes) == 0 { // no virtual server is left of the file
			return nil
		}
		if lvs == nil || lvs.LastRead.IsZero() || !every(lvs.VirtualServers, active) {
			continue
		}
		// The first answer may be from before the writing that follows the reading.
		if read++; read == 2 {
			return nil
		}
	}
}

func every[T any](list []T, is func(T) bool) bool {
	return !slices.ContainsFunc(list, func(e T) bool { return !is(e) })
}

// take waits until the table is the same so many times in a row, and takes it.
func (s *side) take(kernel *ipvs.Kernel, times int) error {
	last := ""
	same := 0
	for range 600 {
		table, err := kernel.Read(nil)
		if err != nil {
			return err
		}
		now := fields(table)
		if same++; now != last {
			same = 0
		}
		if last = now; same == times {
			if s.Saved, err = save(); err != nil {
				return err
			}
		}
		if same > times { // and after that as well
			timeouts, err := kernel.Timeouts()
			s.Fields = lines(now + fmt.Sprintf("timeouts %+v\n", timeouts))
			return err
		}
		time.Sleep(250 * time.Millisecond)
	}
	return errors.New("the table goes on changing")
}

// save is what ipvsadm-save prints, when it does so twice and has nothing twice: the kernel counts the services
// of all network namespaces, and tells some twice or not at all when another one changes meanwhile.
func save() ([]string, error) {
	var last []string
	for i := range 100 {
		text, err := exec.Command("ipvsadm-save", "-n").Output()
		if err != nil {
			return nil, fmt.Errorf("ipvsadm-save: %w", err)
		}
		saved := lines(string(text))
		if i > 0 && slices.Equal(saved, last) && len(slices.Compact(slices.Clone(saved))) == len(saved) {
			return saved, nil
		}
		last = saved
		time.Sleep(50 * time.Millisecond)
	}
	return nil, errors.New("ipvsadm-save goes on changing")
}

// fields prints every field that the kernel has of services and destinations: ipvsadm-save leaves out
// thresholds, and what has no effect.
func fields(table lvs.Table) string {
	var b strings.Builder
	for _, key := range slices.SortedFunc(maps.Keys(table), lvs.ServiceKey.Compare) {
		e := table[key]
		s := e.Service
		fmt.Fprintf(&b, "%s scheduler=%s persistent=%t timeout=%d netmask=%x ops=%t flags=%x engine=%q\n", key,
			s.Scheduler, s.Persistent, s.Timeout, s.Netmask, s.OnePacket, s.Flags, s.Persistence)
		for _, k := range slices.SortedFunc(maps.Keys(e.Destinations), lvs.DestinationKey.Compare) {
			d := e.Destinations[k]
			fmt.Fprintf(&b, "%s %s forward=%d weight=%d upper=%d lower=%d tunnel=%d port=%d flags=%x\n", key, k,
				d.Forward, d.Weight, d.UpperThreshold, d.LowerThreshold, d.TunnelType, d.TunnelPort, d.TunnelFlags)
		}
	}
	return b.String()
}
