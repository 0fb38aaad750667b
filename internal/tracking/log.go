package tracking

import (
	"fmt"

	"github.com/holdfast-ha/holdfast/track"
)

// report logs what an object did. The texts of scripts and processes are keepalived's: scripts look
// for them.
func (t *Tracker) report(a *track.Action, o *object) {
	switch {
	case a.Kind == track.Skipped:
		t.log.Info(fmt.Sprintf("Track script %s is already running, expect idle - skipping run", o.Name))
	case a.Kind == track.Returned:
		t.log.Info(fmt.Sprintf("Script `%s` now returning %d", o.Name, a.Outcome.Code))
	case a.Kind != track.Turned:
	case o.Kind == track.Script:
		t.log.Info(fmt.Sprintf("VRRP_Script(%s) %s", o.Name, a.Outcome))
	case o.Kind == track.File:
		t.log.Info(fmt.Sprintf("Track file %s now holds %d", o.Name, a.Value))
	case o.Kind == track.Process && a.Up:
		t.log.Info(fmt.Sprintf("Quorum gained for tracked process %s", o.Name))
	case o.Kind == track.Process:
		t.log.Info(fmt.Sprintf("Quorum lost for tracked process %s", o.Name))
	default:
		state := "DOWN"
		if a.Up {
			state = "UP"
		}
		for _, instance := range o.users {
			t.log.Info(fmt.Sprintf("VRRP_Instance(%s) Tracked BFD instance %s is %s", instance, o.Name, state))
		}
	}
}
