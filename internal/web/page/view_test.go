package page

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/parser"
)

var update = flag.Bool("update", false, "write golden files and the screenshots in docs/screenshots anew")

func TestViewHasTheStateInItsDocumentedForm(t *testing.T) {
	s := play(time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC))
	v := build(&s.state, s.findings)
	v.Host, v.Actions = "director-1", true
	got, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	file := filepath.Join("testdata", "view.json")
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-update writes it anew; what has changed its meaning needs another Schema):\n%s", file, diff)
	}
	if bytes.Contains(got, []byte("hunter2")) {
		t.Error("the line of the file, with its password, is in the view")
	}
}

func TestViewOfADaemonThatKnowsNothingHasListsAllTheSame(t *testing.T) {
	v := build(&control.Status{Processes: []control.Process{{Role: "vrrp", PID: 7}, {Role: "lvs"}}}, nil)
	encoded, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(encoded), "null") {
		t.Errorf("a script would have to look out for null: %s", encoded)
	}
	if !v.Processes[0].Silent || v.Processes[1].Silent {
		t.Errorf("one process runs and says nothing, one does not run: %+v", v.Processes)
	}
}

func TestViewIsBounded(t *testing.T) {
	s := &control.Status{LVS: many(700, 3)}
	var findings []parser.Problem
	for range 250 {
		findings = append(findings, parser.Problem{ID: "x"})
	}
	findings[249].Severity = parser.Error
	v := build(s, findings)
	if len(v.VirtualServers) != maxServers || v.LeftOut != 200 {
		t.Errorf("%d virtual servers and %d left out, want %d and 200", len(v.VirtualServers), v.LeftOut, maxServers)
	}
	real, troubled := 0, 0
	for _, vs := range v.VirtualServers {
		real += len(vs.RealServers)
		if vs.Up < vs.Total {
			troubled++
			if len(vs.RealServers) != 3 {
				t.Errorf("%s has trouble and is shown without its real servers", vs.Label)
			}
		}
		if vs.Total != 3 {
			t.Errorf("%s has %d real servers", vs.Label, vs.Total)
		}
	}
	if troubled != 70 {
		t.Errorf("of 70 virtual servers with trouble %d are shown", troubled)
	}
	if real != maxReal-maxReal%3 {
		t.Errorf("%d real servers, want as many as there is room for", real)
	}
	if len(v.Findings) != maxFindings || v.FindingsLeftOut != 50 || v.Findings[0].Severity != "error" {
		t.Errorf("%d findings, %d left out, the first an %s", len(v.Findings), v.FindingsLeftOut, v.Findings[0].Severity)
	}
	encoded, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if len(encoded) > 1<<20 {
		t.Errorf("a view of %d octets", len(encoded))
	}
}

// TestViewOfTwentyThousandChecks: what goes to a browser again and again has a size that it can take, however
// the checks are spread, and what is down is in it.
func TestViewOfTwentyThousandChecks(t *testing.T) {
	for name, shape := range map[string][3]int{ // virtual servers, real servers of each, checks of each
		"many small":  {10000, 2, 1},
		"some large":  {100, 200, 1},
		"one":         {1, 20000, 1},
		"many checks": {50, 20, 20},
	} {
		d := many(shape[0], shape[1])
		last := &d.VirtualServers[shape[0]-1]
		last.RealServers[shape[1]-1].Up = false
		for i := range d.VirtualServers {
			for j := range d.VirtualServers[i].RealServers {
				r := &d.VirtualServers[i].RealServers[j]
				for range shape[2] {
					r.Checks = append(r.Checks, director.CheckStatus{Name: "TCP_CHECK", Up: r.Up, Last: time.Now(), Runs: 99999, Detail: "connection refused",
						Recent: slices.Repeat([]time.Duration{1234567}, 30)})
				}
			}
		}
		v := build(&control.Status{LVS: d}, nil)
		encoded, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d KB", name, len(encoded)>>10)
		if len(encoded) > 2<<20 {
			t.Errorf("%s: %d octets", name, len(encoded))
		}
		down := false
		for _, vs := range v.VirtualServers {
			down = down || slices.ContainsFunc(vs.RealServers, func(r RealServer) bool { return !r.Up })
			if vs.Total != len(vs.RealServers)+vs.LeftOut {
				t.Errorf("%s: of %d real servers of %s %d are shown, %d left out", name, vs.Total, vs.Name, len(vs.RealServers), vs.LeftOut)
			}
		}
		if !down {
			t.Errorf("%s: none that is down is shown", name)
		}
	}
}
