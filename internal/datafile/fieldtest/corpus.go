package fieldtest

import (
	"net/netip"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/holdfast-ha/holdfast/internal/reference"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/parser/osfiles"
)

// Corpus is the directory of the real configurations and what keepalived made of them; "" where this
// machine has none (see reference.Dir).
func Corpus(t *testing.T) string {
	t.Helper()
	dir := reference.Dir(t)
	if dir == "" {
		return ""
	}
	return filepath.Join(dir, "corpus")
}

// Load reads a configuration of the corpus, of the machine on which keepalived read it.
func Load(t *testing.T, corpus, name string) *config.Config {
	t.Helper()
	r := config.Load(filepath.Join(corpus, "conf", name), parser.Options{ConfigID: "testhost", Files: osfiles.Files{}}, NewHost(t, corpus))
	if r.Config == nil {
		t.Fatalf("%s: no model", name)
	}
	return r.Config
}

// Host is a machine made of tables: interfaces, and a Debian's programs and accounts.
type Host struct{ interfaces map[string]config.Interface }

// NewHost is the machine of the corpus: it reads the names of its interfaces from make-netns.sh.
func NewHost(t *testing.T, corpus string) *Host {
	t.Helper()
	return Debian(Interfaces(t, corpus)...)
}

// Debian is a machine with lo and some more interfaces.
func Debian(interfaces ...string) *Host {
	h := &Host{map[string]config.Interface{"lo": {Index: 1, MTU: 65536, Loopback: true, HasIPv4: true}}}
	for i, name := range interfaces {
		h.interfaces[name] = config.Interface{Index: i + 2, MTU: 1500, Multicast: true, HasIPv4: true}
	}
	return h
}

// Interfaces are the interfaces of the corpus in the order of make-netns.sh: number N from 1 has the
// address 10.250.N.1/24.
func Interfaces(t *testing.T, corpus string) []string {
	t.Helper()
	script, err := os.ReadFile(filepath.Join(corpus, "make-netns.sh"))
	if err != nil {
		t.Fatal(err)
	}
	_, list, ok := strings.Cut(string(script), "for i in ")
	list, _, ok2 := strings.Cut(list, ";")
	if !ok || !ok2 {
		t.Fatal("make-netns.sh names no interfaces")
	}
	return strings.Fields(list)
}

// Interface is one of the table.
func (h *Host) Interface(name string) (config.Interface, bool) {
	i, ok := h.interfaces[name]
	return i, ok
}

// programs are those below /usr, with what a link leads to; /bin and /sbin are links.
var programs = map[string]string{
	"bin/true": "", "bin/false": "", "bin/echo": "", "bin/sleep": "", "bin/test": "", "bin/touch": "", "bin/bash": "",
	"bin/sh": "bin/dash", "bin/pgrep": "", "bin/pidof": "sbin/killall5", "bin/systemctl": "", "bin/curl": "",
	"bin/killall": "", "bin/logger": "", "sbin/service": "",
}

// Script knows the programs by their path, and by their last part for a bare name.
func (h *Host) Script(name string, uid, gid uint32) config.ScriptStatus {
	for p, file := range programs {
		st := config.ScriptStatus{Program: "/usr/" + p, Resolved: "/usr/" + p}
		if file != "" {
			st.Resolved = "/usr/" + file
		}
		switch {
		case name == st.Program, name == path.Base(p):
			return st
		case name == "/"+p:
			link, _, _ := strings.Cut(p, "/")
			st.Symlinked, st.Component = true, "/"+link
			return st
		}
	}
	return config.ScriptStatus{Missing: true}
}

// User knows root, nobody and nogroup, as a group too.
func (h *Host) User(name string) (uid, gid uint32, ok bool) {
	id, ok := map[string]uint32{"root": 0, "nobody": 65534, "nogroup": 65534}[name]
	return id, id, ok
}

// Group knows the names of User.
func (h *Host) Group(name string) (uint32, bool) {
	id, _, ok := h.User(name)
	return id, ok
}

// LookupIP knows no name but localhost.
func (h *Host) LookupIP(name string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(map[string]string{"localhost": "127.0.0.1"}[name])
	return a, err == nil
}

// DirExists knows the directories that are everywhere.
func (h *Host) DirExists(dir string) bool { return dir == "/" || dir == "/tmp" || dir == "/etc" }

// NameID knows no name.
func (h *Host) NameID(table, name string) (uint32, bool) { return 0, false }

// NetNamespace tells that there is no namespace.
func (h *Host) NetNamespace(string) bool { return false }

// CPUs is the number of processors.
func (h *Host) CPUs() int { return 2 }
