package bench

import (
	"os"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

// The limit is far above what make bench asks for: this shows that a flood cannot hold a MASTER up, on
// whatever machine.
func TestNSFloodNeitherSilencesAMasterNorMovesState(t *testing.T) {
	// The hosts have a /tmp of their own.
	dir, err := os.MkdirTemp("/var/tmp", "holdfast-flood")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	program, err := copyProgram("../../bin/holdfast", dir) // of make build
	if err != nil {
		t.Fatal(err)
	}
	f, err := flood(program, floodHMAC, 3, 4*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%.0f frames a second; the latest advertisement was %v late", f.rate, f.late)
	if f.strange != 0 {
		t.Errorf("%d advertisements show a change of state", f.strange)
	}
	if f.late > 2*time.Second {
		t.Errorf("the MASTER was held up for %v", f.late)
	}
}

func TestLatestAdvertOfAFlood(t *testing.T) {
	const second = time.Second
	begin := time.Unix(1000, 0)
	// all is what every instance says at these times, but for one, which says it at those.
	all := func(first bool, times ...time.Duration) (seen []lab.Advert) {
		for _, at := range times {
			for vrid := 1; vrid <= floodInstances; vrid++ {
				if vrid > 1 || first {
					seen = append(seen, lab.Advert{At: begin.Add(at), VRID: vrid, Priority: 200})
				}
			}
		}
		return seen
	}
	late := all(true, second/2, 3*second/2, 5*second/2)
	late[len(late)-1].At = late[len(late)-1].At.Add(7 * time.Millisecond)
	other := append(all(true, second/2, 3*second/2), lab.Advert{At: begin.Add(2 * second), VRID: 1, Priority: 0})
	for name, c := range map[string]struct {
		seen []lab.Advert
		want time.Duration
	}{
		"in time":                         {all(true, second/2, 3*second/2, 5*second/2), 0},
		"one is late":                     {late, 7 * time.Millisecond},
		"nothing at all":                  {nil, 2 * second},
		"one says nothing":                {all(false, second/2, 3*second/2), 3 * second / 2},
		"they stop":                       {all(true, second/2), 3 * second / 2},
		"the capture begins late":         {all(true, 9*second/10, 19*second/10), second / 10},
		"another priority is none of its": {other, second / 2},
	} {
		t.Run(name, func(t *testing.T) {
			if got := latest(c.seen, second, begin, begin.Add(3*second)); got != c.want {
				t.Errorf("late by %v, want %v", got, c.want)
			}
		})
	}
}
