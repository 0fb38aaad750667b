package daemon

import (
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/holdfast-ha/holdfast/internal/script"
	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/parser"
)

// TestScriptBehindALinkIsExecutedByThePathThatIsAskedFor has scripts say by which path they run.
func TestScriptBehindALinkIsExecutedByThePathThatIsAskedFor(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{"real.sh": "#!/bin/sh\necho $0 $1\n", "bare.sh": "echo $0 $1\n"} {
		write(t, dir, path, text, 0o755)
		if err := os.Symlink(path, filepath.Join(dir, "link-to-"+path)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ keyword, path, want string }{
		{"", "link-to-real.sh", "real.sh"},
		{"use_symlink_paths", "link-to-real.sh", "link-to-real.sh"},
		{"", "real.sh", "real.sh"},
		{"", "link-to-bare.sh", "bare.sh"}, // the shell runs it
		{"use_symlink_paths", "link-to-bare.sh", "link-to-bare.sh"},
	} {
		write(t, dir, "main.conf", "global_defs {\n "+c.keyword+"\n startup_script \""+filepath.Join(dir, c.path)+" word\" "+me.Username+"\n}\n", 0o644)
		r, _ := load(&Options{ConfigFile: filepath.Join(dir, "main.conf")})
		if r.Config.Global.StartupScript == nil {
			t.Fatalf("the script is not there: %v", r.Problems)
		}
		command := wiring.Command(r.Config.Global.StartupScript, &r.Config.Global, nil)
		o := script.Run(t.Context(), *command, script.Options{Output: 4096})
		if got, want := string(o.Output), filepath.Join(dir, c.want)+" word\n"; got != want {
			t.Errorf("%s %s: it runs as %q, want %q; %v", c.keyword, c.path, got, want, o)
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
	if err := os.WriteFile(file, []byte("virtual_server 192.0.2.1 80 {\n lb_algo rr\n lb_kind DR\n protocol TCP\n real_server 192.0.2.9 80 {\n  HTTP_GET {\n   url {\n path /\n regex \"(?R)\"\n }\n  }\n }\n}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	r, _ := load(&Options{ConfigFile: file})
	if n := r.Errors(parser.Warning); n == 0 || r.TestStatus() != exitOK || r.DaemonStatus() != exitOK {
		t.Errorf("%d warnings, status %d and %d", n, r.TestStatus(), r.DaemonStatus())
	}
}
