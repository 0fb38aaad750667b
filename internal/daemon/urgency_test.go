package daemon

import (
	"errors"
	"slices"
	"testing"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

func TestLateAdvertisementsRaiseThePriorityToItsLimit(t *testing.T) {
	late := speaker.Change{Event: speaker.Noted, Reason: vrrp.AdvertLate.String()}
	for _, tt := range []struct {
		name  string
		sched schedSettings
		want  []int
	}{
		{"max_auto_priority 2", schedSettings{MaxAuto: 2}, []int{1, 2}},
		{"not set", schedSettings{}, nil},
		{"off", schedSettings{MaxAuto: -1}, nil},
		{"vrrp_rt_priority says it", schedSettings{MaxAuto: 2, RTPriority: 10}, nil},
	} {
		var got []int
		u := &urgency{log: zap.NewNop(), apply: func(s schedSettings) error { got = append(got, s.RTPriority); return nil }}
		u.limitTo(tt.sched)
		for range 4 {
			u.heard(late)
			u.heard(speaker.Change{Event: speaker.Noted, Reason: vrrp.IntervalDiffers.String()})
			u.heard(speaker.Change{Reason: vrrp.AdvertLate.String()})
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: raised to %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestPriorityThatMayNotBeRaisedIsLeftAlone(t *testing.T) {
	tries := 0
	u := &urgency{log: zap.NewNop(), apply: func(schedSettings) error { tries++; return errors.New("not permitted") }}
	u.limitTo(schedSettings{MaxAuto: 99})
	for range 3 {
		u.heard(speaker.Change{Event: speaker.Noted, Reason: vrrp.AdvertLate.String()})
	}
	if tries != 1 {
		t.Errorf("%d attempts, want one", tries)
	}
}
