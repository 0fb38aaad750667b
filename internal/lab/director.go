package lab

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"time"
)

// Program is a director's daemon.
type Program struct {
	Name string
	Path string
}

// The programs that the lab sets side by side.
var (
	// Holdfast is where [Guest.Files] is to put the build's daemon under this name.
	Holdfast   = Program{Name: "holdfast", Path: Shared + "/holdfast"}
	Keepalived = Program{Name: "keepalived", Path: "/usr/sbin/keepalived"}
)

// ProgramNamed finds a program by its name.
func ProgramNamed(name string) (Program, error) {
	for _, p := range []Program{Holdfast, Keepalived} {
		if p.Name == name {
			return p, nil
		}
	}
	return Program{}, fmt.Errorf("no director is called %q: holdfast or keepalived", name)
}

// The files of a director, each host its own.
const (
	ConfigFile  = "/etc/keepalived/keepalived.conf"
	parentPID   = "/run/keepalived.pid"
	vrrpPID     = "/run/vrrp.pid"
	checkersPID = "/run/checkers.pid"
)

// Director is a daemon on a host.
type Director struct {
	*Host
	Program Program
	Process *Process // the last one started
}

// Direct puts a director on the host. It does not start it.
func (h *Host) Direct(p Program) *Director { return &Director{Host: h, Program: p} }

// Start writes the configuration and starts the daemon in the foreground, logging to its output.
func (d *Director) Start(config string) error {
	if err := d.Configure(config); err != nil {
		return err
	}
	return d.Launch()
}

// Configure writes the configuration file.
func (d *Director) Configure(config string) error {
	return d.WriteFile(ConfigFile, config, 0o644)
}

// Launch starts the daemon on the file that is there, with further options.
func (d *Director) Launch(options ...string) error {
	args := append([]string{"-n", "-l", "-D", "-f", ConfigFile, "-p", parentPID, "-r", vrrpPID, "-c", checkersPID}, options...)
	process, err := d.Host.Start(d.Program.Path, args...)
	if err != nil {
		return err
	}
	d.Process = process
	return nil
}

// Reload asks the daemon to read its file again.
func (d *Director) Reload() error { return d.Process.Signal(syscall.SIGHUP) }

// StopPlanned ends the daemon as an init system does.
func (d *Director) StopPlanned() error { return d.Process.Stop(10 * time.Second) }

// Crash ends all of the daemon's processes at once by SIGKILL; the kernel's state stays.
func (d *Director) Crash() { d.Process.KillAll() }

// PowerOff ends the daemon, the host's addresses and its link in one go.
func (d *Director) PowerOff(link string) error {
	err := d.Cut(link)
	d.Crash()
	return err
}

// State describes the director: which of the addresses it holds, and its IPVS table.
func (d *Director) State(link string, addresses ...netip.Addr) string {
	role := "BACKUP"
	var held []string
	for _, a := range addresses {
		if d.Has(link, a) {
			held = append(held, a.String())
		}
	}
	if len(held) > 0 {
		role = "MASTER of " + strings.Join(held, " ")
	}
	table, err := d.IPVS()
	if err != nil {
		return fmt.Sprintf("%s: %s, no IPVS table: %v", d.Name, role, err)
	}
	return fmt.Sprintf("%s: %s, IPVS %s", d.Name, role, table.Short())
}

// Exists tells whether the program is there to be run.
func (p Program) Exists() bool {
	_, err := os.Stat(p.Path)
	return err == nil
}
