package bench

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

// virtual is the first virtual address of every configuration here.
var virtual = netip.MustParseAddr("10.9.0.1")

// probeInterval is the distance of the probes that find a silence.
const probeInterval = 2 * time.Millisecond

// pair is a MASTER (one) and a BACKUP (two) of the same program, and a client that probes.
type pair struct {
	*bed
	master, backup *lab.Director
	ping           *lab.Pinger
	interval       time.Duration // between advertisements
}

// newPair starts both directors with the given interval between advertisements and waits until the
// address answers.
func newPair(program, interval string) (*pair, error) {
	seconds, err := strconv.ParseFloat(interval, 64)
	if err != nil {
		return nil, err
	}
	b, err := newBed()
	if err != nil {
		return nil, err
	}
	p := &pair{bed: b, interval: time.Duration(seconds * float64(time.Second))}
	daemon := lab.Program{Name: program, Path: program}
	p.master, p.backup = b.one.Direct(daemon), b.two.Direct(daemon)
	if err := p.begin(interval); err != nil {
		b.net.Close()
		return nil, err
	}
	return p, nil
}

func (p *pair) begin(interval string) error {
	if err := p.user.IP("route add 10.9.0.0/16 dev eth0"); err != nil {
		return err
	}
	if err := p.master.Start(instances(1, "BACKUP", 200, interval)); err != nil {
		return err
	}
	if err := waitFor("the MASTER", 20*time.Second, holds(p.one, 1)); err != nil {
		return err
	}
	if err := p.backup.Start(instances(1, "BACKUP", 100, interval)); err != nil {
		return err
	}
	var err error
	if p.ping, err = p.user.Ping(virtual, probeInterval); err != nil {
		return err
	}
	time.Sleep(time.Second) // the BACKUP has heard the MASTER
	return waitFor("an answer", 10*time.Second, func() bool { return p.ping.Answered(50 * time.Millisecond) })
}

// silence disturbs the pair and returns how long the address was silent, in milliseconds, less the
// distance of the probes.
func (p *pair) silence(disturb func() error, settled func() bool) (float64, error) {
	p.ping.Mark()
	time.Sleep(100 * time.Millisecond)
	if err := disturb(); err != nil {
		return 0, err
	}
	if err := waitFor("the switchover", 30*time.Second, settled); err != nil {
		return 0, err
	}
	if err := waitFor("an answer", 10*time.Second, func() bool { return p.ping.Answered(50 * time.Millisecond) }); err != nil {
		return 0, err
	}
	time.Sleep(300 * time.Millisecond)
	read := p.ping.Read()
	return max(0, float64(read.Longest-probeInterval-read.Stall)/float64(time.Millisecond)), nil
}

// disturbance is what happens to a healthy pair.
type disturbance struct {
	name     string
	interval string
	do       func(*pair) error
	settled  func(*pair) func() bool
}

func moved(p *pair) func() bool { return holds(p.two, 1) }

func cut(p *pair) error { return p.one.Cut("eth0") }

func stop(p *pair) error { return p.master.StopPlanned() }

// crash kills every process of the MASTER and starts it again after half a second, as an init
// system does.
func crash(p *pair) error {
	p.master.Crash()
	time.Sleep(500 * time.Millisecond)
	return p.master.Launch()
}

// back is settled when the restarted director has had time for whatever it does at its start.
func back(p *pair) func() bool {
	start := time.Now()
	return func() bool { return time.Since(start) > 5*time.Second && (holds(p.one, 1)() || holds(p.two, 1)()) }
}

// bound is the longest silence that the protocol allows for after a cut: three intervals and the
// skew time at priority 100, in milliseconds.
func bound(interval float64) float64 { return 1000 * interval * (3 + 156.0/256) }

// Silence measures how long the virtual address does not answer.
func Silence(holdfast, keepalived string, runs int) ([]Row, error) {
	disturbances := []struct {
		disturbance
		limit float64
	}{
		{disturbance{"planned stop, advert_int 1, longest silence", "1", stop, moved}, 10},
		{disturbance{"kill -9 and restart after 0.5 s, advert_int 1", "1", crash, back}, 2},
	}
	var rows []Row
	for _, d := range disturbances {
		row := Row{What: d.name, Unit: "ms", Limit: d.limit, Note: fmt.Sprintf("longest of %d", runs)}
		for _, one := range []struct {
			program string
			into    *float64
		}{{keepalived, &row.Keepalived}, {holdfast, &row.Holdfast}} {
			var all []float64
			for range runs {
				ms, err := oneSilence(one.program, d.disturbance)
				if err != nil {
					return rows, fmt.Errorf("%s, %s: %w", d.name, one.program, err)
				}
				all = append(all, ms)
			}
			*one.into = slices.Max(all)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func oneSilence(program string, d disturbance) (float64, error) {
	p, err := newPair(program, d.interval)
	if err != nil {
		return 0, err
	}
	defer p.net.Close()
	return p.silence(func() error { return d.do(p) }, d.settled(p))
}
