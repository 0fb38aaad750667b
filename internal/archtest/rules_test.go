package archtest

import (
	"encoding/json"
	"errors"
	"go/ast"
	goparser "go/parser"
	"go/token"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/holdfast-ha/holdfast"

// pkg is what `go list` tells of a package.
type pkg struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Imports    []string
	Deps       []string
}

func (p pkg) path() string { return strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/") }

// packages lists every package of the module with its non-test imports, those behind the lab tag too.
func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-tags", "lab", "-json=ImportPath,Dir,GoFiles,Imports,Deps", module+"/...")
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("list packages: %v: %s", err, exit.Stderr)
		}
		t.Fatalf("list packages: %v", err)
	}
	var all []pkg
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("read package list: %v", err)
		}
		all = append(all, p)
	}
	if len(all) < 10 {
		t.Fatalf("only %d packages listed: the rules would pass without looking", len(all))
	}
	return all
}

// under tells whether path is one of roots or lies below one that ends in "/...".
func under(path string, roots []string) bool {
	return slices.ContainsFunc(roots, func(r string) bool {
		if base, ok := strings.CutSuffix(r, "/..."); ok {
			return path == base || strings.HasPrefix(path, base+"/")
		}
		return path == r
	})
}

// cores are the packages that can be proved: input and time go in, actions come out.
var cores = []string{"parser", "parser/line", "parser/config", "parser/config/compare", "parser/format", "parser/expand", "vrrp", "vrrp/packet", "vrrp/record", "vrrp/watch", "lvs", "checkers", "checkers/http/answer", "track", "bfd", "internal/due", "internal/lint", "internal/doctor", "internal/realserver", "internal/foreign"}

func TestCoresTouchNeitherSocketNorClockNorLog(t *testing.T) {
	forbidden := map[string]string{
		"net":                   "a core has no sockets (net/netip is fine)",
		"os":                    "a core reads no file and no environment",
		"os/exec":               "a core runs nothing",
		"syscall":               "a core makes no system call",
		"golang.org/x/sys/unix": "a core makes no system call",
		"go.uber.org/zap":       "a core returns what happened; its shell logs",
		"math/rand":             "a core is reproducible: randomness comes in as input",
		"math/rand/v2":          "a core is reproducible: randomness comes in as input",
		"sync":                  "one goroutine owns a core: it needs no lock",
		"sync/atomic":           "one goroutine owns a core: it needs no atomics",
	}
	for _, p := range packages(t) {
		if !under(p.path(), cores) {
			continue
		}
		for _, imp := range p.Imports {
			if why, bad := forbidden[imp]; bad {
				t.Errorf("%s imports %s: %s", p.path(), imp, why)
			}
		}
	}
}

func TestCoresReadNoClock(t *testing.T) {
	clock := []string{"Now", "After", "Sleep", "Since", "Until", "NewTimer", "NewTicker", "Tick", "AfterFunc"}
	for _, p := range packages(t) {
		if !under(p.path(), cores) {
			continue
		}
		for _, name := range p.GoFiles {
			file, err := goparser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, 0)
			if err != nil {
				t.Fatalf("parse %s/%s: %v", p.path(), name, err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				sel, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains(clock, sel.Sel.Name) {
					t.Errorf("%s/%s uses time.%s: a core is given the time, so that it can be tested in virtual time",
						p.path(), name, sel.Sel.Name)
				}
				return true
			})
		}
	}
}

func TestCoresImportNoShell(t *testing.T) {
	shells := []string{"vrrp/speaker/...", "vrrp/layer/...", "bfd/speaker/...", "lvs/ipvs/...", "checkers/dial/...", "checkers/http", "checkers/smtp", "checkers/dns", "checkers/udp", "checkers/ping", "checkers/tcp/...", "checkers/misc/...", "cmd/...", "internal/..."}
	for _, p := range packages(t) {
		if !under(p.path(), cores) {
			continue
		}
		for _, imp := range p.Imports {
			if rest, ok := strings.CutPrefix(imp, module+"/"); ok && under(rest, shells) && !under(rest, cores) {
				t.Errorf("%s imports %s: a core does not know its shell", p.path(), rest)
			}
		}
	}
}

