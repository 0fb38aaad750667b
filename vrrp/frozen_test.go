package vrrp_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/holdfast-ha/holdfast/vrrp"
)

// frozen is a MASTER and a BACKUP on machines that stand still at times.
type frozen struct {
	interval       time.Duration
	backup         *host
	dies           time.Duration // the MASTER, for good
	from           time.Duration // both stand still
	backupTo       time.Duration
	masterTo       time.Duration
	lost           bool // what is sent to a machine that stands still does not wait for it
	first          bool // of adverts and deadlines of one moment: the deadline comes first
	next, becameAt time.Duration
}

// run goes on until end, and notes when the BACKUP became MASTER.
func (f *frozen) run(end time.Duration) {
	still := func(at, to time.Duration) bool { return at >= f.from && at < to }
	for f.becameAt == 0 {
		due, _ := f.backup.r.Next()
		if still(due, f.backupTo) {
			due = f.backupTo
		}
		sent := f.next
		if still(sent, f.masterTo) {
			sent = f.masterTo
		}
		switch {
		case min(due, sent) > end:
			return
		case sent < due || sent == due && !f.first:
			f.next = sent + f.interval
			if sent >= f.dies {
				f.next = time.Hour
				continue
			}
			if still(sent, f.backupTo) {
				if f.lost {
					continue
				}
				// It waits in the socket, which is read before deadlines are looked at.
			}
			f.backup.now = sent
			f.backup.hearEvery(200, highAddr, f.interval)
		default:
			f.backup.now = due
			f.backup.do(vrrp.Event{})
			if f.backup.r.State(1) == vrrp.Master {
				f.becameAt = due
			}
		}
	}
}

func drawFrozen(t *testing.T, rt *rapid.T) *frozen {
	i := rapid.SampledFrom([]time.Duration{10 * ms, 100 * ms, sec, 5 * sec}).Draw(rt, "interval")
	at := func(name string, most time.Duration) time.Duration {
		return time.Duration(rapid.Int64Range(0, int64(most)).Draw(rt, name))
	}
	f := &frozen{
		interval: i, dies: time.Hour, from: 10*i + at("from", i), first: rapid.Bool().Draw(rt, "deadlines first"),
		lost: rapid.Bool().Draw(rt, "lost"), backup: boot(t, nil, v3(interval(i))),
	}
	f.backupTo = f.from + at("for", 20*i)
	f.masterTo = f.from
	return f
}

// TestMachineThatStoodStillElectsNoSecondMaster: a BACKUP whose machine stood still, for a snapshot or because
// its host was busy, does not take that for its MASTER's silence, whether the MASTER was alive meanwhile or
// stood still as well and wakes up a little later.
func TestMachineThatStoodStillElectsNoSecondMaster(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := drawFrozen(t, rt)
		if rapid.Bool().Draw(rt, "both") {
			f.masterTo = f.backupTo + time.Duration(rapid.Int64Range(0, int64(f.interval/2)).Draw(rt, "longer"))
		}
		f.run(50 * f.interval)
		if f.becameAt != 0 {
			rt.Fatalf("a second MASTER at %v: still from %v to %v, the MASTER to %v", f.becameAt, f.from, f.backupTo, f.masterTo)
		}
	})
}

// TestMachineThatStoodStillStillTakesOver: a MASTER that died meanwhile is missed, at the latest an interval
// and the skew time after the machine has gone on; a machine that did not stand still loses nothing.
func TestMachineThatStoodStillStillTakesOver(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := drawFrozen(t, rt)
		f.dies = f.from + time.Duration(rapid.Int64Range(-int64(4*f.interval), int64(4*f.interval)).Draw(rt, "dies"))
		f.run(50 * f.interval)
		skew := skew256(156, f.interval)
		bound := max(f.dies+3*f.interval+skew, f.backupTo+f.interval+skew)
		if f.backupTo == f.from {
			bound = f.dies + 3*f.interval + skew
		}
		if f.becameAt == 0 || f.becameAt > bound {
			rt.Fatalf("MASTER at %v, at the latest %v: still from %v to %v, the MASTER died at %v", f.becameAt, bound, f.from, f.backupTo, f.dies)
		}
	})
}
