package packaging

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// exposure is the figure of systemd-analyze security for a unit of these parts.
func exposure(t *testing.T, parts ...string) string {
	t.Helper()
	var text []byte
	for _, part := range parts {
		b, err := os.ReadFile(part)
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, b...)
	}
	unit := filepath.Join(t.TempDir(), "holdfast.service")
	if err := os.WriteFile(unit, text, 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("systemd-analyze", "security", "--offline=true", "--no-pager", unit).CombinedOutput()
	m := regexp.MustCompile(`Overall exposure level for \S+: ([0-9.]+)`).FindSubmatch(out)
	if m == nil {
		t.Fatalf("systemd-analyze (of the Debian package systemd): %v\n%s", err, out)
	}
	return string(m[1])
}

// TestExposureInTheDocumentation is what systemd says of the units.
func TestExposureInTheDocumentation(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, "docs", "running.md"))
	if err != nil {
		t.Fatal(err)
	}
	unit, drop := filepath.Join(root, "packaging/holdfast.service"), filepath.Join(root, "packaging/hardened.conf")
	for what, parts := range map[string][]string{
		"`holdfast.service`":            {unit},
		"with `hardened.conf`":          {unit, drop},
		"Debian's `keepalived.service`": {"/lib/systemd/system/keepalived.service"},
	} {
		if row := "| " + what + " | " + exposure(t, parts...) + " |"; !strings.Contains(string(page), row) {
			t.Errorf("docs/running.md lacks the row %s", row)
		}
	}
}
