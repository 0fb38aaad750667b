package speaker_test

import (
	"strings"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/vlan"
)

// TestNSHandoverByCommandLosesNoPing to a router of lower priority and back again: the goal is less
// than 10 ms of silence, five pings, each way.
func TestNSHandoverByCommandLosesNoPing(t *testing.T) {
	t.Parallel()
	for _, successor := range []string{"ours", "keepalived"} {
		t.Run(successor, func(t *testing.T) {
			const vip = "192.0.2.100"
			a, h1, h2, p, said := masterUnderPings(t, vip, successor)
			if err := a.Switch(51, 0); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the successor has the address", func() bool { return h2.Has(vip) && !h1.Has(vip) })
			s := a.Status().Instances[0]
			if s.State != "BACKUP" || !s.Aside || s.Priority != 1 || s.BasePriority != 150 {
				t.Errorf("%+v", s)
			}
			p.GoOn()
			sent, lost := p.Stop()
			t.Logf("away: %d pings of %d lost", lost, sent)
			if lost > 5 {
				t.Errorf("away: %d pings of %d lost\n%s\n%s", lost, sent, a.log(), said())
			}
			if err := a.SwitchBack(51); err != nil {
				t.Fatal(err)
			}
			eventually(t, "we have it again", func() bool { return a.state() == "MASTER" && h1.Has(vip) && !h2.Has(vip) })
		})
	}
}

// TestNSHandoverByCommandWithoutASuccessor leaves all as it is and says so.
func TestNSHandoverByCommandWithoutASuccessor(t *testing.T) {
	const vip = "192.0.2.100"
	lan := vlan.New(t)
	h1, client := lan.Host("192.0.2.1/24"), lan.Host("192.0.2.9/24")
	a := start(t, h1, settings(instance(51, 150, 100*time.Millisecond, vip+"/32")), nil)
	eventually(t, "we are MASTER", func() bool { return a.state() == "MASTER" && h1.Has(vip) })
	p := client.Ping(vip)
	if err := a.Switch(51, time.Minute); err == nil || !strings.Contains(err.Error(), "still MASTER") {
		t.Error(err)
	}
	if s := a.Status().Instances[0]; s.State != "MASTER" || s.Aside || s.Priority != 150 {
		t.Errorf("%+v", s)
	}
	if sent, lost := p.Stop(); lost > 0 {
		t.Errorf("%d pings of %d lost", lost, sent)
	}
	if err := a.SwitchBack(51); err == nil {
		t.Error("undone what was not done")
	}
	if err := a.Switch(52, 0); err == nil {
		t.Error("one that is not there")
	}
}
