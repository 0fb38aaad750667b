//go:build lab

package scenario

import (
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

// TestStandstill has both routers stand still for longer than the BACKUP has patience, as virtual machines do
// when their hosts are busy or take snapshots, and the BACKUP go on first: it does not become MASTER, for it
// could not have heard anything. keepalived does; that is told, not demanded.
func TestStandstill(t *testing.T) {
	programs := []lab.Program{lab.Keepalived}
	if tested := under(t); tested != lab.Keepalived {
		programs = append(programs, tested)
	}
	for _, p := range programs {
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			a := newArena(t, even("standstill", 3, time.Second), [2]lab.Program{p, p})
			must(t, a.routers[0].Start(a.config(0)))
			eventually(t, 30*time.Second, "a alone is master", func() bool { return a.only() == "a" })
			must(t, a.routers[1].Start(a.config(1)))
			a.joined(a.routers[1])
			a.rest("both started")
			adverts, fair := 0, 0
			for try := 0; fair < 3 && try < 10; try++ {
				n, ahead := a.standStill(6 * time.Second)
				// After this the BACKUP has waited for long enough, awake.
				if ahead > time.Second {
					t.Logf("the BACKUP was %v ahead: not counted", ahead)
				} else {
					adverts, fair = adverts+n, fair+1
				}
				a.rest("both went on")
			}
			t.Logf("%d times both stood still and the BACKUP went on first: it sent %d advertisements", fair, adverts)
			if fair == 0 {
				t.Error("the MASTER was never woken up in time")
			}
			if p != lab.Keepalived && adverts != 0 {
				t.Error("the BACKUP took its own standstill for the MASTER's silence")
			}
		})
	}
}

// standStill stops all processes of both routers for a while, lets b go on 0.3 s ahead of a, or whatever
// becomes of that here, and counts what b sends in the two seconds after.
func (a *arena) standStill(d time.Duration) (adverts int, ahead time.Duration) {
	a.t.Helper()
	for _, r := range a.routers {
		a.signalAll(r, syscall.SIGSTOP)
	}
	time.Sleep(d)
	begin := time.Now()
	a.signalAll(a.routers[1], syscall.SIGCONT)
	time.Sleep(300 * time.Millisecond)
	a.signalAll(a.routers[0], syscall.SIGCONT)
	ahead = time.Since(begin)
	time.Sleep(2 * time.Second)
	for _, advert := range a.wire.Adverts() {
		if advert.Port == "b" && advert.At.After(begin) {
			adverts++
		}
	}
	return adverts, ahead
}

// signalAll sends a signal to every process of a router.
func (a *arena) signalAll(r *lab.Director, s syscall.Signal) {
	a.t.Helper()
	for _, m := range r.Process.Family() {
		must(a.t, unix.Kill(m.PID, s))
	}
}
