package config

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/holdfast-ha/holdfast/internal/reference"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/osfiles"
)

// corpusHost is the machine of the corpus: every interface that make-netns.sh names.
func corpusHost(t *testing.T, dir string) *fakeHost {
	script, err := os.ReadFile(filepath.Join(dir, "make-netns.sh"))
	if err != nil {
		t.Fatal(err)
	}
	_, list, ok := strings.Cut(string(script), "for i in ")
	list, _, ok2 := strings.Cut(list, ";")
	if !ok || !ok2 {
		t.Fatal("make-netns.sh names no interfaces")
	}
	h := labHost()
	h.interfaces = map[string]Interface{"lo": {Index: 1, MTU: 65536, Loopback: true, HasIPv4: true}}
	for i, name := range strings.Fields(list) {
		h.interfaces[name] = Interface{Index: i + 2, MTU: 1500, Multicast: true}
	}
	return h
}

// corpusDifferences are the files whose status Holdfast means to give otherwise, with the reason.
var corpusDifferences = map[string]string{
	"pqarmitage__keepalived-devel-tools__configs__1239.conf": "enable_dbus: the reference was built without D-Bus; it is known here, as in Debian's build",
}

func TestExitStatusIsKeepalivedsOnRealConfigurations(t *testing.T) {
	shared := reference.Dir(t)
	if shared == "" {
		return
	}
	dir := filepath.Join(shared, "corpus")
	table, err := os.ReadFile(filepath.Join(dir, "HEAD.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	host := corpusHost(t, dir)
	ran, equal := 0, 0
	for _, row := range strings.Split(strings.TrimSpace(string(table)), "\n")[1:] {
		name, status, _ := strings.Cut(row, "\t")
		want, err := strconv.Atoi(status)
		if err != nil {
			t.Fatal(err)
		}
		ran++
		r := Load(filepath.Join(dir, "conf", name), parser.Options{ConfigID: "testhost", Files: osfiles.Files{}}, host)
		got := r.TestStatus()
		switch why := corpusDifferences[name]; {
		case got == want && why != "":
			t.Errorf("%s: listed as a difference (%s), but the status is equal", name, why)
		case got == want:
			equal++
		case why == "":
			t.Errorf("%s: exit status %d, keepalived gives %d\n%s", name, got, want, listing(r))
		}
	}
	t.Logf("%d of %d exit statuses equal", equal, ran)
	if ran < 130 {
		t.Errorf("only %d files: the corpus is not whole", ran)
	}
}

// daemonDifferences are the files with which keepalived's daemon ended otherwise, with the reason.
var daemonDifferences = map[string]string{}

func TestDaemonStatusIsKeepalivedsOnRealConfigurations(t *testing.T) {
	shared := reference.Dir(t)
	if shared == "" {
		return
	}
	dir := filepath.Join(shared, "corpus")
	states, err := filepath.Glob(filepath.Join(dir, "dumps", "*.state"))
	if err != nil {
		t.Fatal(err)
	}
	host, equal := corpusHost(t, dir), 0
	for _, path := range states {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		state := strings.TrimSpace(string(data))
		name := strings.TrimSuffix(filepath.Base(path), ".state")
		r := Load(filepath.Join(dir, "conf", name), parser.Options{ConfigID: "testhost", Files: osfiles.Files{}}, host)
		got := "up"
		if s := r.DaemonStatus(); s != 0 {
			got = "exit " + strconv.Itoa(s)
		}
		switch why := daemonDifferences[name]; {
		case got == state && why != "":
			t.Errorf("%s: listed as a difference (%s), but the state is equal", name, why)
		case got == state:
			equal++
		case why == "":
			t.Errorf("%s: %s, keepalived: %s\n%s", name, got, state, listing(r))
		}
	}
	t.Logf("%d of %d daemons end alike", equal, len(states))
	if len(states) < 80 {
		t.Errorf("only %d states: the corpus is not whole", len(states))
	}
}
