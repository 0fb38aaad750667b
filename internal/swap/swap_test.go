package swap

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCommandLinesGoToTheBackground(t *testing.T) {
	for in, want := range map[string]string{
		"--dont-fork":                       "",
		"-n -l -D -f /etc/k.conf -p /run/n": "-l -D -f /etc/k.conf -p /run/n",
		"-nlD":                              "-lD",
		"-lnf n":                            "-lf n",
		"-fn":                               "-fn", // the file is called n
		"-f -n":                             "-f -n",
		"-g -n":                             "-g", // the file of -g stands behind the letter
		"--take-over --record x -D":         "-D",
		"--record=x --log-detail":           "--log-detail",
	} {
		if got := strings.Join(InBackground(strings.Fields(in)), " "); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

// tools puts programs of these names in front, which write down what they are called with.
func tools(t *testing.T, bodies map[string]string) (log func() string) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "log")
	for name, body := range bodies {
		text := "#!/bin/sh\necho " + name + " \"$@\" >>" + file + "\n" + body + "\n"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return func() string {
		b, _ := os.ReadFile(file)
		return string(b)
	}
}

// TestSystemdLetsKeepalivedRunWhileHoldfastStarts: the unit's processes must not be ended by systemd, and
// nothing of the drop-in may stay, whether the start succeeds or not.
func TestSystemdLetsKeepalivedRunWhileHoldfastStarts(t *testing.T) {
	for status, wantErr := range map[string]bool{"0": false, "1": true} {
		root := t.TempDir()
		dropIn := filepath.Join(root, "run/systemd/system/keepalived.service.d")
		if err := os.MkdirAll(filepath.Dir(dropIn), 0o755); err != nil {
			t.Fatal(err)
		}
		log := tools(t, map[string]string{"systemctl": `if [ "$1" = start ]; then cat ` + dropIn + `/*.conf >>$(dirname "$0")/log; exit ` + status + `; fi`})
		s := &Service{Root: root, Out: &bytes.Buffer{}}
		if err := s.Forward(); (err != nil) != wantErr {
			t.Errorf("with a start that exits with %s: %v", status, err)
		}
		want := "systemctl daemon-reload\nsystemctl start holdfast.service\n" + leaveRunning + "systemctl daemon-reload\n"
		if d := cmp.Diff(want, log()); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
		if left, _ := filepath.Glob(dropIn + "/*"); len(left) > 0 {
			t.Errorf("%v is left", left)
		}
	}
}

func TestOneOfTheTwoStartsAtBoot(t *testing.T) {
	root := t.TempDir()
	log := tools(t, map[string]string{"systemctl": "", "update-rc.d": ""})
	for _, name := range []string{"holdfast", "keepalived"} {
		if err := os.MkdirAll(filepath.Join(root, "etc/init.d", name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	s := &Service{Root: root, Out: &bytes.Buffer{}}
	if err := s.Enable(true); err != nil {
		t.Fatal(err)
	}
	got := log()
	if !strings.Contains(got, "update-rc.d keepalived disable\n") || !strings.Contains(got, "update-rc.d holdfast enable\n") {
		t.Errorf("without systemd: %s", got)
	}
	if err := os.MkdirAll(filepath.Join(root, "run/systemd/system"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := s.Enable(false); err != nil {
		t.Fatal(err)
	}
	want := "systemctl reset-failed holdfast.service\nsystemctl disable holdfast.service\nsystemctl enable keepalived.service\n"
	if rest := strings.TrimPrefix(log(), got); rest != want {
		t.Errorf("with systemd: %s", rest)
	}
}
