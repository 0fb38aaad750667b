package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/firewall"
	"github.com/holdfast-ha/holdfast/internal/vlan"
	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// golden compares a document, laid out, with testdata/json. What programs read there they must always find.
func golden(t *testing.T, name string, document []byte) {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, document, "", "  "); err != nil {
		t.Fatalf("%v in %s", err, document)
	}
	path := filepath.Join("testdata", "json", name+".json")
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), b.String()); d != "" {
		t.Errorf("%s (-want +got; is it the schema that changes?):\n%s", path, d)
	}
}

// sampleFindings are one with all there is to say, and one with as little as possible.
var sampleFindings = []parser.Problem{
	{Pos: parser.Pos{File: "a.conf", Line: 3, Col: 5}, End: 9, Severity: parser.Error, ID: "unknown-keyword", Message: "what",
		Instead: "the line is ignored", Cure: "write how", Text: "    what is this"},
	{Severity: parser.Hint, Message: "that is all"},
}

func TestFindingsAsJSON(t *testing.T) {
	r := summarize("a.conf", sampleFindings)
	r.Test, r.Pair = 4, []string{"a.conf", "b.conf"}
	text, err := json.Marshal(r.FileReport)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "check", text)
	var out bytes.Buffer
	if err := printFindings(output{&out, &out}, "a.conf", sampleFindings, true, false); !errors.Is(err, status(exitProblems)) {
		t.Errorf("errors end doctor with %v", err)
	}
	golden(t, "doctor", out.Bytes())
	out.Reset()
	if err := printFindings(output{&out, &out}, "a.conf", nil, true, false); err != nil || !strings.Contains(out.String(), `"problems":[]`) {
		t.Errorf("a sound host: %s, %v", out.Bytes(), err)
	}
}

func TestDifferencesAsJSON(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.conf": "vrrp_instance V {\n interface eth0\n virtual_router_id 1\n priority 100\n authentication {\n auth_type PASS\n auth_pass one\n }\n}\n",
		"b.conf": "vrrp_instance V {\n interface eth0\n virtual_router_id 1\n priority 90\n authentication {\n auth_type PASS\n auth_pass two\n }\n}\n" +
			"vrrp_instance W {\n interface eth0\n virtual_router_id 2\n}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	var out bytes.Buffer
	code := run([]string{"diff", "--json", "a.conf", "b.conf"}, output{&out, &out})
	t.Chdir(origin)
	if code != exitProblems {
		t.Errorf("exit status %d", code)
	}
	golden(t, "diff", out.Bytes())
}

// origin is where the tests begin.
var origin, _ = os.Getwd()

const shutConfig = `vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  no_accept
  use_vmac vrrp.51
  vmac_xmit_base
  virtual_ipaddress {
    192.0.2.100/24
  }
  virtual_ipaddress_excluded {
    2001:db8::100/64
    fe80::100/64
  }
}
`

// TestNSPlanTellsOfTheFirewall: what no_accept and use_vmac put into nftables, and what is left of it when it
// is there.
func TestNSPlanTellsOfTheFirewall(t *testing.T) {
	h := vlan.New(t).Host("192.0.2.1/24")
	h.Run("nft", "add", "table", "ip", "site")
	file := filepath.Join(t.TempDir(), "keepalived.conf")
	if err := os.WriteFile(file, []byte(shutConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	plan := func(as string, more ...string) (string, int) {
		var out bytes.Buffer
		code := -1
		h.Do(func() {
			code = run(append([]string{"plan", "--as", as, "--socket", "/nonexistent", file}, more...), output{&out, &out})
		})
		return out.String(), code
	}
	text, code := plan("master", "--json")
	if code != exitProblems {
		t.Fatalf("exit status %d: %s", code, text)
	}
	golden(t, "plan", []byte(text))

	// An address more than there is, another one less, and a table that is not ours.
	f := firewall.New()
	list := []firewall.Address{{Addr: netip.MustParseAddr("192.0.2.100")}, {Addr: netip.MustParseAddr("192.0.2.101")}}
	h.Do(func() { f.Start(firewall.Options{Table: "keepalived", Priority: -1}, list) })
	text, _ = plan("master")
	if !strings.Contains(text, "\nFirewall:\n  nft 'delete element ip keepalived vips { 192.0.2.101 }'\n") || strings.Contains(text, "add element ip keepalived vips") {
		t.Errorf("beside a table of ours:\n%s", text)
	}
	text, _ = plan("backup")
	if !strings.Contains(text, "nft 'delete table ip keepalived'") || strings.Contains(text, "site") {
		t.Errorf("as BACKUP:\n%s", text)
	}
	h.Do(func() { f.Close() })
	if text, _ = plan("backup"); strings.Contains(text, "ip keepalived ") {
		t.Errorf("as BACKUP with nothing left:\n%s", text)
	}
}

func TestMarksFollowTheirMaster(t *testing.T) {
	c := sampleConfig()
	c.Global.NFTablesIPVS, c.Global.NFTablesIPVSFirstMark = "keepalived_ipvs", 1000
	entry := func(a string) config.GroupEntry {
		return config.GroupEntry{First: netip.MustParseAddr(a), Last: netip.MustParseAddr(a), Port: 80}
	}
	c.VirtualServerGroups = []config.VirtualServerGroup{{Name: "web", Entries: []config.GroupEntry{entry("192.0.2.1"), entry("192.0.2.2")}}}
	v := &c.VirtualServers[0]
	v.Addr, v.Port, v.Group = netip.Addr{}, 0, "web"
	elements := func(masters ...string) (all []string) {
		for _, table := range wantedMarks(c, masters, nil) {
			for _, s := range table.Sets {
				all = append(all, s.Elements...)
			}
		}
		return all
	}
	if d := cmp.Diff([]string{"192.0.2.1 . 80 : 0x000003e8"}, elements("A")); d != "" {
		t.Errorf("A is MASTER (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"192.0.2.1 . 80 : 0x000003e8", "192.0.2.2 . 80 : 0x000003e8"}, elements("A", "B")); d != "" {
		t.Errorf("both are MASTER (-want +got):\n%s", d)
	}
	if got := elements(); got != nil {
		t.Errorf("a BACKUP marks %q", got)
	}
	if s := wiring.Director(sampleConfig(), wiring.Options{VRRP: true}); s.Marks != nil || wantedMarks(sampleConfig(), []string{"A"}, nil) != nil {
		t.Error("without nftables_ipvs there are marks")
	}
}
