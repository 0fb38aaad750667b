package track_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/holdfast-ha/holdfast/track"
)

// model is what a tracked object is, told independently of the core.
type model struct {
	object track.Object
	id     track.ID
	known  bool
	up     bool
	value  int
}

func (m *model) sum(u track.Use) track.Sum {
	sign := 1
	if u.Reverse {
		sign = -1
	}
	switch {
	case !m.known:
		return track.Sum{Pending: u.Weight == 0}
	case m.object.Kind == track.File && u.Weight == 0:
		if (m.value == 0) == u.Reverse {
			return track.Sum{Down: 1}
		}
		return track.Sum{}
	case m.object.Kind == track.File:
		n := m.value * u.Weight * sign
		if n <= -254 {
			return track.Sum{Down: 1}
		}
		return track.Sum{Weight: min(n, 253)}
	case u.Weight == 0:
		if m.up == u.Reverse {
			return track.Sum{Down: 1}
		}
		return track.Sum{}
	case u.Weight > 0 && m.up, u.Weight < 0 && !m.up:
		return track.Sum{Weight: u.Weight * sign}
	}
	return track.Sum{}
}

// world is a core beside the model of it.
type world struct {
	core   track.Core
	now    time.Duration
	cfg    track.Settings
	models []*model
	told   map[uint32]track.Sum
	runs   map[track.ID]bool // running, by what the core asked for
}

func genSettings(t *rapid.T) track.Settings {
	var s track.Settings
	for i := range rapid.IntRange(0, 6).Draw(t, "objects") {
		kind := track.Kind(rapid.IntRange(0, 3).Draw(t, "kind"))
		s.Objects = append(s.Objects, track.Object{
			Kind: kind, Name: string(rune('a' + i)), Source: rapid.SampledFrom([]string{"x", "y"}).Draw(t, "source"),
			Interval: sec, Timeout: time.Duration(rapid.IntRange(0, 3000).Draw(t, "timeout")) * time.Millisecond, Rise: 1, Fall: 1,
			Quorum: 1, QuorumMax: -1,
		})
	}
	for i := range rapid.IntRange(1, 3).Draw(t, "instances") {
		in := track.Instance{ID: uint32(i + 1)}
		for j := range s.Objects {
			if rapid.Bool().Draw(t, "tracks") {
				in.Uses = append(in.Uses, track.Use{Object: j, Weight: rapid.IntRange(-254, 254).Draw(t, "weight") * rapid.IntRange(0, 1).Draw(t, "weighs"), Reverse: rapid.Bool().Draw(t, "reverse")})
			}
		}
		s.Instances = append(s.Instances, in)
	}
	return s
}

func (w *world) reload(t *rapid.T) {
	w.cfg = genSettings(t)
	before := map[string]*model{}
	for _, m := range w.models {
		before[m.object.Kind.String()+m.object.Name] = m
	}
	actions := w.core.Reload(w.now, w.cfg, nil)
	ids := w.core.IDs()
	w.models = nil
	for i, o := range w.cfg.Objects {
		m := before[o.Kind.String()+o.Name]
		if m == nil || m.object.Source != o.Source {
			m = &model{}
			if old := before[o.Kind.String()+o.Name]; old != nil && old.id == ids[i] {
				t.Fatalf("%s %s has another source and the same ID", o.Kind, o.Name)
			}
		} else if m.id != ids[i] {
			t.Fatalf("%s %s is unchanged and has another ID", o.Kind, o.Name)
		}
		m.object, m.id = o, ids[i]
		w.models = append(w.models, m)
	}
	told := map[uint32]track.Sum{}
	for _, in := range w.cfg.Instances {
		told[in.ID] = w.told[in.ID]
	}
	w.told = told
	w.take(t, actions)
}

// take does what the core says and compares.
func (w *world) take(t *rapid.T, actions []track.Action) {
	for _, a := range actions {
		switch a.Kind {
		case track.Run:
			if w.runs[a.Object] {
				t.Fatalf("%d is run a second time at once", a.Object)
			}
			w.runs[a.Object] = true
		case track.Turned:
			if a.Outcome.End == track.TimedOut {
				w.byID(a.Object).known, w.byID(a.Object).up = true, false
			}
		case track.Summed:
			if w.told[a.Instance] == a.Sum {
				t.Fatalf("instance %d is told the same sum again", a.Instance)
			}
			w.told[a.Instance] = a.Sum
		}
	}
	for _, in := range w.cfg.Instances {
		var want track.Sum
		for _, u := range in.Uses {
			part := w.models[u.Object].sum(u)
			want.Weight += part.Weight
			want.Down += part.Down
			want.Pending = want.Pending || part.Pending
		}
		if got := w.core.Sum(in.ID); got != want || w.told[in.ID] != want {
			t.Fatalf("instance %d: sum %+v, told %+v, want %+v", in.ID, got, w.told[in.ID], want)
		}
	}
	if at, ok := w.core.Next(); ok && at <= w.now {
		t.Fatalf("due at %v, which is over at %v", at, w.now)
	}
}

func (w *world) byID(id track.ID) *model {
	for _, m := range w.models {
		if m.id == id {
			return m
		}
	}
	return &model{}
}

// late tells whether a run of m has timed out.
func (w *world) late(m *model) bool {
	for i, s := range w.core.Objects() {
		if w.models[i] == m {
			return s.Late
		}
	}
	return false
}

// TestSumIsAlwaysWhatTheObjectsAmountTo lets results, times and reloads come in any order: what an
// instance was last told is what its objects add up to, computed from scratch.
func TestSumIsAlwaysWhatTheObjectsAmountTo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{runs: map[track.ID]bool{}}
		w.reload(t)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			if len(w.models) == 0 || rapid.IntRange(0, 9).Draw(t, "what") == 0 {
				w.reload(t)
				continue
			}
			m := w.models[rapid.IntRange(0, len(w.models)-1).Draw(t, "object")]
			ev := track.Event{Object: m.id, Value: rapid.IntRange(-500, 500).Draw(t, "value"), Up: rapid.Bool().Draw(t, "up")}
			switch {
			case rapid.IntRange(0, 3).Draw(t, "time") == 0:
				w.now += time.Duration(rapid.IntRange(0, 4000).Draw(t, "ms")) * time.Millisecond
			case m.object.Kind == track.Script:
				ev.Kind, ev.Outcome = track.Done, track.Outcome{End: track.Exited, Code: ev.Value & 1}
				if w.runs[m.id] && !w.late(m) {
					m.known, m.up = true, ev.Outcome.Code == 0
				}
				w.runs[m.id] = false
			case m.object.Kind == track.File:
				ev.Kind = track.Value
				m.known, m.value = true, ev.Value
			case m.object.Kind == track.Process:
				ev.Kind, ev.Value = track.Count, max(ev.Value, 0)
				m.known, m.value, m.up = true, ev.Value, ev.Value > 0
			default:
				ev.Kind = track.Told
				m.known, m.up = true, ev.Up
			}
			w.take(t, w.core.Step(w.now, ev, nil))
		}
	})
}
