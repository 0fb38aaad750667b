package daemon

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/holdfast-ha/holdfast/internal/getopt"
	"github.com/holdfast-ha/holdfast/internal/logsink"
)

// DefaultConfig is the configuration that is read without -f.
const DefaultConfig = "/etc/keepalived/keepalived.conf"

// Options is a command line of the daemon.
type Options struct {
	ConfigFile string
	ConfigID   string
	Namespace  string
	AllConfig  bool // -e: a missing include is an error

	VRRPOnly, CheckersOnly, NoBFD, All bool

	Console     bool
	Detail      int // how often -D was given
	Facility    logsink.Facility
	BadFacility string // what -S could not make sense of
	ToFile      bool
	LogFile     string // of -g; empty: the default
	FlushFile   bool
	NoSyslog    bool

	Umask         int // -1: not given
	KeepAddresses bool
	KeepTable     bool
	DontRespawn   bool
	DontFork      bool
	Dump          bool
	IgnoreSIGINT  bool
	CoreDump      bool

	SNMP       bool   // -x: answer for everything
	SNMPSocket string // of the master agent; empty: as the file says

	PIDFile, VRRPPIDFile, CheckersPIDFile, BFDPIDFile string

	Test     bool
	TestFile string // where -t reports; empty: stderr

	// TakeOver: a keepalived that runs with this pid file is replaced.
	TakeOver bool

	// Record is the file of --record; empty: nothing is recorded.
	Record string

	Words []string // positional words: reported, otherwise ignored
}

// command is what a command line asks for.
type command uint8

const (
	runDaemon command = iota
	showVersion
	showHelp
	showSignal
	beGenhash
)

