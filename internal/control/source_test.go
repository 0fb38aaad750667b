package control

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestManyAskersCostOneQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		s := NewSource(func() Status {
			time.Sleep(10 * time.Millisecond)
			return Status{PID: int(asked.Add(1))}
		})
		ask := func(want int) {
			t.Helper()
			var all sync.WaitGroup
			for range 50 {
				all.Go(func() {
					if got, err := s.Snapshot(t.Context()); err != nil || got.PID != want {
						t.Errorf("answer %+v, %v; want number %d", got, err, want)
					}
				})
			}
			all.Wait()
		}
		ask(1)
		time.Sleep(SnapshotAge - 11*time.Millisecond)
		ask(1)
		time.Sleep(time.Millisecond)
		ask(2)
		// Something happens: who asks now sees it, at once though the last answer is young, but not at any price.
		s.Stale()
		begin := time.Now()
		ask(3)
		if took := time.Since(begin); took != freshAge {
			t.Errorf("asked again after %v, want %v", took, freshAge)
		}
		ask(3)
	})
}

func TestWhatHappensWhileItIsAskedIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		var s *Source
		s = NewSource(func() Status {
			asked++
			s.Stale() // there is no end of events
			time.Sleep(time.Millisecond)
			return Status{PID: asked}
		})
		for want := 1; want < 5; want++ {
			if got, err := s.Snapshot(t.Context()); err != nil || got.PID != want {
				t.Errorf("answer %+v, %v; want number %d", got, err, want)
			}
		}
		// Who comes while the processes are being asked must not get what they said before the event.
		time.Sleep(freshAge)
		go s.Snapshot(t.Context())
		synctest.Wait()
		if got, err := s.Snapshot(t.Context()); err != nil || got.PID != 6 {
			t.Errorf("answer %+v, %v; want number 6", got, err)
		}
	})
}

func TestAskerDoesNotWaitBeyondItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		s := NewSource(func() Status { <-hang; return Status{} })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := s.Snapshot(ctx); err != context.DeadlineExceeded {
			t.Errorf("Snapshot = %v, want the end of the context", err)
		}
		close(hang)
	})
}

func TestLatestEventsAreKeptInOrder(t *testing.T) {
	var e Events
	if got := e.After(0); got != nil {
		t.Errorf("without an event there are %v", got)
	}
	woken, end := e.Subscribe()
	for range 3 {
		e.Add(Event{Kind: EventReload})
	}
	<-woken
	select {
	case <-woken:
		t.Error("woken twice without looking")
	default:
	}
	end()
	for range keptEvents + 500 {
		e.Add(Event{Kind: EventReload})
	}
	select {
	case <-woken:
		t.Error("woken after the end of the subscription")
	default:
	}
	all := e.After(0)
	last := uint64(keptEvents + 503)
	if len(all) != keptEvents || all[0].Number != last-keptEvents+1 || all[len(all)-1].Number != last {
		t.Errorf("%d events, %d to %d", len(all), all[0].Number, all[len(all)-1].Number)
	}
	for i := 1; i < len(all); i++ {
		if all[i].Number != all[i-1].Number+1 {
			t.Fatalf("event %d follows on %d", all[i].Number, all[i-1].Number)
		}
	}
	if got := e.After(last - 2); len(got) != 2 || got[0].Number != last-1 {
		t.Errorf("after the last but two: %v", got)
	}
	go e.Add(Event{Kind: EventBFD})
	if got := e.Wait(last, time.Hour); len(got) != 1 || got[0].Kind != EventBFD {
		t.Errorf("who waits gets %v", got)
	}
	if got := e.Wait(last+1, 0); got != nil {
		t.Errorf("who does not wait gets %v", got)
	}
	last++
	if got := e.After(last); got != nil {
		t.Errorf("after the last: %v", got)
	}
	if got := e.After(last + 100); got != nil {
		t.Errorf("of a daemon before: %v", got)
	}
}
