package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/daemon"
	"github.com/holdfast-ha/holdfast/internal/pidfile"
	"github.com/holdfast-ha/holdfast/internal/swap"
	"github.com/holdfast-ha/holdfast/internal/takeover"
)

type swapCommand struct {
	Back       bool   `help:"Put keepalived back in its place."`
	Yes        bool   `short:"y" help:"Do not ask when the check has warnings."`
	Boot       bool   `default:"true" negatable:"" help:"Have the one that runs start at boot, and the other one not (default)."`
	PID        string `name:"pid" default:"/run/keepalived.pid" help:"Pid file of the daemon that runs."`
	Holdfast   string `default:"/usr/sbin/holdfast" help:"The daemon of Holdfast."`
	Keepalived string `help:"The daemon of keepalived (default /usr/sbin/keepalived, or where the links have put it)."`
}

// swapLimit is longer than any handover.
const swapLimit = 10 * time.Minute

func (c *swapCommand) Run(o output) error {
	if os.Geteuid() != 0 {
		return errors.New("swap has to be run as root")
	}
	service := &swap.Service{Out: o.err}
	if c.Back {
		return c.back(o, service)
	}
	return c.forward(o, service)
}

// forward puts Holdfast in the place of keepalived.
func (c *swapCommand) forward(o output, service *swap.Service) error {
	k := takeover.Find(c.PID)
	if k == nil {
		return fmt.Errorf("no keepalived runs with the pid file %s; without one, start Holdfast as any service", c.PID)
	}
	args, err := swap.Arguments(k.PID)
	if err != nil {
		return err
	}
	options := daemon.ParseOptions(args)
	managed := service.Owns("keepalived.service", k.PID)
	if err := c.approve(o, &options, k, managed); err != nil {
		return err
	}
	begin := time.Now()
	if managed {
		if err := service.Forward(); err != nil {
			return fmt.Errorf("%w\nkeepalived goes on as pid %d, but systemd does not know of it any more; "+
				"when a failover does no harm: kill %d; systemctl start keepalived", err, k.PID, k.PID)
		}
	} else if err := swap.Start(c.Holdfast, append(swap.InBackground(args), "--take-over")); err != nil {
		return fmt.Errorf("%w\nkeepalived goes on", err)
	}
	c.enable(o, service, true)
	fmt.Fprintf(o.out, "Holdfast runs in the place of keepalived, pid %d, after %.1f s; the way back: holdfastctl swap --back\n",
		pidfile.Read(c.PID), time.Since(begin).Seconds())
	return c.tell(o, &options)
}

// enable settles which of the two starts at boot. The swap is done: an error is no failure of it.
func (c *swapCommand) enable(o output, service *swap.Service, holdfast bool) {
	if !c.Boot {
		return
	}
	if err := service.Enable(holdfast); err != nil {
		fmt.Fprintln(o.err, "what starts at boot could not be changed:", err)
	}
}

// approve checks the configuration as Holdfast sees it. Errors end the swap, warnings have to be agreed
// to.
func (c *swapCommand) approve(o output, options *daemon.Options, k *takeover.Keepalived, managed bool) error {
	check := checkCommand{Lint: true, Files: []string{options.ConfigFile}, ConfigID: options.ConfigID}
	reports, err := check.inspect()
	if err != nil {
		return err
	}
	r := &reports[0]
	for i := range r.problems {
		if r.Problems[i].Severity != "hint" {
			fmt.Fprintf(o.out, "%s:%d: %s: %s\n", r.Problems[i].File, r.Problems[i].Line, r.Problems[i].Severity, r.Problems[i].Message)
		}
	}
	fmt.Fprintf(o.out, "%s: %s\n", r.File, r.verdict())
	if r.status(false) != exitOK {
		return fmt.Errorf("keepalived stays: Holdfast cannot run this configuration; holdfastctl check %s explains why", r.File)
	}
	doubts := r.Warnings > 0
	if parent, err := takeover.ParentOf(k.PID); err == nil && parent > 1 && !managed {
		doubts = true
		fmt.Fprintf(o.out, "warning: keepalived was started by process %d and not by an init system that is known here: that process may start it again\n", parent)
	}
	if !doubts || c.Yes {
		return nil
	}
	return confirm(o, "holdfastctl check "+r.File+" explains the warnings. Go on?")
}

// confirm asks on a terminal.
func confirm(o output, question string) error {
	if info, err := os.Stdin.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return errors.New("nothing was changed: there are warnings; --yes goes on in spite of them")
	}
	fmt.Fprint(o.out, question+" [y/N] ")
	line, _ := bufio.NewReader(os.Stdin).ReadString('\n')
	if answer := strings.ToLower(strings.TrimSpace(line)); answer != "y" && answer != "yes" {
		return errors.New("nothing was changed")
	}
	return nil
}

// tell shows what the instances are now.
func (c *swapCommand) tell(o output, options *daemon.Options) error {
	r := loadConfig(options.ConfigFile, options.ConfigID)
	g := &r.Config.Global
	socket := daemon.NewPaths(options, g.UsePidDir, g.Instance, options.Namespace).Control()
	reply, err := control.Ask(socket, control.Request{Command: control.CommandStatus}, 10*time.Second)
	if err != nil {
		return err
	}
	if reply.Status.VRRP != nil {
		for _, in := range reply.Status.VRRP.Instances {
			fmt.Fprintf(o.out, "%s: %s, priority %d, %s\n", in.Name, in.State, in.Priority, in.Reason)
		}
	}
	return nil
}

// back puts keepalived in the place of Holdfast.
func (c *swapCommand) back(o output, service *swap.Service) error {
	program, err := c.keepalived()
	if err != nil {
		return err
	}
	pid := pidfile.Read(c.PID)
	if pid == 0 || takeover.Find(c.PID) != nil {
		return fmt.Errorf("no Holdfast runs with the pid file %s", c.PID)
	}
	args, err := swap.Arguments(pid)
	if err != nil {
		return err
	}
	options := daemon.ParseOptions(args)
	if out, err := exec.Command(program, "-t", "-f", options.ConfigFile).CombinedOutput(); err != nil && !c.Yes {
		return fmt.Errorf("nothing was changed: keepalived does not accept %s (%w); --yes goes on in spite of that\n%s", options.ConfigFile, err, strings.TrimSpace(string(out)))
	}
	if service.Owns("holdfast.service", pid) {
		err = service.Back()
	} else if err = swap.Stop(pid, swapLimit); err == nil {
		err = swap.Start(program, swap.InBackground(args))
	}
	if err != nil {
		return err
	}
	c.enable(o, service, false)
	fmt.Fprintf(o.out, "keepalived runs in the place of Holdfast\n")
	return nil
}

// keepalived finds the program: not a link to ours.
func (c *swapCommand) keepalived() (string, error) {
	candidates := []string{"/usr/sbin/keepalived.distrib", "/usr/sbin/keepalived", "/usr/local/sbin/keepalived"}
	if c.Keepalived != "" {
		candidates = []string{c.Keepalived}
	}
	for _, path := range candidates {
		real, err := filepath.EvalSymlinks(path)
		if err == nil && !strings.HasPrefix(filepath.Base(real), "holdfast") {
			return path, nil
		}
	}
	return "", fmt.Errorf("there is no keepalived to go back to: looked for %s", strings.Join(candidates, ", "))
}