// optionTable lists keepalived's options. The text is for --help; what has no effect here says so.
var optionTable = []struct {
	getopt.Option
	argument string
	help     string
}{
	{getopt.Option{Name: "use-file", Short: 'f', Arity: getopt.Required}, "FILE", "Use this configuration file (default " + DefaultConfig + ")"},
	{getopt.Option{Name: "vrrp", Short: 'P'}, "", "Run only VRRP"},
	{getopt.Option{Name: "check", Short: 'C'}, "", "Run only virtual servers and health checks"},
	{getopt.Option{Name: "no_bfd", Short: 'B'}, "", "Do not run BFD: all sessions count as down"},
	{getopt.Option{Name: "all"}, "", "Run every process, configured or not"},
	{getopt.Option{Name: "log-console", Short: 'l'}, "", "Log to the console"},
	{getopt.Option{Name: "log-detail", Short: 'D'}, "", "Log details"},
	{getopt.Option{Name: "log-facility", Short: 'S', Arity: getopt.Required}, "NAME", "Syslog facility: 0-7, local0-local7, user, daemon (default)"},
	{getopt.Option{Name: "log-file", Short: 'g', Arity: getopt.Optional}, "FILE", "Log to a file (default /tmp/keepalived.log)"},
	{getopt.Option{Name: "flush-log-file"}, "", "Write the log file through to the disk"},
	{getopt.Option{Name: "no-syslog", Short: 'G'}, "", "Do not log to syslog"},
	{getopt.Option{Name: "umask", Short: 'u', Arity: getopt.Required}, "MASK", "umask for files, as a number"},
	{getopt.Option{Name: "release-vips", Short: 'X'}, "", "Accepted; addresses are always released on transitions"},
	{getopt.Option{Name: "dont-release-vrrp", Short: 'V'}, "", "Leave virtual addresses at the stop"},
	{getopt.Option{Name: "dont-release-ipvs", Short: 'I'}, "", "Leave the IPVS table at the stop"},
	{getopt.Option{Name: "dont-respawn", Short: 'R'}, "", "End instead of starting a dead process again"},
	{getopt.Option{Name: "dont-fork", Short: 'n'}, "", "Stay in the foreground"},
	{getopt.Option{Name: "dump-conf", Short: 'd'}, "", "Log what the configuration amounts to"},
	{getopt.Option{Name: "pid", Short: 'p', Arity: getopt.Required}, "FILE", "Pid file (default /run/keepalived.pid)"},
	{getopt.Option{Name: "vrrp_pid", Short: 'r', Arity: getopt.Required}, "FILE", "Pid file of the VRRP process (default /run/vrrp.pid)"},
	{getopt.Option{Name: "genhash", Short: 'T'}, "", "Be genhash: what follows are its options"},
	{getopt.Option{Name: "checkers_pid", Short: 'c', Arity: getopt.Required}, "FILE", "Pid file of the LVS process (default /run/checkers.pid)"},
	{getopt.Option{Name: "address-monitoring", Short: 'a'}, "", "Accepted, without effect"},
	{getopt.Option{Name: "bfd_pid", Short: 'b', Arity: getopt.Required}, "FILE", "Pid file of the BFD process (default /run/bfd.pid)"},
	{getopt.Option{Name: "namespace", Short: 's', Arity: getopt.Required}, "NAME", "Run in this network namespace"},
	{getopt.Option{Name: "core-dump", Short: 'm'}, "", "Dump core at a crash"},
	{getopt.Option{Name: "core-dump-pattern", Short: 'M', Arity: getopt.Optional}, "PATTERN", "As -m; the pattern is left to the host"},
	{getopt.Option{Name: "all-config", Short: 'e'}, "", "A missing included file is an error"},
	{getopt.Option{Name: "config-id", Short: 'i', Arity: getopt.Required}, "ID", "Name for lines that begin with @ (default the host name)"},
	{getopt.Option{Name: "snmp", Short: 'x'}, "", "Be an SNMP subagent for all of KEEPALIVED-MIB, VRRP-MIB and VRRPV3-MIB"},
	{getopt.Option{Name: "snmp-agent-socket", Short: 'A', Arity: getopt.Required}, "ADDRESS", "Socket of the SNMP master agent (default unix:/var/agentx/master)"},
	{getopt.Option{Name: "ignore-sigint"}, "", "Ignore SIGINT"},
	{getopt.Option{Name: "signum", Arity: getopt.Required}, "WORD", "Print the signal for STOP, RELOAD, DATA, STATS, STATS_CLEAR, JSON"},
	{getopt.Option{Name: "config-test", Short: 't', Arity: getopt.Optional}, "FILE", "Check the configuration, report to stderr or FILE"},
	{getopt.Option{Name: "config-fd", Arity: getopt.Required}, "FD", "Accepted, without effect"},
	{getopt.Option{Name: "perf", Arity: getopt.Optional}, "WORD", "Accepted, without effect"},
	{getopt.Option{Name: "debug", Arity: getopt.Optional}, "WORDS", "As -D"},
	{getopt.Option{Name: "no-mem-check"}, "", "Accepted, without effect"},
	{getopt.Option{Name: "mem-check-log", Short: 'L'}, "", "Accepted, without effect"},
	{getopt.Option{Name: "record", Arity: getopt.Required}, "FILE", "Record what goes into VRRP and what it does, for holdfastctl replay"},
	{getopt.Option{Name: "take-over"}, "", "Take the place of a keepalived that runs here, without a gap"},
	{getopt.Option{Name: "version", Short: 'v'}, "", "Show the version"},
	{getopt.Option{Name: "help", Short: 'h'}, "", "Show this text"},
}

// parseOptions reads a command line. word is the argument of --signum. The errors are all of the
// mistakes, each already in the form in which it is printed.
func parseOptions(args []string) (o Options, cmd command, word string, mistakes []string) {
	table := make([]getopt.Option, len(optionTable))
	for i := range optionTable {
		table[i] = optionTable[i].Option
	}
	r := getopt.Parse(table, args)
	o = Options{ConfigFile: DefaultConfig, Facility: logsink.Daemon, Umask: -1, Words: r.Words}
	for _, m := range r.Mistakes {
		mistakes = append(mistakes, m.Error())
	}
	for _, f := range r.Options {
		switch f.Name {
		case "version":
			return o, showVersion, "", nil
		case "help":
			return o, showHelp, "", nil
		case "signum":
			return o, showSignal, f.Value, nil
		case "genhash":
			return o, beGenhash, "", nil
		}
		if m := o.set(f); m != "" {
			mistakes = append(mistakes, m)
		}
	}
	if o.VRRPOnly && o.CheckersOnly {
		mistakes = append(mistakes, "options -P and -C exclude one another: leave both out to run VRRP and checks")
	}
	return o, runDaemon, "", mistakes
}

