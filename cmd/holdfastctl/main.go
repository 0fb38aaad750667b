// Command holdfastctl is the operator's tool: it explains configurations, shows what they would
// change in this kernel, and what the daemon does.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"
)

// Exit statuses.
const (
	exitOK       = 0
	exitProblems = 1 // check: errors, or with --strict warnings; plan: there is something to change; diff: there are differences; drain: connections are left
	exitFailed   = 2 // the command could not do its work
)

// cli is the command line.
type cli struct {
	Check      checkCommand      `cmd:"" help:"Explain what is wrong with configurations, and how to put it right."`
	Explain    explainCommand    `cmd:"" help:"Explain at length what a finding of check is about."`
	Fmt        fmtCommand        `cmd:"" help:"Lay configurations out; they mean the same afterwards."`
	Expand     expandCommand     `cmd:"" help:"Write a configuration out as one file, with includes, definitions, sequences and conditions resolved."`
	Diff       diffCommand       `cmd:"" help:"Tell how two configurations differ in what they mean."`
	Keyword    keywordCommand    `cmd:"" help:"Show what a keyword of keepalived.conf takes, since when, and what it does here."`
	Import     importCommand     `cmd:"" help:"Turn the rules of ipvsadm, lvs_dr.conf or ldirectord.cf into a keepalived.conf."`
	Doctor     doctorCommand     `cmd:"" help:"Find what is wrong with this host as a director or a real server; change nothing."`
	Realserver realserverCommand `cmd:"" help:"Set this host up as a real server by DR or TUN, check it, or undo it."`
	Genhash    genhashCommand    `cmd:"" passthrough:"" help:"Print the digest of a page for HTTP_GET and SSL_GET, as keepalived's genhash does."`
	Plan       planCommand       `cmd:"" help:"Show what a configuration would change in this kernel; change nothing."`
	Swap       swapCommand       `cmd:"" help:"Put Holdfast in the place of a running keepalived without a gap, or --back."`
	Handover   handoverCommand   `cmd:"" help:"Have a MASTER hand over to another router without silence."`
	Drain      drainCommand      `cmd:"" help:"Have a real server get no new connections; those that it has go on."`
	Undrain    undrainCommand    `cmd:"" help:"Have a drained real server get new connections again."`
	Weight     weightCommand     `cmd:"" help:"Give a real server another weight than the configuration does."`
	Names      namesCommand      `cmd:"" hidden:"" help:"List the names of virtual servers, or of the real servers of one."`
	Replay     replayCommand     `cmd:"" help:"Feed a recording of holdfast --record to the core again, and tell whether it does the same."`
	Watch      watchCommand      `cmd:"" help:"Show VRRP advertisements on the wire, or in a capture file, and what is wrong with them."`
	Events     eventsCommand     `cmd:"" help:"Tell what has happened, and with -f what happens."`
	Top        topCommand        `cmd:"" help:"Show connections and traffic of virtual and real servers as they pass."`
	Status     statusCommand     `cmd:"" help:"Show what the running daemon does."`
}

// output is where commands write.
type output struct {
	out, err io.Writer
}

// jsonLines writes values as JSON, one a line.
func jsonLines[T any](w io.Writer, values ...T) error {
	lines := json.NewEncoder(w)
	for i := range values {
		if err := lines.Encode(&values[i]); err != nil {
			return err
		}
	}
	return nil
}

// status ends a command with an exit status and without a message.
type status int

func (s status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

func main() { os.Exit(run(os.Args[1:], output{os.Stdout, os.Stderr})) }

// run is the program; it returns the exit status.
func run(args []string, o output) int {
	var c cli
	ended, code := false, exitOK
	parser, err := kong.New(&c, kong.Name("holdfastctl"), kong.Writers(o.out, o.err), kong.Bind(o),
		kong.Description("The operator's tool of Holdfast."), kong.UsageOnError(),
		kong.Exit(func(int) { ended = true }))
	if err != nil {
		fmt.Fprintln(o.err, "holdfastctl:", err)
		return exitFailed
	}
	ctx, err := parser.Parse(args)
	if ended { // --help has been printed
		return exitOK
	}
	if err == nil {
		err = ctx.Run(o)
	}
	var silent status
	switch {
	case err == nil:
	case errors.As(err, &silent):
		code = int(silent)
	default:
		fmt.Fprintln(o.err, "holdfastctl:", err)
		code = exitFailed
	}
	return code
}
