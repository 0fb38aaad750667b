package config

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/holdfast-ha/holdfast/internal/reference"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/osfiles"
)

// sameVerdict holds Check, which forgets virtual servers, against Load, which keeps them.
func sameVerdict(t *testing.T, name string, opts parser.Options, host Host) {
	t.Helper()
	loaded, checked := Load(name, opts, host), Check(name, opts, host, nil)
	if diff := cmp.Diff(loaded.Problems, checked.Problems); diff != "" {
		t.Errorf("%s (-Load +Check):\n%s", name, diff)
	}
}

func TestCheckFindsAllThatLoadFinds(t *testing.T) {
	goldens, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil || len(goldens) < 8 {
		t.Fatalf("only %d golden files: %v", len(goldens), err)
	}
	for _, path := range goldens {
		a, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range a.Files {
			if strings.HasSuffix(f.Name, ".conf") {
				sameVerdict(t, f.Name, parser.Options{ConfigID: "testhost", Files: parser.OneFile(f.Name, string(f.Data))}, labHost())
			}
		}
	}
	shared := reference.Dir(t)
	if shared == "" {
		return
	}
	dir := filepath.Join(shared, "corpus")
	files, err := filepath.Glob(filepath.Join(dir, "conf", "*.conf"))
	if err != nil || len(files) < 130 {
		t.Fatalf("only %d files in the corpus: %v", len(files), err)
	}
	host := corpusHost(t, dir)
	for _, path := range files {
		sameVerdict(t, path, parser.Options{ConfigID: "testhost", Files: osfiles.Files{}}, host)
	}
}

// TestCheckKeepsWhatIsJudgedLater has virtual servers of both kinds in turn, so that forgetting one
// must not damage another.
func TestCheckKeepsWhatIsJudgedLater(t *testing.T) {
	server := func(head, lines string) string {
		return "virtual_server " + head + " {\n protocol TCP\n lb_algo rr\n lb_kind NAT\n" + lines +
			" real_server 10.0.0.1 80 { TCP_CHECK { }\n }\n}\n"
	}
	var text strings.Builder
	for range 300 { // more than a chunk of each
		text.WriteString(server("10.1.0.1 80", ""))
		text.WriteString(server("group G", ""))
		text.WriteString(server("10.1.0.2 80", " follow_vrrp nobody\n"))
		text.WriteString(server("10.1.0.3 80", " quorum_up /nowhere/up\n"))
		text.WriteString(server("10.1.0.4 80", " real_server 10.0.0.2 80 { notify_down /nowhere/down\n }\n"))
		text.WriteString(server("10.1.0.5 80", " real_server 10.0.0.2 80 { MISC_CHECK { misc_path /nowhere/check }\n }\n"))
		text.WriteString("virtual_server 10.1.0.6 80 { }\n") // lost
	}
	opts := parser.Options{Files: parser.OneFile("t.conf", text.String())}
	sameVerdict(t, "t.conf", opts, labHost())
	wanted := netip.MustParseAddr("10.1.0.1")
	some := Check("t.conf", opts, labHost(), func(v *VirtualServer) bool { return v.Addr == wanted })
	all := Load("t.conf", opts, labHost())
	for _, c := range []*Config{some.Config, all.Config} {
		c.VirtualServers = slices.DeleteFunc(c.VirtualServers, func(v VirtualServer) bool { return v.Addr != wanted })
	}
	if n := len(some.Config.VirtualServers); n != 300 {
		t.Errorf("%d virtual servers that were asked for, want 300", n)
	}
	if diff := cmp.Diff(all.Config.VirtualServers, some.Config.VirtualServers, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Errorf("virtual servers that were asked for (-Load +Check):\n%s", diff)
	}
	if r := Check("t.conf", opts, labHost(), nil); len(r.Problems) < 300*6 {
		t.Errorf("only %d problems", len(r.Problems))
	}
}

func TestFilesReadBehindOneAnotherGiveTheLinesOfProblems(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	inner := write("inner.conf", "global_defs {\n"+strings.Repeat("\n", 100_000)+" vrrp_version 9\n}\n")
	main := write("main.conf", "nonsense 1\ninclude inner.conf\nnonsense 2\r\n")
	r := Check(main, parser.Options{Files: osfiles.Files{}}, labHost(), nil)
	got := map[string]string{}
	for _, p := range r.Problems {
		got[p.Pos.String()] = p.Text
	}
	want := map[string]string{main + ":1:1": "nonsense 1", inner + ":100002:15": " vrrp_version 9", main + ":3:1": "nonsense 2"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
