package daemon

import (
	"errors"
	"slices"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// asleep never wakes: there is no timer that is late.
func asleep(time.Duration) time.Duration { select {} }

func TestTimersThatAreLateRaiseThePriority(t *testing.T) {
	const second = time.Second
	for _, tt := range []struct {
		name  string
		delay time.Duration
		late  []time.Duration // of the timers, one after the other
		want  []int
	}{
		{"as late as may be", second, []time.Duration{0, second, 0}, nil},
		{"later", second, []time.Duration{second + 1, 0, second + 1}, []int{4, 5}},
		{"a short delay", 100 * time.Microsecond, []time.Duration{100 * time.Microsecond, 101 * time.Microsecond}, []int{4}},
		{"up to the limit", second, []time.Duration{2 * second, 2 * second, 2 * second, 2 * second}, []int{4, 5, 6}},
	} {
		var got []int
		ended := make(chan struct{})
		u := &urgency{log: zap.NewNop(), apply: func(s schedSettings) error {
			if s.RTTime != 7*second {
				t.Errorf("%s: the limit of real time is %v", tt.name, s.RTTime)
			}
			got = append(got, s.RTPriority)
			if s.RTPriority == 6 {
				close(ended)
			}
			return nil
		}}
		next := 0
		u.rest = func(d time.Duration) time.Duration {
			if next == len(tt.late) {
				close(ended)
				select {}
			}
			next++
			return d + tt.late[next-1]
		}
		u.limitTo(schedSettings{MaxAuto: 6, AutoDelay: tt.delay, RTPriority: 3, RTTime: 7 * second})
		<-ended
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: raised to %v, want %v", tt.name, got, tt.want)
		}
	}
}

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
		{"vrrp_rt_priority is above it", schedSettings{MaxAuto: 2, RTPriority: 10}, nil},
		{"vrrp_rt_priority is below it", schedSettings{MaxAuto: 12, RTPriority: 10}, []int{11, 12}},
	} {
		var got []int
		u := &urgency{log: zap.NewNop(), rest: asleep, apply: func(s schedSettings) error { got = append(got, s.RTPriority); return nil }}
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
	u := &urgency{log: zap.NewNop(), rest: asleep, apply: func(schedSettings) error { tries++; return errors.New("not permitted") }}
	u.limitTo(schedSettings{MaxAuto: 99})
	for range 3 {
		u.heard(speaker.Change{Event: speaker.Noted, Reason: vrrp.AdvertLate.String()})
	}
	if tries != 1 {
		t.Errorf("%d attempts, want one", tries)
	}
}
