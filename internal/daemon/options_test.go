package daemon

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/logsink"
)

func TestOptionsMeanWhatTheyMeanToKeepalived(t *testing.T) {
	base := func(change func(*Options)) Options {
		o := Options{ConfigFile: DefaultConfig, Facility: logsink.Daemon, Umask: -1}
		change(&o)
		return o
	}
	tests := []struct {
		line string
		want Options
	}{
		{"", base(func(*Options) {})},
		{"-n -l -D -D", base(func(o *Options) { o.DontFork, o.Console, o.Detail = true, true, 2 })},
		{"-nlf x", base(func(o *Options) { o.DontFork, o.Console, o.ConfigFile = true, true, "x" })},
		{"-t", base(func(o *Options) { o.Test = true })},
		{"-tREPORT -f c", base(func(o *Options) { o.Test, o.TestFile, o.ConfigFile = true, "REPORT", "c" })},
		{"--config-test=REPORT", base(func(o *Options) { o.Test, o.TestFile = true, "REPORT" })},
		{"-p a -r b -c d -b e", base(func(o *Options) { o.PIDFile, o.VRRPPIDFile, o.CheckersPIDFile, o.BFDPIDFile = "a", "b", "d", "e" })},
		{"-P", base(func(o *Options) { o.VRRPOnly = true })},
		{"-C -B", base(func(o *Options) { o.CheckersOnly, o.NoBFD = true, true })},
		{"-S 3 -G", base(func(o *Options) { o.Facility, o.NoSyslog = logsink.Local0+3, true })},
		{"-S mail", base(func(o *Options) { o.BadFacility = "mail" })},
		{"-g --flush-log-file", base(func(o *Options) { o.ToFile, o.FlushFile = true, true })},
		{"-gfile", base(func(o *Options) { o.ToFile, o.LogFile = true, "file" })},
		{"-u 022", base(func(o *Options) { o.Umask = 0o22 })},
		{"-V -I -R -d --all --ignore-sigint", base(func(o *Options) {
			o.KeepAddresses, o.KeepTable, o.DontRespawn, o.Dump, o.All, o.IgnoreSIGINT = true, true, true, true, true, true
		})},
		{"-s ns -i id -e -m", base(func(o *Options) { o.Namespace, o.ConfigID, o.AllConfig, o.CoreDump = "ns", "id", true, true })},
		{"-X -a -L --no-mem-check --perf --config-fd=3", base(func(*Options) {})},
		{"-x -A tcp:localhost:705", base(func(o *Options) { o.SNMP, o.SNMPSocket = true, "tcp:localhost:705" })},
		{"-n word", base(func(o *Options) { o.DontFork, o.Words = true, []string{"word"} })},
	}
	for _, tt := range tests {
		t.Run(tt.line, func(t *testing.T) {
			got, cmd, _, mistakes := parseOptions(strings.Fields(tt.line))
			if cmd != runDaemon || len(mistakes) > 0 {
				t.Fatalf("command %d, mistakes %q", cmd, mistakes)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("options (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWrongCommandLinesAreRefused(t *testing.T) {
	for _, line := range []string{"-z", "--bogus", "-f", "--vrrp=1", "--log", "-u 8888", "-u rw", "-P -C"} {
		if _, _, _, mistakes := parseOptions(strings.Fields(line)); len(mistakes) == 0 {
			t.Errorf("%q is accepted", line)
		}
	}
}

func TestHelpListsEveryOption(t *testing.T) {
	var b strings.Builder
	usage(&b, "holdfast")
	for _, o := range optionTable {
		if !strings.Contains(b.String(), "--"+o.Name) {
			t.Errorf("--help does not list --%s", o.Name)
		}
		if o.help == "" {
			t.Errorf("--%s has no help text", o.Name)
		}
	}
}
