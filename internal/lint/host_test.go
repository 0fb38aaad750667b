package lint

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/holdfast-ha/holdfast/internal/reference"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/parser/osfiles"
)

// machine is a host where every interface, script and user of a file exists.
type machine struct {
	files     map[string]File
	lines     map[string]string // first lines
	addresses []netip.Addr
	missing   map[string]bool // interfaces, scripts and users that do not
	scripts   map[string]config.ScriptStatus
}

func (m *machine) Interface(name string) (config.Interface, bool) {
	return config.Interface{Index: 2, MTU: 1500, Multicast: name != "lo" && !strings.HasPrefix(name, "nomulticast"), Loopback: name == "lo", HasIPv4: true}, !m.gone(name)
}

// gone tells whether something does not exist: what is listed, and what says so in its name.
func (m *machine) gone(name string) bool {
	return m.missing[name] || strings.Contains(name, "nosuch") || strings.HasPrefix(name, "vrrp")
}

// NetNamespace tells that a namespace exists unless its name says otherwise.
func (m *machine) NetNamespace(name string) bool { return !m.gone(name) }

func (m *machine) Script(name string, uid, gid uint32) config.ScriptStatus {
	if s, ok := m.scripts[name]; ok {
		return s
	}
	return config.ScriptStatus{
		Missing: m.gone(name), NotExecutable: strings.HasPrefix(name, "/noexec/"), Resolved: name, Component: name,
		Insecure: strings.HasPrefix(name, "/insecure/"), Symlinked: strings.HasPrefix(name, "/symlink/"),
	}
}

// Secret is the same in every file of a key.
func (m *machine) Secret(path string) (string, bool, error) {
	return "0123456789abcdef0123456789abcdef", strings.Contains(path, "exposed"), nil
}

func (m *machine) User(name string) (uid, gid uint32, ok bool) {
	id := map[string]uint32{"root": 0, "nobody": 65534, "haproxy": 998}
	n, ok := id[name]
	return n, n, ok
}

func (m *machine) Group(name string) (uint32, bool) {
	_, gid, ok := m.User(name)
	return gid, ok
}

func (m *machine) LookupIP(name string) (netip.Addr, bool) {
	return netip.MustParseAddr("192.0.2.25"), !m.gone(name)
}

func (m *machine) DirExists(path string) bool           { return !m.gone(path) }
func (m *machine) NameID(string, string) (uint32, bool) { return 0, false }
func (m *machine) Stat(name string) (File, bool)        { f, ok := m.files[name]; return f, ok }
func (m *machine) FirstLine(name string) (string, bool) { s, ok := m.lines[name]; return s, ok }
func (m *machine) Addresses() []netip.Addr              { return m.addresses }

// lintText reads a text and lints it.
func lintText(text string, m *machine) (config.Result, []parser.Problem) {
	return lintFile("test.conf", parser.Options{Files: parser.OneFile("test.conf", text)}, m)
}

func lintFile(name string, opts parser.Options, m *machine) (config.Result, []parser.Problem) {
	r := config.Load(name, opts, m)
	return r, Check(Input{Config: r.Config, Host: m, Statements: func(each func(*parser.Statement)) { parser.Parse(name, opts, each) }})
}

func osOptions() parser.Options { return parser.Options{ConfigID: "testhost", Files: osfiles.Files{}} }

func corpusFiles(t *testing.T) []string {
	shared := reference.Dir(t)
	if shared == "" {
		return nil
	}
	entries, err := os.ReadDir(filepath.Join(shared, "corpus", "conf"))
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		if !e.IsDir() && strings.HasSuffix(e.Name(), ".conf") {
			list = append(list, filepath.Join(shared, "corpus", "conf", e.Name()))
		}
	}
	return list
}

// NewTestHost is a machine for the tests of the outside.
func NewTestHost() *machine { return &machine{} }
