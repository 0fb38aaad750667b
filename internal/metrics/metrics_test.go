package metrics

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite golden files")

// ours are the lines of an exposition that are not about this process and this build.
func ours(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		name := strings.TrimPrefix(strings.TrimPrefix(line, "# HELP "), "# TYPE ")
		if strings.HasPrefix(name, "keepalived_") && !strings.Contains(line, "build_info{") {
			b.WriteString(line)
		}
	}
	return b.String()
}

func TestExpositionOfEverything(t *testing.T) {
	got := ours(scrape(t, full()))
	file := filepath.Join("testdata", "full.prom")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("go test -update rewrites it (-want +got):\n%s", diff)
	}
}

// TestNamesAndLabelsOfTheKnownExporter are those of mehdy/keepalived-exporter 1.7.1: boards and alerts use
// them.
func TestNamesAndLabelsOfTheKnownExporter(t *testing.T) {
	instance, address := "iname intf vrid", "iname intf vrid ip_address"
	want := map[string]string{
		"keepalived_up": "", "keepalived_vrrp_state": address, "keepalived_vrrp_excluded_state": address,
		"keepalived_exporter_check_script_status": address, "keepalived_script_status": "name", "keepalived_script_state": "name",
	}
	for _, name := range []string{
		"advertisements_received", "advertisements_sent", "become_master", "release_master", "packet_length_errors",
		"advertisements_interval_errors", "ip_ttl_errors", "invalid_type_received", "address_list_errors",
		"authentication_invalid", "authentication_mismatch", "authentication_failure",
		"priority_zero_received", "priority_zero_sent", "gratuitous_arp_delay",
	} {
		want["keepalived_"+name+"_total"] = instance
	}
	if len(want) != 21 {
		t.Fatalf("%d names, that exporter has 21", len(want))
	}
	text := scrape(t, full())
	for name, labels := range want {
		lines := regexp.MustCompile(`(?m)^`+name+`(\{.*\})? (\S+)$`).FindAllStringSubmatch(text, -1)
		if len(lines) == 0 {
			t.Errorf("%s is missing", name)
			continue
		}
		for _, l := range lines {
			if got := labelsOf(l[1]); got != labels {
				t.Errorf("%s has the labels %q, want %q", name, got, labels)
			}
		}
		kind := "gauge"
		if strings.HasSuffix(name, "_total") {
			kind = "counter"
		}
		if !strings.Contains(text, "# TYPE "+name+" "+kind+"\n") {
			t.Errorf("%s is no %s", name, kind)
		}
	}
	for _, line := range []string{
		`keepalived_vrrp_state{iname="VI_1",intf="eth0",ip_address="192.0.2.10",vrid="51"} 2`,
		`keepalived_vrrp_state{iname="VI_1",intf="eth1",ip_address="198.51.100.1/24",vrid="51"} 2`,
		`keepalived_vrrp_state{iname="none ` + "\uFFFD" + `",intf="eth0",ip_address="",vrid="52"} 3`,
		`keepalived_vrrp_excluded_state{iname="VI_1",intf="eth0",ip_address="2001:db8::10",vrid="51"} 2`,
		`keepalived_exporter_check_script_status{iname="VI_1",intf="eth0",ip_address="192.0.2.10",vrid="51"} 1`,
		`keepalived_exporter_check_script_status{iname="VI_1",intf="eth1",ip_address="198.51.100.1/24",vrid="51"} 0`,
		`keepalived_gratuitous_arp_delay_total{iname="VI_1",intf="eth0",vrid="51"} 5`,
		`keepalived_script_status{name="chk"} 0`, `keepalived_script_state{name="chk"} 1`,
		`keepalived_script_status{name="late"} 1`, `keepalived_script_state{name="late"} 2`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
}

// labelsOf are the names of labels in the order in which that exporter has them.
func labelsOf(braces string) string {
	var names []string
	for _, m := range regexp.MustCompile(`(\w+)="`).FindAllStringSubmatch(braces, -1) {
		names = append(names, m[1])
	}
	order := []string{"name", "iname", "intf", "vrid", "ip_address"}
	slices.SortFunc(names, func(a, b string) int { return slices.Index(order, a) - slices.Index(order, b) })
	return strings.Join(names, " ")
}

// TestEverySeriesIsToldOf: one that is defined and never sent is a board without data.
func TestEverySeriesIsToldOf(t *testing.T) {
	text := scrape(t, full())
	n := 0
	for _, g := range groups {
		for _, s := range g.series {
			n++
			if !strings.Contains(text, "# TYPE "+s.name+" "+string(s.kind)+"\n") {
				t.Errorf("%s, a %s, is not told of", s.name, s.kind)
			}
		}
	}
	if n < 80 {
		t.Errorf("only %d series", n)
	}
}

func TestPromtoolFindsNothingToComplainOf(t *testing.T) {
	for name, s := range map[string]string{"everything": scrape(t, full()), "nothing": scrape(t, nil)} {
		promtool(t, strings.NewReader(s), name, "check", "metrics")
	}
}

// promtool runs Debian's promtool, which belongs to the package prometheus, and demands its approval.
func promtool(t *testing.T, in *strings.Reader, name string, args ...string) {
	t.Helper()
	cmd := exec.Command("promtool", args...)
	if in != nil {
		cmd.Stdin = in
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Errorf("promtool %s, %s: %v (make deps installs it)\n%s", strings.Join(args, " "), name, err, out.String())
	}
}

func TestDaemonThatDoesNotAnswerIsDown(t *testing.T) {
	text := scrape(t, nil)
	if !strings.Contains(text, "\nkeepalived_up 0\n") || strings.Contains(text, "keepalived_vrrp_") {
		t.Errorf("of a daemon that says nothing: %s", ours(text))
	}
}
