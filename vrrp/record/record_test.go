package record_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/simulator"
	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/record"
)

// fill gives every field of a value something that is not its zero, so that one that is not written
// shows. Numbers count up.
func fill(v reflect.Value, n *int64) {
	*n++
	switch v.Interface().(type) {
	case netip.Addr:
		v.Set(reflect.ValueOf(netip.AddrFrom4([4]byte{192, 0, 2, byte(*n)})))
		return
	case time.Time:
		v.Set(reflect.ValueOf(time.Unix(*n, *n).UTC()))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(v.Index(i), n)
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), n)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.String:
		v.SetString(fmt.Sprint("s", *n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64, reflect.Int32, reflect.Int16, reflect.Int8:
		v.SetInt(*n)
	case reflect.Uint8:
		v.SetUint(uint64(1 + *n%3)) // also a constant with a name
	case reflect.Uint, reflect.Uint64, reflect.Uint32, reflect.Uint16:
		v.SetUint(uint64(*n))
	default:
		panic(v.Type())
	}
}

func written(t *testing.T, entries ...record.Entry) []byte {
	t.Helper()
	var b []byte
	var err error
	for i := range entries {
		if b, err = record.Append(b, &entries[i]); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

var began = record.Entry{Kind: record.Began, Header: record.Header{Program: "holdfast 1", Host: "lb1", Epoch: time.Date(2026, 3, 1, 12, 0, 0, 5, time.UTC)}}

// TestEverythingThatGoesInOrComesOutIsWritten fails when the core's types get a field that a recording
// does not have: a replay would do without it.
func TestEverythingThatGoesInOrComesOutIsWritten(t *testing.T) {
	var n int64
	var configs []vrrp.Config
	var groups []vrrp.GroupConfig
	var event vrrp.Event
	var actions []vrrp.Action
	for _, v := range []any{&configs, &groups, &event, &actions} {
		fill(reflect.ValueOf(v).Elem(), &n)
	}
	for i := range configs {
		configs[i].AuthData, configs[i].HMAC = [8]byte{}, nil // secrets
	}
	want := []record.Entry{
		began,
		{Kind: record.Started, Instances: configs, Groups: groups},
		{Kind: record.Reloaded, At: 5, Instances: configs, Groups: groups, Actions: actions},
		{Kind: record.Stepped, At: 7, Event: event, Actions: actions},
		{Kind: record.Ended, At: 9, Reason: "stopped"},
	}
	r := record.NewReader(bytes.NewReader(written(t, want...)))
	for i := range want {
		got, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		want[i].Line = i + 1
		if d := cmp.Diff(want[i], got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); d != "" {
			t.Errorf("entry %d: a field that is lost, or has no line in vrrp/record/line.go:\n%s", i, d)
		}
	}
}

func TestSecretsAreNotWritten(t *testing.T) {
	c := vrrp.Config{ID: 1, AuthData: [8]byte([]byte("HUSHHUSH")), HMAC: &vrrp.HMAC{Keys: []vrrp.HMACKey{{ID: 1, Secret: []byte("SILENCE")}}}}
	text := string(written(t, began, record.Entry{Kind: record.Started, Instances: []vrrp.Config{c}}))
	for _, hidden := range []string{"HUSH", "72,85,83,72", "SILENCE", "U0lMRU5DRQ"} {
		if strings.Contains(text, hidden) {
			t.Errorf("%q is in %s", hidden, text)
		}
	}
}

func TestEveryNameOfTheCoreIsAnother(t *testing.T) {
	for what, name := range map[string]func(int) string{
		"event":  func(i int) string { return vrrp.EventKind(i).String() },
		"action": func(i int) string { return vrrp.ActionKind(i).String() },
		"state":  func(i int) string { return vrrp.State(i).String() },
		"reason": func(i int) string { return vrrp.Reason(i).String() },
	} {
		seen := map[string]int{}
		for i := 0; name(i) != fmt.Sprint(i); i++ {
			if other, double := seen[name(i)]; double {
				t.Errorf("%s %d has the name of %d, %q: a recording could not tell them apart", what, i, other, name(i))
			}
			seen[name(i)] = i
		}
	}
}

// recorder is a core that writes what it is given.
type recorder struct {
	*vrrp.Router
	t    *testing.T
	text []byte
}

func newRecorder(t *testing.T, c vrrp.Config) *recorder {
	configs := []vrrp.Config{c}
	return &recorder{Router: vrrp.New(configs, nil), t: t, text: written(t, began, record.Entry{Kind: record.Started, Instances: configs})}
}

func (r *recorder) Step(now time.Duration, ev vrrp.Event, out []vrrp.Action) []vrrp.Action {
	before := len(out)
	out = r.Router.Step(now, ev, out)
	r.text = append(r.text, written(r.t, record.Entry{Kind: record.Stepped, At: now, Event: ev, Actions: out[before:]})...)
	return out
}

// simulated records each router of a world with all faults: each process is a run.
func simulated(t *testing.T, seed uint64, length time.Duration) []byte {
	t.Helper()
	var cores []*recorder
	_, err := simulator.Run(simulator.Options{
		Seed: seed, Faults: simulator.AllFaults(), Length: length, Quiet: 3 * time.Minute,
		Make: func(c vrrp.Config) simulator.Core {
			r := newRecorder(t, c)
			cores = append(cores, r)
			return r
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, r := range cores {
		all = append(all, r.text...)
	}
	return all
}

func TestSimulatedWorldsReplayTheSame(t *testing.T) {
	events := 0
	for seed := uint64(1); seed <= 5; seed++ {
		res, err := record.Replay(bytes.NewReader(simulated(t, seed, 20*time.Minute)), record.Real, nil)
		if err != nil || res.Difference != nil {
			t.Fatalf("seed %d: %v\n%v", seed, err, res.Difference)
		}
		events += res.Events
	}
	if events < 1000 {
		t.Errorf("only %d events", events)
	}
}

// liar sends one advertisement with another priority.
type liar struct {
	*vrrp.Router
	adverts *int
}

func (l liar) Step(now time.Duration, ev vrrp.Event, out []vrrp.Action) []vrrp.Action {
	out = l.Router.Step(now, ev, out)
	for i := range out {
		if out[i].Kind == vrrp.SendAdvert {
			if *l.adverts++; *l.adverts == 100 {
				out[i].Priority++
			}
		}
	}
	return out
}

func TestOneWrongPriorityIsCaught(t *testing.T) {
	text := simulated(t, 3, 20*time.Minute)
	adverts := 0
	res, err := record.Replay(bytes.NewReader(text), func(c []vrrp.Config, g []vrrp.GroupConfig) record.Core {
		return liar{vrrp.New(c, g), &adverts}
	}, nil)
	if err != nil || res.Difference == nil {
		t.Fatalf("a core that lies is not caught: %v", err)
	}
	d := res.Difference
	if a, b := d.Actions[d.First], d.Replayed[d.First]; a.Kind != vrrp.SendAdvert || a.Priority+1 != b.Priority {
		t.Errorf("%v", d)
	}

	// The same in the recording: the first advertisement that somebody has received.
	lower := bytes.Replace(text, []byte(`"priority":`), []byte(`"priority":1`), 1)
	if res, err = record.Replay(bytes.NewReader(lower), record.Real, nil); err == nil && res.Difference == nil {
		t.Error("a changed recording is not caught")
	}
}

func TestChangedEventIsCaught(t *testing.T) {
	text := simulated(t, 3, 20*time.Minute)
	// A link that goes up later, an advert that somebody else has sent: what follows is different.
	for _, edit := range [][2]string{{`"kind":"LinkUp"`, `"kind":"LinkDown"`}, {`"kind":"Start"`, `"kind":"Tick"`}} {
		changed := bytes.Replace(text, []byte(edit[0]), []byte(edit[1]), 1)
		if bytes.Equal(changed, text) {
			t.Fatalf("%s is not in the recording", edit[0])
		}
		if res, err := record.Replay(bytes.NewReader(changed), record.Real, nil); err != nil || res.Difference == nil {
			t.Errorf("%s -> %s is not caught: %v", edit[0], edit[1], err)
		}
	}
}

// TestARecordingCutAnywhereReplaysUpToThere as after a kill, or on a full disk.
func TestARecordingCutAnywhereReplaysUpToThere(t *testing.T) {
	text := simulated(t, 3, 20*time.Minute)
	text = text[:min(len(text), 2500)]
	next := simulated(t, 4, time.Minute)
	for n := 0; n < len(text); n += 5 {
		res, err := record.Replay(bytes.NewReader(text[:n]), record.Real, nil)
		if res.Difference != nil {
			t.Fatalf("cut at %d: %v", n, res.Difference)
		}
		if err != nil && !errors.Is(err, record.ErrTruncated) {
			t.Fatalf("cut at %d: %v", n, err)
		}
		if n%75 != 0 || n < bytes.IndexByte(text, '\n') {
			continue
		}
		// The daemon that is started next goes on in the same file.
		both := append(append(bytes.Clone(text[:n]), '\n'), next...)
		more, err := record.Replay(bytes.NewReader(both), record.Real, nil)
		if err != nil || more.Difference != nil || more.Events <= res.Events || more.Runs <= res.Runs {
			t.Fatalf("cut at %d and gone on: %v, %d and %d events\n%v", n, err, res.Events, more.Events, more.Difference)
		}
	}
}

func TestWhatCannotBeReadIsSaid(t *testing.T) {
	head := string(written(t, began))
	start := head + `{"t":0,"start":{"instances":[{"ID":1,"Name":"VI","Version":3,"AdvertInt":1000000000}]}}` + "\n"
	for name, c := range map[string]struct{ text, want string }{
		"no recording at all":        {"global_defs {\n}\n", "no recording"},
		"another JSON file":          {`{"a":1}` + "\n", "no recording"},
		"a later format":             {`{"recording":"vrrp","format":2}` + "\n", "format 2"},
		"an event without a start":   {head + `{"t":0,"event":{"kind":"Tick"}}` + "\n", "no start"},
		"no time":                    {start + `{"event":{"kind":"Tick"}}` + "\n", "line 3: no time"},
		"two things in one line":     {start + `{"t":1,"event":{"kind":"Tick"},"end":"x"}` + "\n", "2 things"},
		"a field of a later version": {start + `{"t":1,"event":{"kind":"Tick","mood":1}}` + "\n", "mood"},
		"an event of a later one":    {start + `{"t":1,"event":{"kind":"Eclipse"}}` + "\n", "Eclipse"},
		"a time before the epoch":    {start + `{"t":-1,"event":{"kind":"Tick"}}` + "\n", "out of range"},
		"two instances of one ID":    {head + `{"t":0,"start":{"instances":[{"ID":1},{"ID":1}]}}` + "\n", "another"},
		"an interval of a century":   {head + `{"t":0,"start":{"instances":[{"ID":1,"AdvertInt":9000000000000000000}]}}` + "\n", "out of range"},
		"half a line in the middle":  {start + `{"t":1,"event":` + "\n" + `{"t":2,"event":{"kind":"Tick"}}` + "\n", "line 3"},
	} {
		_, err := record.Replay(strings.NewReader(c.text), record.Real, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestStoryIsTold(t *testing.T) {
	instances := []vrrp.Config{{ID: 1, Name: "VI_1", VRID: 51, Version: 3, Priority: 100, AdvertInt: time.Second}}
	events := []vrrp.Event{
		{Kind: vrrp.Start},
		{Kind: vrrp.SourceGained, Instance: 1, Source: netip.MustParseAddr("192.0.2.1")},
		{Kind: vrrp.Received, Instance: 1, Advert: vrrp.Advert{Source: netip.MustParseAddr("192.0.2.2"), Priority: 200, Interval: time.Second}},
		{Kind: vrrp.Tracked, Instance: 1, Weight: -10},
		{Kind: vrrp.Tick},
		{Kind: vrrp.Tick},
		{Kind: vrrp.Switch, Instance: 1, For: time.Minute},
		{Kind: vrrp.Stop, Planned: true},
		{Kind: vrrp.SuccessorAnnounced, Instance: 1},
	}
	times := []time.Duration{0, 0, 500 * time.Millisecond, time.Second, 3 * time.Second, 6 * time.Second, 7 * time.Second, 8 * time.Second, 8*time.Second + time.Millisecond}
	router := vrrp.New(instances, nil)
	entries := []record.Entry{began, {Kind: record.Started, Instances: instances}}
	for i, e := range events {
		entries = append(entries, record.Entry{Kind: record.Stepped, At: times[i], Event: e, Actions: router.Step(times[i], e, nil)})
	}
	entries = append(entries,
		record.Entry{Kind: record.Reloaded, At: 9 * time.Second, Actions: router.Reload(9*time.Second, nil, nil, nil)},
		record.Entry{Kind: record.Ended, At: 9 * time.Second, Reason: "stopped"})
	var b strings.Builder
	story := record.Story{Out: &b}
	res, err := record.Replay(bytes.NewReader(written(t, entries...)), record.Real, story.Tell)
	if err != nil || res.Difference != nil || story.Err() != nil {
		t.Fatal(err, res.Difference, story.Err())
	}
	golden(t, "testdata/story.txt", b.String())
}
