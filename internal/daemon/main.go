package daemon

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/holdfast-ha/holdfast/internal/genhash"
)

// Version is the version that -v prints; the build may set it.
var Version = "0.1.0"

// keepalivedVersion is the release whose language and interfaces these are.
const keepalivedVersion = "2.4.3"

// Main is the program: it returns the exit status.
func Main(args []string) int {
	switch Role(takeVariable(roleVariable)) {
	case VRRP:
		setName(args[0])
		return childStatus(runVRRP())
	case LVS:
		setName(args[0])
		return childStatus(runLVS())
	case BFD:
		setName(args[0])
		return childStatus(runBFD())
	}
	program := "holdfast"
	if len(args) > 0 {
		program = filepath.Base(args[0])
		args = args[1:]
	}
	if program == "genhash" {
		return genhash.Run(program, args, os.Stdout, os.Stderr)
	}
	o, cmd, word, mistakes := parseOptions(args)
	if len(mistakes) > 0 {
		for _, m := range mistakes {
			fmt.Fprintf(os.Stderr, "%s: %s\n", program, m)
		}
		fmt.Fprintf(os.Stderr, "Try '%s --help' for more information.\n", program)
		return exitFatal
	}
	switch cmd {
	case showVersion:
		version(os.Stderr, program)
		return exitOK
	case showHelp:
		usage(os.Stderr, program)
		return exitOK
	case showSignal:
		number, ok := signalNumbers[word]
		if !ok {
			fmt.Fprintf(os.Stderr, "%s: unknown signal function %s: write STOP, RELOAD, DATA, STATS, STATS_CLEAR or JSON\n", program, word)
			return exitFatal
		}
		fmt.Println(number)
		return exitOK
	case beGenhash:
		return genhash.Run(program+" --genhash", behindGenhash(args), os.Stdout, os.Stderr)
	}
	if len(o.Words) > 0 {
		fmt.Fprintf(os.Stderr, "%s: unexpected argument(s): %s\n", program, commandLine(o.Words))
	}
	if o.Umask >= 0 {
		setUmask(o.Umask)
	}
	if o.Test {
		return testConfig(&o)
	}
	return start(&o, program)
}

// version writes what -v prints. Programs that ask keepalived for its version take the second word for it,
// and the features that they know of with it.
func version(w io.Writer, program string) {
	if program == "keepalived" {
		fmt.Fprintf(w, "Keepalived v%s (Holdfast v%s)\n", keepalivedVersion, Version)
	} else {
		fmt.Fprintf(w, "Holdfast v%s, in place of keepalived %s\n", Version, keepalivedVersion)
	}
	fmt.Fprintf(w, "Built with %s for %s/%s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH)
	if program == "keepalived" {
		fmt.Fprintf(w, "\nconfigure options: %s\n\nConfig options:  %s\n", configureOptions, configOptions)
	}
}

// What a build of keepalived with the same features says of itself. Programs look for words in it, such as
// mehdy/keepalived-exporter for --enable-json.
const (
	configureOptions = "--enable-snmp --enable-snmp-rfcv2 --enable-snmp-rfcv3 --enable-dbus --enable-json --enable-bfd --enable-regex --with-init=systemd"
	configOptions    = "NFTABLES LVS REGEX VRRP VRRP_AUTH VRRP_VMAC JSON BFD OLD_CHKSUM_COMPAT SNMP_VRRP SNMP_CHECKER SNMP_RFCV2 SNMP_RFCV3 DBUS INIT=systemd SYSTEMD_NOTIFY"
)

// behindGenhash is what a command line has behind --genhash: genhash's own options.
func behindGenhash(args []string) []string {
	for i, word := range args {
		if word == "-T" || len(word) > 2 && strings.HasPrefix("--genhash", word) {
			return args[i+1:]
		}
	}
	return nil
}