func TestLibrariesStayWhereTheyBelong(t *testing.T) {
	rules := []struct {
		library string
		allowed []string
		why     string
	}{
		{"github.com/cloudflare/ipvs", []string{"lvs/ipvs/..."}, "only lvs/ipvs talks to IPVS; all others see lvs.Kernel"},
		{"github.com/alecthomas/participle/v2", []string{"parser", "parser/line"}, "only the parser knows the grammar library"},
		{"github.com/google/nftables", []string{"internal/firewall"}, "one place for each family of the kernel's interface"},
		{"github.com/google/gopacket", []string{"vrrp/layer", "internal/capture", "cmd/holdfastctl", "internal/lab/...", "internal/bench"}, "its layers cost 8 MB of resident memory"},
		{"github.com/mdlayher/netlink", []string{"lvs/ipvs", "internal/rtnl", "internal/firewall", "internal/lab/..."}, "one place for each family of the kernel's interface"},
		{"github.com/fsnotify/fsnotify", []string{"internal/filewatch"}, "one place watches files"},
		{"github.com/mdlayher/genetlink", []string{"lvs/ipvs"}, "only IPVS is spoken to over generic netlink"},
		{"github.com/emersion/go-smtp", []string{"internal/mail", "internal/lab/..."}, "one place sends mail, in the parent process"},
		{"github.com/dlclark/regexp2/v2", []string{"checkers/http/answer"}, "it searches backwards and forwards without end if it is let: one place bounds it"},
		{"github.com/youmark/pkcs8", []string{"checkers/http"}, "keys with a password are those of SSL_GET only"},
		{"github.com/prometheus/client_golang", nil, "with protobuf it is 4.5 MB of the binary; internal/metrics writes the text itself"},
		{"github.com/prometheus/procfs", []string{"internal/metrics"}, "the parent alone tells of itself"},
		{"github.com/godbus/dbus/v5", []string{"internal/bus"}, "one place speaks D-Bus, in the parent process"},
		{"github.com/emersion/go-message", []string{"internal/mail"}, "one place writes mails"},
		{"github.com/chromedp/chromedp", []string{"internal/web/browser"}, "a browser is for tests: no program carries what drives it"},
		{"github.com/alecthomas/kong", []string{"cmd/holdfastctl", "cmd/lab", "cmd/bench"}, "the daemon has getopt_long rules; kong is for the operator's tools"},
	}
	for _, p := range packages(t) {
		for _, imp := range p.Imports {
			for _, r := range rules {
				if (imp == r.library || strings.HasPrefix(imp, r.library+"/")) && !under(p.path(), r.allowed) {
					t.Errorf("%s imports %s: %s", p.path(), imp, r.why)
				}
			}
		}
	}
}

func TestVRRPProcessStaysSmall(t *testing.T) {
	for _, p := range packages(t) {
		if p.path() != "vrrp/speaker" {
			continue
		}
		for _, dep := range p.Deps {
			switch {
			case dep == "github.com/google/gopacket/layers",
				strings.HasPrefix(dep, module+"/parser"),
				strings.HasPrefix(dep, module+"/checkers"),
				strings.HasPrefix(dep, module+"/internal/tracking"),
				strings.HasPrefix(dep, module+"/internal/director"),
				strings.HasPrefix(dep, module+"/internal/mail"),
				strings.HasPrefix(dep, module+"/internal/web"),
				strings.HasPrefix(dep, module+"/internal/metrics"),
				strings.HasPrefix(dep, module+"/internal/control"),
				strings.HasPrefix(dep, module+"/internal/notify"):
				t.Errorf("vrrp/speaker depends on %s: the VRRP process keeps a small heap and knows no other process", dep)
			}
		}
	}
}

func TestDaemonDoesNotCarryWhatItDoesNotNeed(t *testing.T) {
	heavy := map[string]string{
		"github.com/google/gopacket/layers": "2 MB of binary and 8 MB of resident memory that only holdfastctl needs",
		"google.golang.org/protobuf/proto":  "it calls methods by their names, and where a program does, the linker leaves none out: 2 MB of binary and its own 2 MB",
		"text/template":                     "it calls methods by their names, and where a program does, the linker leaves none out: 2 MB of binary",
	}
	for _, p := range packages(t) {
		if p.path() != "cmd/holdfast" {
			continue
		}
		for _, dep := range p.Deps {
			if why := heavy[dep]; why != "" {
				t.Errorf("cmd/holdfast depends on %s: %s", dep, why)
			}
		}
	}
}

func TestShellsDoNotKnowEachOther(t *testing.T) {
	shells := []string{"vrrp/speaker", "bfd/speaker", "internal/director", "internal/tracking"}
	for _, p := range packages(t) {
		if !slices.Contains(shells, p.path()) {
			continue
		}
		for _, imp := range p.Imports {
			rest := strings.TrimPrefix(imp, module+"/")
			if rest != p.path() && slices.Contains(shells, rest) {
				t.Errorf("%s imports %s: they run in different processes and meet in internal/ipc", p.path(), rest)
			}
			if rest == "parser/config" {
				t.Errorf("%s imports parser/config: the wiring turns a configuration into settings", p.path())
			}
		}
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	for _, p := range packages(t) {
		if len(p.GoFiles) == 0 {
			continue
		}
		documented := false
		for _, name := range p.GoFiles {
			file, err := goparser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, goparser.PackageClauseOnly|goparser.ParseComments)
			if err != nil {
				t.Fatalf("parse %s/%s: %v", p.path(), name, err)
			}
			documented = documented || file.Doc != nil
		}
		if !documented {
			t.Errorf("%s has no package comment: the first thing its reader needs", p.path())
		}
	}
}

func TestNoSkippedTests(t *testing.T) {
	root := moduleRoot(t)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := goparser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if ok && slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, sel.Sel.Name) {
				rel, _ := filepath.Rel(root, path)
				t.Errorf("%s calls %s: a test that cannot run fails and says what it lacks", rel, sel.Sel.Name)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func moduleRoot(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		t.Fatalf("find the module: %v", err)
	}
	return strings.TrimSpace(string(out))
}
