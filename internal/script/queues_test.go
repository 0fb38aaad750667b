package script

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

// journal is a run function that keeps what was run and waits where it is told to.
type journal struct {
	mu   sync.Mutex
	said []string
	gate map[string]chan struct{}
}

func (j *journal) run(ctx context.Context, owner string, c Command) {
	if gate := j.gate[c.Args[0]]; gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.said = append(j.said, owner+" "+c.Args[0])
}

func (j *journal) all() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.said)
}

func command(name string) Command { return Command{Args: []string{name}} }

// begun waits until the first command of an owner, which hangs, is being run.
func begun(t *testing.T, q *Queues, owner string) {
	t.Helper()
	is := func() bool {
		q.mu.Lock()
		defer q.mu.Unlock()
		return q.waiting[owner].batches == 0
	}
	for end := time.Now().Add(60 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the first command is not run")
		}
	}
}

func TestScriptsOfOneOwnerKeepTheirOrderAndHoldUpNobodyElse(t *testing.T) {
	slow := make(chan struct{})
	j := &journal{gate: map[string]chan struct{}{"slow": slow}}
	q := NewQueues(j.run, nil)
	q.Add("a", command("slow"), command("second"))
	q.Add("a", command("third"))
	q.Add("b", command("other"))
	for end := time.Now().Add(60 * time.Second); len(j.all()) == 0 && time.Now().Before(end); time.Sleep(time.Millisecond) {
	}
	if got := j.all(); !slices.Equal(got, []string{"b other"}) {
		t.Fatalf("while a's first script hangs: %v, want b's alone", got)
	}
	close(slow)
	if !q.Wait(60 * time.Second) {
		t.Fatal("the queues did not get empty")
	}
	if got := j.all(); !slices.Equal(got, []string{"b other", "a slow", "a second", "a third"}) {
		t.Errorf("order %v", got)
	}
}

func TestStopEndsWhatHangsAndLeavesOutTheRest(t *testing.T) {
	j := &journal{gate: map[string]chan struct{}{"hangs": make(chan struct{})}}
	q := NewQueues(j.run, nil)
	q.Add("a", command("hangs"), command("never"))
	begun(t, q, "a")
	if q.Stop(time.Millisecond) {
		t.Error("a hanging script counted as ended")
	}
	q.Add("a", command("late"))
	if got := j.all(); !slices.Equal(got, []string{"a hangs"}) {
		t.Errorf("ran %v, want the first alone", got)
	}
}

// TestOldestGiveWayWhileAScriptHangs: what comes last is kept whole, what is dropped is counted, and said
// once for each time that a queue gets too long.
func TestOldestGiveWayWhileAScriptHangs(t *testing.T) {
	hang := make(chan struct{})
	j := &journal{gate: map[string]chan struct{}{"hangs": hang}}
	var mu sync.Mutex
	var told []string
	q := NewQueues(j.run, func(owner string) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, owner)
	})
	q.Add("a", command("hangs"), command("rest"))
	begun(t, q, "a")
	const more = 10 * MaxWaiting
	for i := range more {
		q.Add("a", command(fmt.Sprint("own ", i)), command(fmt.Sprint("any ", i)))
	}
	q.Add("b", command("other"))
	if n := q.Dropped(); n != 2*(more-MaxWaiting) {
		t.Errorf("%d dropped", n)
	}
	close(hang)
	if !q.Wait(60 * time.Second) {
		t.Fatal("the queues did not get empty")
	}
	want := []string{"a hangs", "a rest"}
	for i := more - MaxWaiting; i < more; i++ {
		want = append(want, fmt.Sprint("a own ", i), fmt.Sprint("a any ", i))
	}
	got := slices.DeleteFunc(j.all(), func(s string) bool { return s == "b other" })
	if !slices.Equal(got, want) {
		t.Errorf("ran %v\nwant %v", got, want)
	}
	mu.Lock()
	defer mu.Unlock()
	if !slices.Equal(told, []string{"a"}) {
		t.Errorf("told of %v", told)
	}
}
