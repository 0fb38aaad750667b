package director_test

import (
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/lvs"
)

// fakeMarker keeps tables of marks as nftables would.
type fakeMarker struct {
	h      *harness
	mu     sync.Mutex
	tables map[string][]lvs.Mark
	last   string
	calls  []string
	fail   error
}

func (m *fakeMarker) Mark(want director.Marks) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	var ports []string
	for _, e := range want.List {
		ports = append(ports, fmt.Sprint(e.FWMark))
	}
	m.calls = append(m.calls, strings.TrimSpace(want.Table+" "+strings.Join(ports, " ")+" -"+strings.Join(want.Former, " -")))
	if m.fail != nil {
		return m.fail
	}
	if m.tables == nil {
		m.tables = map[string][]lvs.Mark{}
	}
	for _, t := range append(want.Former, want.Table) {
		delete(m.tables, t)
	}
	if m.last = want.Table; len(want.List) > 0 {
		m.tables[want.Table] = want.List
	}
	return nil
}

func (m *fakeMarker) Marked() (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, there := m.tables[m.last]
	return there, nil
}

// lose lets somebody else take all tables away.
func (m *fakeMarker) lose() {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.tables)
}

func (m *fakeMarker) failWith(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = err
}

// called demands what was done since the last call.
func (m *fakeMarker) called(want ...string) {
	m.h.t.Helper()
	synctest.Wait()
	m.mu.Lock()
	defer m.mu.Unlock()
	if diff := cmp.Diff(want, m.calls); diff != "" {
		m.h.t.Errorf("marks (-want +got):\n%s", diff)
	}
	m.calls = nil
}

// marked has a mark that follows VI_1, and one that follows VI_2.
func marked() director.Settings {
	s := settings(1)
	s.Marks = &director.Marks{Table: "ipvs", Priority: -1}
	for i, name := range []string{"VI_1", "VI_2"} {
		a := netip.AddrFrom4([4]byte{10, 0, 0, byte(i)})
		s.Marks.List = append(s.Marks.List, lvs.Mark{First: a, Last: a, Port: 80, Protocol: lvs.TCP, FWMark: 1000 + uint32(i), Follow: []lvs.Follow{{Name: name}}})
	}
	return s
}

func newMarkedHarness(t *testing.T) (*harness, *fakeMarker) {
	h := newHarness(t)
	m := &fakeMarker{h: h}
	h.deps.Marker = m
	return h, m
}

func TestMarksFollowTheMaster(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, m := newMarkedHarness(t)
		h.run(marked())
		m.called() // nobody has said who is MASTER
		h.Masters([]string{"VI_1"}, nil)
		m.called("ipvs 1000 -")
		h.Masters([]string{"VI_1", "VI_2"}, nil)
		m.called("ipvs 1000 1001 -")
		h.Reload(marked())
		pass(time.Minute)
		m.called()
		h.Masters(nil, nil)
		m.called("ipvs  -")
		h.Masters([]string{"VI_2"}, nil)
		m.called("ipvs 1001 -")
		h.stop()
		m.called("-ipvs")
	})
}

// The answer to Masters, on which the addresses wait, comes when there is a service and what leads to it.
func TestMarksAreThereBeforeTheAddresses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, m := newMarkedHarness(t)
		h.run(marked())
		<-h.Masters([]string{"VI_1"}, nil)
		m.called("ipvs 1000 -")
		h.stop()
	})
}

func TestMarksThatSomebodyTakesAwayAreDrift(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, m := newMarkedHarness(t)
		h.run(marked())
		h.Masters([]string{"VI_1"}, nil)
		m.called("ipvs 1000 -")
		m.lose()
		pass(10 * time.Second)
		m.called("ipvs 1000 -")
		h.drifted(1)
		pass(time.Minute)
		m.called()
		h.stop()
	})
}

func TestMarksThatCannotBeWrittenAreTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, m := newMarkedHarness(t)
		m.failWith(errors.New("no nftables"))
		h.run(marked())
		<-h.Masters([]string{"VI_1"}, nil) // nobody waits for it
		pass(time.Second)
		if s := h.Status(); s.LastError != "mark packets: no nftables" {
			t.Errorf("error %q", s.LastError)
		}
		if n := h.logged("marking packets for IPVS failed"); n != 1 {
			t.Errorf("logged %d times", n)
		}
		m.failWith(nil)
		pass(time.Minute)
		m.mu.Lock()
		there := len(m.tables["ipvs"])
		m.mu.Unlock()
		if s := h.Status(); there != 1 || s.LastError != "" || s.Drift != 0 {
			t.Errorf("%d marks, error %q, drift %d", there, s.LastError, s.Drift)
		}
		h.stop()
	})
}

func TestMarksOfAnEarlierProcessAreTakenOverOrRemoved(t *testing.T) {
	file := filepath.Join(t.TempDir(), "services")
	synctest.Test(t, func(t *testing.T) {
		h, m := newMarkedHarness(t)
		h.deps.StateFile = file
		h.run(marked())
		h.Masters([]string{"VI_1"}, nil)
		m.called("ipvs 1000 -")
		h.crash()
		h.run(marked())
		m.called() // they are right, as far as anybody knows
		h.Masters([]string{"VI_1"}, nil)
		m.called("ipvs 1000 -") // leaves them alone, being the same
		h.crash()
		s := marked() // nftables_ipvs has another name now
		s.Marks.Table = "other"
		h.run(s)
		h.Masters([]string{"VI_1"}, nil)
		m.called("other 1000 -ipvs")
		h.crash()
		h.run(settings(1))       // it was taken out
		m.called("-ipvs -other") // both may have been there
		if len(m.tables) != 0 {
			t.Errorf("left: %v", m.tables)
		}
		h.stop()
		m.called()
	})
}
