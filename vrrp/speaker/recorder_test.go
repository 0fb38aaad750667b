package speaker

import (
	"bytes"
	"errors"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/holdfast-ha/holdfast/internal/rtnl"
	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/packet"
	"github.com/holdfast-ha/holdfast/vrrp/record"
)

// slowDisk is a file that can be stopped, and filled.
type slowDisk struct {
	mu   sync.Mutex
	text bytes.Buffer
	full error
}

func (d *slowDisk) Write(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.full != nil {
		return 0, d.full
	}
	return d.text.Write(b)
}

// recordedLoop is a loop that is recorded from its beginning; the recorder's goroutine does not run.
func recordedLoop(t testing.TB, s *Settings, disk *slowDisk) (*loop, *fakeWire, *observer.ObservedLogs) {
	t.Helper()
	state, err := openState("")
	if err != nil {
		t.Fatal(err)
	}
	core, logs := observer.New(zap.WarnLevel)
	l, err := newLoop(s, state, newQueue[order](), newQueue[Change](), newReporter(zap.New(core)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.poller.Close)
	l.record = newRecorder(&Recording{To: disk, Program: "test"}, l.epoch, l.log)
	l.record.patience = time.Minute
	l.record.configured(record.Started, 0, configs(s), s.Groups, nil)
	w := &fakeWire{}
	l.dial = func(socketWish) (wire, error) { return w, nil }
	l.watch = func(int, int32) error { return nil }
	l.resync(&rtnl.Snapshot{Links: testLinks(), Addresses: []rtnl.Address{{Prefix: netip.MustParsePrefix("192.0.2.1/24"), Index: 3}}})
	l.begin()
	return l, w, logs
}

func (d *slowDisk) replay(t *testing.T) record.Result {
	t.Helper()
	res, err := record.Replay(bytes.NewReader(d.text.Bytes()), record.Real, nil)
	if err != nil || res.Difference != nil {
		t.Fatalf("%v\n%v", err, res.Difference)
	}
	return res
}

func TestLoopIsRecordedAndReplaysTheSame(t *testing.T) {
	owner := testInstance(7, "192.0.2.100/32")
	owner.Priority = 255
	other := testInstance(8, "192.0.2.101/32")
	disk := &slowDisk{}
	l, w, _ := recordedLoop(t, &Settings{Instances: []Instance{owner, other}}, disk)
	go l.record.run()
	w.packet, w.left = advert(&other, 200, nil), 3
	l.read(l.station1())
	l.track([]Tracked{{ID: 8, Weight: -20}})
	other.Priority = 120
	l.reload(&Settings{Instances: []Instance{other, testInstance(9, "192.0.2.102/32")}})
	l.linkChanged(&rtnl.Link{Index: 3, Name: "eth0"})
	l.stop(false)
	l.record.close()
	res := disk.replay(t)
	if res.Runs != 1 || res.Reloads != 1 || res.Events < 8 || res.Actions < 10 || res.Ends[0] != "stopped" {
		t.Errorf("%+v", res)
	}
}

// TestSlowDiskDelaysNothingAndLosesNothingSilently: while the disk stands still the loop goes on; what
// had no room is not in the recording, which says so.
func TestSlowDiskDelaysNothingAndLosesNothingSilently(t *testing.T) {
	in := testInstance(7, "192.0.2.100/32")
	in.Priority = 255
	disk := &slowDisk{}
	l, w, logs := recordedLoop(t, &Settings{Instances: []Instance{in}}, disk)
	disk.mu.Lock() // stands still
	go l.record.run()
	go l.log.run()
	l.event = vrrp.Event{Kind: vrrp.Tick}
	sent := w.sent
	for at := time.Hour; w.sent-sent < 3*recordedEntries; at += time.Hour {
		l.event = vrrp.Event{Kind: vrrp.Tick}
		l.stepAt(at)
	}
	for len(l.log.records) > 0 { // what the loop logged leaves no room for what the recorder will
		time.Sleep(time.Millisecond)
	}
	disk.mu.Unlock()
	l.record.close()
	l.log.stop()
	res := disk.replay(t)
	if end := res.Ends[0]; end != errOverrun.Error() {
		t.Errorf("it ends: %s", end)
	}
	if res.Events < recordedEntries-1 || res.Events > 2*recordedEntries+1 {
		t.Errorf("%d events", res.Events)
	}
	if all := logs.FilterMessageSnippet("recording has ended").All(); len(all) != 1 {
		t.Errorf("%v", all)
	}
}

func TestFullDiskEndsTheRecordingOnce(t *testing.T) {
	disk := &slowDisk{full: errors.New("no space left on device")}
	l, _, logs := recordedLoop(t, &Settings{Instances: []Instance{testInstance(7)}}, disk)
	go l.log.run()
	go l.record.run()
	<-l.record.done
	for range 100 {
		l.tell(vrrp.Event{Kind: vrrp.Tick})
	}
	l.record.close()
	l.log.stop()
	all := logs.All()
	if len(all) != 1 || !strings.Contains(all[0].ContextMap()["error"].(string), "no space left") {
		t.Errorf("%v", all)
	}
}

// A disk that never answers again does not keep the process from ending.
func TestHangingDiskDoesNotHoldTheEnd(t *testing.T) {
	disk := &slowDisk{}
	l, _, logs := recordedLoop(t, &Settings{Instances: []Instance{testInstance(7)}}, disk)
	go l.log.run()
	disk.mu.Lock()
	defer disk.mu.Unlock()
	l.record.patience = 10 * time.Millisecond
	go l.record.run()
	l.record.close()
	l.log.stop()
	if logs.FilterMessageSnippet("has no end").Len() != 1 {
		t.Errorf("%v", logs.All())
	}
}

// TestRecordingAllocatesNothingOnTheLoop: all that a recording costs an advertisement is a copy.
func TestRecordingAllocatesNothingOnTheLoop(t *testing.T) {
	in := testInstance(7, "192.0.2.100/32")
	l, w, _ := recordedLoop(t, &Settings{Instances: []Instance{in}}, &slowDisk{})
	w.packet = advert(&in, 200, nil)
	st := l.station1()
	before := len(l.record.filled.entries)
	// Many runs: what goroutines of earlier tests still allocate counts as well, less than once a run.
	allocs := testing.AllocsPerRun(100, func() {
		w.left = 10
		l.read(st)
	})
	if allocs != 0 {
		t.Errorf("%v allocations for 10 received", allocs)
	}
	if n := len(l.record.filled.entries) - before; n != 1010 || l.record.over != nil {
		t.Errorf("%d recorded, %v", n, l.record.over)
	}
}

func BenchmarkReceiveRecorded(b *testing.B) {
	in := testInstance(7, "192.0.2.100/32")
	l, w, _ := recordedLoop(b, &Settings{Instances: []Instance{in}}, &slowDisk{})
	w.packet = advert(&in, 200, nil)
	st := l.station1()
	b.ReportAllocs()
	for b.Loop() {
		w.left = 100
		l.read(st)
		l.record.filled = recorded{l.record.filled.entries[:0], l.record.filled.actions[:0]}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100, "ns/advert")
}

// BenchmarkAdvertRecorded is what a MASTER does for one advertisement, with and without a recording.
func BenchmarkAdvertRecorded(b *testing.B) {
	for name, on := range map[string]bool{"off": false, "on": true} {
		b.Run(name, func(b *testing.B) {
			in := testInstance(7, "192.0.2.100/32")
			in.Priority = packet.Owner
			l, _, _ := recordedLoop(b, &Settings{Instances: []Instance{in}}, &slowDisk{})
			r := l.record
			if !on {
				l.record = nil
			}
			at := time.Hour
			b.ReportAllocs()
			for b.Loop() {
				at += in.AdvertInt
				l.event = vrrp.Event{Kind: vrrp.Tick}
				l.stepAt(at)
				r.filled = recorded{r.filled.entries[:0], r.filled.actions[:0]}
			}
		})
	}
}
