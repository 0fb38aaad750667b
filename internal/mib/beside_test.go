package mib_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/holdfast-ha/holdfast/internal/agentx"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/mib"
)

// likeSNMPWalk is a value as snmpwalk -On shows it.
func likeSNMPWalk(v agentx.Value) string {
	switch v.Type {
	case agentx.Integer:
		return fmt.Sprintf("INTEGER: %d", v.Int32())
	case agentx.Gauge32:
		return fmt.Sprintf("Gauge32: %d", v.Number)
	case agentx.Counter32:
		return fmt.Sprintf("Counter32: %d", v.Number)
	case agentx.Counter64:
		return fmt.Sprintf("Counter64: %d", v.Number)
	}
	printable := func(r rune) bool { return r < unicode.MaxASCII && unicode.IsPrint(r) }
	if strings.ContainsFunc(string(v.Octets), func(r rune) bool { return !printable(r) }) {
		return fmt.Sprintf("Hex-STRING: % X ", v.Octets)
	}
	return fmt.Sprintf("STRING: %q", v.Octets)
}

// newer are the columns that keepalived got after 2.2.7.
var newer = regexp.MustCompile(`^\.3\.(3\.1\.7[2-8]|4\.1\.(5[6-9]|6[0-3]))\.`)

// TestCheckerPartIsThatOfKeepalived: testdata/lvs-keepalived.walk is a walk over CHECK of keepalived 2.2.7 with
// testdata/lvs.conf, recorded in a guest with IPVS where eth0 stood for lo, all checks of 192.0.2.10 failed and no
// client came.
func TestCheckerPartIsThatOfKeepalived(t *testing.T) {
	theirs, err := os.ReadFile("testdata/lvs-keepalived.walk")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for line := range strings.Lines(string(theirs)) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " = ")
		want[name] = value
	}

	s := load(t, "testdata/lvs.conf")
	bad, good := []director.CheckStatus{{Runs: 3}}, []director.CheckStatus{{Up: true, Runs: 3}}
	front, mark := "[192.0.2.10]:tcp:80", "FWM 9"
	s.LVS = &director.Status{VirtualServers: []director.VirtualServerStatus{
		{Name: front, Active: true, RealServers: []director.RealServerStatus{
			{Name: "[10.0.0.1]:tcp:80", Weight: 3, Checks: bad}, {Name: "[10.0.0.2]:tcp:80", Weight: 1, Checks: bad},
		}},
		{Name: mark, Active: true, Quorum: true, RealServers: []director.RealServerStatus{
			{Name: "[10.0.0.3]:none:0", Up: true, Weight: 1, Checks: good},
		}},
	}}
	s.Traffic = map[[2]string]mib.Traffic{}
	for _, pair := range [][2]string{{front, ""}, {front, "[10.0.0.9]:tcp:80"}, {front, "[10.0.0.1]:tcp:80"}, {front, "[10.0.0.2]:tcp:80"}, {mark, ""}, {mark, "[10.0.0.3]:none:0"}} {
		s.Traffic[pair] = mib.Traffic{}
	}

	view := s.View(mib.Parts{Checker: true})
	compared, differences, name := 0, 0, mib.Check
	for {
		next, ok := view.Next(name, false)
		if !ok || !next.Name.HasPrefix(mib.Check) {
			break
		}
		name = next.Name
		got := strings.ReplaceAll(likeSNMPWalk(next.Value), `"lo"`, `"eth0"`)
		value, has := want[name.String()]
		switch {
		case !has && newer.MatchString(strings.TrimPrefix(name.String(), mib.Keepalived.String())):
			continue
		case !has, value != got:
			t.Errorf("%s = %s, keepalived has %q", name, got, value)
			differences++
		}
		compared++
		delete(want, name.String())
	}
	for name, value := range want {
		t.Errorf("%s = %s is keepalived's alone", name, value)
		differences++
	}
	t.Logf("checker part of KEEPALIVED-MIB: %d variables compared, %d differences", compared, differences)
}
