package daemon

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/holdfast-ha/holdfast/parser"
)

func TestWhatHasNoEffectYetIsSeenInTheLogAtTheStart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keepalived.conf")
	text := `global_defs {
  metrics_listen 127.0.0.1:9650
  enable_snmp_vrrp
  enable_dbus
}
`
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	r := load(&Options{ConfigFile: file})
	core, lines := observer.New(zapcore.WarnLevel)
	logProblems(zap.New(core), r.Problems)
	var all strings.Builder
	for _, e := range lines.All() {
		all.WriteString(e.Message + "\n")
	}
	for _, want := range []string{
		"metrics_listen has no effect yet",
		"without effect yet: metrics_listen, enable_snmp_vrrp, enable_dbus",
	} {
		if strings.Count(all.String(), want) != 1 {
			t.Errorf("the log does not say %q once:\n%s", want, all.String())
		}
	}
}

func TestLogIsNotBuriedByAFileThatIsNoConfiguration(t *testing.T) {
	problems := make([]parser.Problem, maxLogged+5)
	for i := range problems {
		problems[i] = parser.Problem{Severity: parser.Warning, ID: "keyword-unknown", Message: "unknown keyword"}
	}
	core, lines := observer.New(zapcore.WarnLevel)
	logProblems(zap.New(core), problems)
	if got := lines.Len(); got != maxLogged+1 {
		t.Errorf("%d lines, want %d and one that counts the others", got, maxLogged)
	}
	last := lines.All()[lines.Len()-1].Message
	if !strings.HasPrefix(last, "5 more problems are not logged; 'holdfastctl check' lists them") {
		t.Errorf("the last line: %s", last)
	}
}

func TestGapsChangeNoExitStatus(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keepalived.conf")
	if err := os.WriteFile(file, []byte("global_defs {\n  metrics_listen 127.0.0.1:9650\n}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	r := load(&Options{ConfigFile: file})
	if n := r.Errors(parser.Warning); n == 0 || r.TestStatus() != exitOK || r.DaemonStatus() != exitOK {
		t.Errorf("%d warnings, status %d and %d", n, r.TestStatus(), r.DaemonStatus())
	}
}