// ParseOptions reads the options of a running daemon, ours or keepalived's, as far as they are understood.
func ParseOptions(args []string) Options {
	o, _, _, _ := parseOptions(args)
	return o
}

// set applies one option; it returns what is wrong with its value.
func (o *Options) set(f getopt.Found) string {
	if flag := o.flag(f.Name); flag != nil {
		*flag = true
		return ""
	}
	if text := o.text(f.Name); text != nil {
		*text = f.Value
		return ""
	}
	switch f.Name {
	case "log-detail", "debug":
		o.Detail++
	case "log-facility":
		facility, ok := logsink.ParseFacility(f.Value)
		if !ok {
			o.BadFacility = f.Value
			return ""
		}
		o.Facility = facility
	case "log-file":
		o.ToFile, o.LogFile = true, f.Value
	case "config-test":
		o.Test, o.TestFile = true, f.Value
	case "core-dump-pattern":
		o.CoreDump = true
	case "umask":
		mask, err := strconv.ParseUint(f.Value, 0, 16)
		if err != nil || mask > 0o777 {
			return fmt.Sprintf("option --umask: %q is no file mode from 0 to 0777", f.Value)
		}
		o.Umask = int(mask)
	}
	return ""
}

// flag is the field of an option without a value.
func (o *Options) flag(name string) *bool {
	return map[string]*bool{
		"vrrp": &o.VRRPOnly, "check": &o.CheckersOnly, "no_bfd": &o.NoBFD, "all": &o.All,
		"log-console": &o.Console, "flush-log-file": &o.FlushFile, "no-syslog": &o.NoSyslog,
		"dont-release-vrrp": &o.KeepAddresses, "dont-release-ipvs": &o.KeepTable,
		"dont-respawn": &o.DontRespawn, "dont-fork": &o.DontFork, "dump-conf": &o.Dump,
		"all-config": &o.AllConfig, "ignore-sigint": &o.IgnoreSIGINT, "core-dump": &o.CoreDump,
		"take-over": &o.TakeOver,
		"snmp":      &o.SNMP,
	}[name]
}

// text is the field of an option whose value is kept as it is.
func (o *Options) text(name string) *string {
	return map[string]*string{
		"use-file": &o.ConfigFile, "pid": &o.PIDFile, "vrrp_pid": &o.VRRPPIDFile,
		"checkers_pid": &o.CheckersPIDFile, "bfd_pid": &o.BFDPIDFile, "namespace": &o.Namespace, "config-id": &o.ConfigID,
		"record": &o.Record, "snmp-agent-socket": &o.SNMPSocket,
	}[name]
}

// usage prints the options.
func usage(w io.Writer, program string) {
	fmt.Fprintf(w, "Usage: %s [OPTION...]\n", program)
	for _, o := range optionTable {
		left := "      --" + o.Name
		if o.Short != 0 {
			left = "  -" + string(o.Short) + ", --" + o.Name
		}
		switch o.Arity {
		case getopt.Required:
			left += "=" + o.argument
		case getopt.Optional:
			left += "[=" + o.argument + "]"
		}
		fmt.Fprintf(w, "%-34s %s\n", left, o.help)
	}
}

// signalNumbers are the signals of --signum; the real-time ones are numbered as by the C library.
var signalNumbers = map[string]int{
	"STOP": 15, "RELOAD": 1, "DATA": 10, "STATS": 12, "STATS_CLEAR": 63, "JSON": 36,
}

// commandLine shows the words of a command line in keepalived's quoting.
func commandLine(args []string) string {
	quoted := make([]string, len(args))
	for i, a := range args {
		quoted[i] = "'" + a + "'"
	}
	return strings.Join(quoted, " ")
}
