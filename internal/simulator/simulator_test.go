package simulator_test

import (
	"flag"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/holdfast-ha/holdfast/internal/simulator"
)

var (
	seed = flag.Uint64("seed", 1, "first seed of the simulation")
	only = flag.Bool("only", false, "run the world of -seed alone")
)

// length is how long one world runs.
const length = 20 * time.Hour

func options(seed uint64, faults []simulator.Fault, make simulator.Make) simulator.Options {
	return simulator.Options{Seed: seed, Faults: faults, Length: length, Quiet: 10 * time.Minute, Make: make}
}

// TestPromisesAreKeptForTenThousandHours runs worlds with all faults. A failure prints its seed;
// run it again with -args -only -seed N.
func TestPromisesAreKeptForTenThousandHours(t *testing.T) {
	type total struct {
		hours, adverts, packets, episodes, transitions int
	}
	const workers = 2
	var sums [workers]total
	var group errgroup.Group
	for worker := range workers {
		group.Go(func() error {
			sum := &sums[worker]
			for n := uint64(worker); sum.hours < hours/workers; n += workers {
				w, err := simulator.Run(options(*seed+n, simulator.AllFaults(), simulator.Real))
				if err != nil {
					return err
				}
				sum.hours += int(w.Hours())
				sum.adverts += w.Adverts
				sum.packets += w.Packets
				sum.episodes += w.Episodes
				sum.transitions += w.Transitions
				if *only {
					return nil
				}
			}
			return nil
		})
	}
	err := group.Wait()
	var sum total
	for _, s := range sums {
		sum = total{sum.hours + s.hours, sum.adverts + s.adverts, sum.packets + s.packets, sum.episodes + s.episodes, sum.transitions + s.transitions}
	}
	t.Logf("from seed %d: %+v", *seed, sum)
	if err != nil {
		t.Fatal(err)
	}
}

func TestAWorldDoesTheSameEachTime(t *testing.T) {
	type figures struct{ adverts, packets, episodes, transitions int }
	run := func(seed uint64) figures {
		w, err := simulator.Run(options(seed, simulator.AllFaults(), simulator.Real))
		if err != nil {
			t.Fatal(err)
		}
		return figures{w.Adverts, w.Packets, w.Episodes, w.Transitions}
	}
	if a, b := run(*seed), run(*seed); a != b {
		t.Errorf("%+v, then %+v", a, b)
	}
	if a, b := run(*seed), run(*seed+1); a == b {
		t.Errorf("two seeds, one story: %+v", a)
	}
}

func BenchmarkHour(b *testing.B) {
	b.ReportAllocs()
	for n := uint64(0); b.Loop(); n++ {
		o := options(n, simulator.AllFaults(), simulator.Real)
		o.Length = time.Hour
		if _, err := simulator.Run(o); err != nil {
			b.Fatal(err)
		}
	}
}
