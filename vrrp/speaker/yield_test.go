package speaker

import (
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/vrrp"
)

func TestLoserOfAnElectionHoldsOnUntilTheWinnerIsThere(t *testing.T) {
	b := newBench(t, &Settings{Instances: []Instance{testInstance(1, "192.0.2.100/32")}})
	b.do(order{kind: orderEnter, id: 1}, order{kind: orderGroup, group: "G", master: true})
	b.k.taken()
	b.do(order{kind: orderLeave, id: 1, hold: time.Second}, order{kind: orderGroup, group: "G", hold: time.Second})
	b.expect(t, "losing", "")
	b.now = b.now.Add(999 * time.Millisecond)
	b.do()
	b.expect(t, "before the time", "")
	if wait := b.sleep(b.now, time.Hour); wait != time.Millisecond {
		t.Errorf("the effects sleep %v, want 1ms", wait)
	}
	b.now = b.now.Add(time.Millisecond)
	b.do()
	b.expect(t, "at the time", "ip addr del 192.0.2.100/32 scope global proto 18 dev 3\nmasters [] []")
}

func TestLoserThatWinsAgainKeepsItsAddresses(t *testing.T) {
	b := newBench(t, &Settings{Instances: []Instance{testInstance(1, "192.0.2.100/32")}})
	b.do(order{kind: orderEnter, id: 1})
	b.k.taken()
	b.do(order{kind: orderLeave, id: 1, hold: time.Second})
	b.now = b.now.Add(500 * time.Millisecond)
	b.do(order{kind: orderEnter, id: 1, count: 1})
	b.expect(t, "winning again", "masters [VI_1] []\narp 192.0.2.100")
	b.now = b.now.Add(time.Hour)
	b.do()
	b.expect(t, "long after", "")
}

func TestLoserIsSilent(t *testing.T) {
	b := newBench(t, &Settings{
		Instances: []Instance{testInstance(1, "192.0.2.100/32")}, GARPGap: map[string]time.Duration{"": 10 * time.Millisecond},
	})
	b.do(order{kind: orderEnter, id: 1, count: 5})
	b.do(order{kind: orderLeave, id: 1, hold: time.Second})
	b.k.taken()
	for range 50 {
		b.now = b.now.Add(10 * time.Millisecond)
		b.do(order{kind: orderAnnounce, id: 1, count: 1})
	}
	b.expect(t, "announced against the winner", "")
}

func TestOnlyAnElectionLostIsAReasonToHoldOn(t *testing.T) {
	plain, dad := testInstance(1, "192.0.2.100/32"), testInstance(2, "2001:db8::100/128")
	dad.VIPs[0].DAD = true
	for _, c := range []struct {
		name     string
		action   vrrp.Action
		handover bool
		held     bool
	}{
		{"higher priority", vrrp.Action{Instance: 1, To: vrrp.Backup, Reason: vrrp.HigherPriority}, true, true},
		{"higher address", vrrp.Action{Instance: 1, To: vrrp.Backup, Reason: vrrp.HigherAddress}, true, true},
		{"with its group", vrrp.Action{Instance: 1, To: vrrp.Backup, Reason: vrrp.SyncGroup}, true, true},
		{"the group itself", vrrp.Action{Group: "G", To: vrrp.Backup, Reason: vrrp.HigherPriority}, true, true},
		{"handover off", vrrp.Action{Instance: 1, To: vrrp.Backup, Reason: vrrp.HigherPriority}, false, false},
		{"fault", vrrp.Action{Instance: 1, To: vrrp.Fault, Reason: vrrp.SyncGroup}, true, false},
		{"address lost", vrrp.Action{Instance: 1, To: vrrp.Backup, Reason: vrrp.AddressRemoved}, true, false},
		{"the winner looks for duplicates", vrrp.Action{Instance: 2, To: vrrp.Backup, Reason: vrrp.HigherPriority}, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := &loop{settings: &Settings{Handover: c.handover}, members: map[vrrp.ID]*member{
				1: {Instance: plain}, 2: {Instance: dad},
			}}
			if held := l.yieldHold(&c.action) > 0; held != c.held {
				t.Errorf("held %v, want %v", held, c.held)
			}
		})
	}
}
