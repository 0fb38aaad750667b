package getopt_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/getopt"
)

var options = []getopt.Option{
	{Name: "use-file", Short: 'f', Arity: getopt.Required},
	{Name: "vrrp", Short: 'P'},
	{Name: "vrrp_pid", Short: 'r', Arity: getopt.Required},
	{Name: "config-test", Short: 't', Arity: getopt.Optional},
	{Name: "config-id", Short: 'i', Arity: getopt.Required},
	{Name: "log-console", Short: 'l'},
	{Name: "log-detail", Short: 'D'},
	{Name: "signum", Arity: getopt.Required},
}

func TestParse(t *testing.T) {
	found := func(name string) getopt.Found { return getopt.Found{Name: name} }
	value := func(name, v string) getopt.Found { return getopt.Found{Name: name, Value: v, HasValue: true} }
	tests := []struct {
		name string
		args []string
		want getopt.Result
	}{
		{"nothing", nil, getopt.Result{}},
		{"bundled short options", []string{"-lDD"},
			getopt.Result{Options: []getopt.Found{found("log-console"), found("log-detail"), found("log-detail")}}},
		{"short value attached", []string{"-ffile"}, getopt.Result{Options: []getopt.Found{value("use-file", "file")}}},
		{"short value in the next word", []string{"-lf", "file"},
			getopt.Result{Options: []getopt.Found{found("log-console"), value("use-file", "file")}}},
		{"a value that looks like an option", []string{"-f", "-l"},
			getopt.Result{Options: []getopt.Found{value("use-file", "-l")}}},
		{"optional value attached to the letter", []string{"-tFILE"},
			getopt.Result{Options: []getopt.Found{value("config-test", "FILE")}}},
		{"optional value is never the next word", []string{"-t", "FILE"},
			getopt.Result{Options: []getopt.Found{found("config-test")}, Words: []string{"FILE"}}},
		{"optional value of a long option", []string{"--config-test=x", "--config-test"},
			getopt.Result{Options: []getopt.Found{value("config-test", "x"), found("config-test")}}},
		{"an empty value is a value", []string{"--config-test=", "--use-file="},
			getopt.Result{Options: []getopt.Found{value("config-test", ""), value("use-file", "")}}},
		{"long value in the next word", []string{"--use-file", "x"},
			getopt.Result{Options: []getopt.Found{value("use-file", "x")}}},
		{"unique abbreviation", []string{"--use=x", "--log-c"},
			getopt.Result{Options: []getopt.Found{value("use-file", "x"), found("log-console")}}},
		{"a whole name wins over a longer one", []string{"--vrrp"},
			getopt.Result{Options: []getopt.Found{found("vrrp")}}},
		{"ambiguous abbreviation", []string{"--conf"}, getopt.Result{Mistakes: []getopt.Mistake{
			{Kind: getopt.Ambiguous, Option: "--conf", Candidates: []string{"config-test", "config-id"}}}}},
		{"unknown options do not hide those behind them", []string{"-zl", "--bogus=1", "-P"}, getopt.Result{
			Options: []getopt.Found{found("log-console"), found("vrrp")},
			Mistakes: []getopt.Mistake{
				{Kind: getopt.Unknown, Option: "-z"}, {Kind: getopt.Unknown, Option: "--bogus"}}}},
		{"missing values", []string{"--signum", "-f"}, getopt.Result{
			Options: []getopt.Found{value("signum", "-f")}}},
		{"missing value at the end, long", []string{"--signum"}, getopt.Result{
			Mistakes: []getopt.Mistake{{Kind: getopt.MissingValue, Option: "--signum"}}}},
		{"missing value at the end, short", []string{"-lf"}, getopt.Result{
			Options:  []getopt.Found{found("log-console")},
			Mistakes: []getopt.Mistake{{Kind: getopt.MissingValue, Option: "-f"}}}},
		{"unwanted value", []string{"--vrrp=3"}, getopt.Result{
			Mistakes: []getopt.Mistake{{Kind: getopt.UnwantedValue, Option: "--vrrp"}}}},
		{"options behind words", []string{"a", "-l", "b"}, getopt.Result{
			Options: []getopt.Found{found("log-console")}, Words: []string{"a", "b"}}},
		{"two dashes end the options", []string{"-l", "--", "-P", "x"}, getopt.Result{
			Options: []getopt.Found{found("log-console")}, Words: []string{"-P", "x"}}},
		{"a single dash is a word", []string{"-"}, getopt.Result{Words: []string{"-"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, getopt.Parse(options, tt.args)); diff != "" {
				t.Errorf("Parse(%q) (-want +got):\n%s", tt.args, diff)
			}
		})
	}
}

func TestMistakeSaysTheOptionAsWritten(t *testing.T) {
	tests := []struct {
		mistake getopt.Mistake
		want    string
	}{
		{getopt.Mistake{Kind: getopt.Unknown, Option: "-z"}, "unknown option -z"},
		{getopt.Mistake{Kind: getopt.MissingValue, Option: "-f"}, "missing parameter for option -f"},
		{getopt.Mistake{Kind: getopt.UnwantedValue, Option: "--vrrp"}, "option --vrrp takes no parameter"},
		{getopt.Mistake{Kind: getopt.Ambiguous, Option: "--v", Candidates: []string{"vrrp", "version"}},
			"ambiguous option --v: it may mean --vrrp or --version"},
	}
	for _, tt := range tests {
		if got := tt.mistake.Error(); got != tt.want {
			t.Errorf("Error() = %q, want %q", got, tt.want)
		}
	}
}
