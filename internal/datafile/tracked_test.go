package datafile_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/holdfast-ha/holdfast/internal/datafile"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// TestNumberOfATrackedFileIsShown: what a check has found in its file, and what that does to the weight.
func TestNumberOfATrackedFileIsShown(t *testing.T) {
	c := &config.Config{
		TrackFiles: []config.TrackFile{{Name: "load", File: "/run/load", Weight: 2, Init: true, InitValue: 3}},
		VirtualServers: []config.VirtualServer{{
			Addr: netip.MustParseAddr("192.0.2.1"), Port: 80, Protocol: "TCP", Family: 4,
			RealServers: []config.RealServer{{Addr: netip.MustParseAddr("192.0.2.10"), Port: 80, Weight: 5,
				Checkers: []config.Checker{{Type: "FILE_CHECK", TrackFile: "load", TrackFileWeight: 2}}}},
		}},
	}
	status := &director.Status{VirtualServers: []director.VirtualServerStatus{{
		Name: "[192.0.2.1]:tcp:80", Active: true, Quorum: true,
		RealServers: []director.RealServerStatus{{Name: "[192.0.2.10]:tcp:80", Up: true, Weight: 21, Checks: []director.CheckStatus{
			{Name: "FILE_CHECK", Up: true, Runs: 1, HasWeight: true, Relative: true, Weight: 16, Status: 8},
		}}},
	}}}
	for want, s := range map[string]*director.Status{"Status = 8": status, "Status = 3": nil} {
		var w datafile.Writer
		datafile.Check(&w, c, s)
		if !strings.Contains(w.String(), want) {
			t.Errorf("no %q in\n%s", want, w.String())
		}
		if s != nil && (!strings.Contains(w.String(), "Current weight = 16") || !strings.Contains(w.String(), "effective weight = 21")) {
			t.Errorf("the weight is not shown as 16 more, 21:\n%s", w.String())
		}
	}
}
