// Command lab runs directors, real servers and clients in a real kernel with IPVS, to watch them and
// to play with them: lab demo, lab list, lab run, lab up.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/holdfast-ha/holdfast/internal/lab"
	"github.com/holdfast-ha/holdfast/internal/lab/demo"
)

type options struct {
	Holdfast string `help:"Holdfast's program." default:"bin/holdfast" type:"path"`
	Director string `help:"The directors' program: holdfast or keepalived." default:"holdfast" enum:"holdfast,keepalived"`

	Demo demoCommand `cmd:"" help:"Tell a failover as it happens."`
	List listCommand `cmd:"" help:"List the scenarios."`
	Run  runCommand  `cmd:"" help:"Run scenarios by name, in the repository."`
	Up   upCommand   `cmd:"" help:"Start a pair of directors on a keepalived.conf and open a shell there."`
}

func main() {
	lab.GuestMain()
	var o options
	ctx := kong.Parse(&o, kong.Name("lab"), kong.Description("A network of directors, real servers and clients in a real kernel."))
	ctx.FatalIfErrorf(ctx.Run(&o))
}

type demoCommand struct{}

func (demoCommand) Run(o *options) error {
	if !lab.Inside() {
		fmt.Println("A Linux kernel with IPVS starts; everything below happens inside it.")
		return inside(o, false, "demo")
	}
	p, err := o.program()
	if err != nil {
		return err
	}
	return demo.Run(os.Stdout, p)
}

// program is the directors' program as the lab sees it.
func (o *options) program() (lab.Program, error) {
	if err := lab.Enter(); err != nil {
		return lab.Program{}, err
	}
	p, err := lab.ProgramNamed(o.Director)
	if err == nil && !p.Exists() {
		err = fmt.Errorf("find %s: not there", p.Path)
	}
	return p, err
}

// inside runs this program again with the given arguments, in the lab.
func inside(o *options, terminal bool, args ...string) error {
	args = append([]string{"--director=" + o.Director}, args...)
	files := map[string]string{}
	if _, err := os.Stat(o.Holdfast); err == nil {
		files["holdfast"] = o.Holdfast
	} else if o.Director == lab.Holdfast.Name {
		return fmt.Errorf("find the daemon (make build): %w", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	var status int
	var err error
	if lab.HostHasIPVS() {
		status, err = lab.OnHost(ctx, os.Stdout, files, args...)
	} else {
		status, err = lab.Guest{Args: append([]string{"lab"}, args...), Files: files, Output: os.Stdout, Terminal: terminal}.Boot(ctx)
	}
	if err != nil {
		return err
	}
	if status != 0 {
		os.Exit(status)
	}
	return nil
}

// scenarios is the package of the scenarios, from the repository's root.
const scenarios = "./internal/lab/scenario"

type listCommand struct{}

func (listCommand) Run() error { return goTest("-list", ".") }

type runCommand struct {
	Names []string `arg:"" help:"Names as lab list prints them, or regular expressions."`
	Logs  bool     `help:"Print what the daemons log."`
}

func (r runCommand) Run(o *options) error {
	self, err := filepath.Abs(o.Holdfast)
	if err != nil {
		return err
	}
	os.Setenv("HOLDFAST_BINARY", self)
	return goTest("-v", "-count=1", "-timeout=30m", "-run", "("+strings.Join(r.Names, "|")+")",
		"-args", "-director="+o.Director, fmt.Sprintf("-logs=%v", r.Logs))
}

// goTest runs go test on the scenarios; args after "-args" go to them.
func goTest(args ...string) error {
	line := []string{"test", "-tags", "lab"}
	for i, a := range args {
		if a == "-args" {
			line = append(append(append(line, args[:i]...), scenarios), args[i:]...)
			args = nil
			break
		}
	}
	if args != nil {
		line = append(append(line, args...), scenarios)
	}
	command := exec.Command("go", line...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	return command.Run()
}
