package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"

	"github.com/holdfast-ha/holdfast/internal/foreign"
	"github.com/holdfast-ha/holdfast/internal/hostinfo"
)

type importCommand struct {
	From string `enum:"auto,ipvsadm,lvs_dr,ldirectord" default:"auto" help:"What the file is: auto, ipvsadm (rules as ipvsadm-save prints them, or a script), lvs_dr (lvs_dr.conf of the LVS HOWTO) or ldirectord (ldirectord.cf)."`
	File string `arg:"" optional:"" default:"-" help:"File to read; - or none for standard input. The configuration goes to standard output, what it cannot say to standard error. Exit status: 0 written, 1 written with warnings, 2 not read."`
}

// maxImport is more than any such file has.
const maxImport = 16 << 20

func (c *importCommand) Run(o output) error {
	in := io.Reader(os.Stdin)
	if c.File != stdin {
		f, err := os.Open(c.File)
		if err != nil {
			return fmt.Errorf("read rules: %w", err)
		}
		defer f.Close()
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, maxImport))
	if err != nil {
		return fmt.Errorf("read rules: %w", err)
	}
	r := c.read(string(b))
	fmt.Fprint(o.out, r.Text)
	for _, w := range r.Warnings {
		fmt.Fprintf(o.err, "%s: %s\n", shownName(c.File), w)
	}
	if len(r.Warnings) > 0 {
		return status(exitProblems)
	}
	return nil
}

// read reads the text as what it is.
func (c *importCommand) read(text string) foreign.Result {
	host := hostinfo.New()
	names := foreign.Names{
		Host: func(name string) (netip.Addr, bool) { return host.LookupIP(name) },
		Service: func(name, protocol string) (uint16, bool) {
			port, err := net.DefaultResolver.LookupPort(context.Background(), protocol, name)
			return uint16(port), err == nil
		},
	}
	from := c.From
	if from == "auto" {
		from = kindOf(text)
	}
	switch from {
	case "lvs_dr":
		return foreign.LVSDR(text, names)
	case "ldirectord":
		return foreign.Ldirectord(text, names)
	}
	return foreign.IPVSAdm(text, names)
}

// kindOf tells a file by what only it has.
func kindOf(text string) string {
	for line := range strings.Lines(text) {
		name, _, _ := strings.Cut(line, "=")
		switch strings.TrimSpace(name) {
		case "LVS_TYPE":
			return "lvs_dr"
		case "virtual", "virtual6":
			return "ldirectord"
		}
	}
	return "ipvsadm"
}
