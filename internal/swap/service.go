package swap

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// The units of the two packages.
const (
	holdfastUnit   = "holdfast.service"
	keepalivedUnit = "keepalived.service"
)

// Service is the init system of this host as far as it has to be told.
type Service struct {
	// Root is in front of the paths of systemd and of init scripts; empty but in tests.
	Root string
	// Out gets what the init system's tools say.
	Out io.Writer
}

// Systemd tells whether the host runs it.
func (s *Service) Systemd() bool {
	_, err := os.Stat(filepath.Join(s.Root, "/run/systemd/system"))
	return err == nil
}

// Owns tells whether systemd runs that process as the main one of a unit.
func (s *Service) Owns(unit string, pid int) bool {
	if !s.Systemd() {
		return false
	}
	out, err := exec.Command("systemctl", "show", "--property=MainPID", "--value", unit).Output()
	return err == nil && strings.TrimSpace(string(out)) == strconv.Itoa(pid)
}

func (s *Service) run(name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = s.Out, s.Out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return nil
}

// leaveRunning is what keeps systemd from ending keepalived when holdfast.service, which conflicts with
// it, is started: the new daemon ends it, at the moment when it takes its place.
const leaveRunning = "[Service]\nKillMode=none\nExecStop=\nExecStopPost=\n"

// Forward starts holdfast.service while keepalived goes on, and makes it the one that starts at boot. The
// keepalived of the unit runs on if that fails; systemd knows nothing of it then.
func (s *Service) Forward() error {
	file := filepath.Join(s.Root, "/run/systemd/system", keepalivedUnit+".d", "50-holdfast-swap.conf")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("tell systemd to let keepalived run: %w", err)
	}
	if err := os.WriteFile(file, []byte(leaveRunning), 0o644); err != nil {
		return fmt.Errorf("tell systemd to let keepalived run: %w", err)
	}
	err := s.run("systemctl", "daemon-reload")
	if err == nil {
		err = s.run("systemctl", "start", holdfastUnit)
	}
	err = errors.Join(err, os.Remove(file))
	_ = os.Remove(filepath.Dir(file)) // unless somebody else has something there
	return errors.Join(err, s.run("systemctl", "daemon-reload"))
}

// Back starts keepalived.service. systemd stops holdfast.service first, for the two conflict and are
// ordered.
func (s *Service) Back() error { return s.run("systemctl", "start", keepalivedUnit) }

// Enable has one of the two start at boot, and the other one not.
func (s *Service) Enable(holdfast bool) error {
	on, off := keepalivedUnit, holdfastUnit
	if holdfast {
		on, off = off, on
	}
	if s.Systemd() {
		_ = s.run("systemctl", "reset-failed", off) // it is no failure that it was ended
		return errors.Join(s.run("systemctl", "disable", off), s.run("systemctl", "enable", on))
	}
	var errs []error
	for unit, word := range map[string]string{off: "disable", on: "enable"} {
		name := strings.TrimSuffix(unit, ".service")
		_, noScript := os.Stat(filepath.Join(s.Root, "/etc/init.d", name))
		_, noTool := exec.LookPath("update-rc.d")
		if noScript == nil && noTool == nil {
			errs = append(errs, s.run("update-rc.d", name, word))
		}
	}
	return errors.Join(errs...)
}
