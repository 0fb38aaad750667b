package bench

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

const (
	hogs          = 4
	shortInterval = 10 * time.Millisecond
)

// Lateness measures how late advertisements of 255 instances at 10 ms leave, with real-time priority
// and with hogs that want every processor: the distance of two adverts of an instance on the wire,
// less the interval.
func Lateness(holdfast, keepalived string, window time.Duration) ([]Row, error) {
	row := Row{What: "timer lateness p99.9, 255 instances at 10 ms, 4 CPU hogs", Unit: "ms", Limit: 2}
	for _, one := range []struct {
		program string
		into    *float64
	}{{keepalived, &row.Keepalived}, {holdfast, &row.Holdfast}} {
		late, err := latenessOf(one.program, window)
		if err != nil {
			return nil, fmt.Errorf("timer lateness, %s: %w", one.program, err)
		}
		*one.into = late
	}
	return []Row{row}, nil
}

func latenessOf(program string, window time.Duration) (float64, error) {
	b, err := newBed()
	if err != nil {
		return 0, err
	}
	defer b.net.Close()
	config := strings.Replace(instances(255, "BACKUP", 100, "0.01"), "router_id bench\n", "router_id bench\n  vrrp_rt_priority 50\n  vrrp_rlimit_rttime 10000000\n", 1)
	p, err := start(b.one, program, config)
	if err != nil {
		return 0, err
	}
	defer p.KillAll()
	if err := waitFor("255 addresses", time.Minute, holds(b.one, 255)); err != nil {
		return 0, err
	}
	for range hogs {
		hog := exec.Command("sh", "-c", "while :; do :; done")
		if err := hog.Start(); err != nil {
			return 0, fmt.Errorf("start a hog: %w", err)
		}
		defer func() {
			_ = hog.Process.Kill()
			_ = hog.Wait()
		}()
	}
	time.Sleep(time.Second)
	seen, err := b.net.Capture(func(f lab.Frame) bool { return f.Port == b.one.Name && lab.IsAdvert(f) })
	if err != nil {
		return 0, err
	}
	time.Sleep(window)
	seen.Stop()
	var late []time.Duration
	last := map[int]time.Time{}
	for _, f := range seen.Frames() {
		a, _ := lab.DecodeAdvert(f)
		if at, known := last[a.VRID]; known {
			late = append(late, a.At.Sub(at)-shortInterval)
		}
		last[a.VRID] = a.At
	}
	if len(late) < 1000 {
		return 0, fmt.Errorf("only %d advertisements seen in %s", len(late), window)
	}
	slices.Sort(late)
	return float64(late[len(late)*999/1000]) / float64(time.Millisecond), nil
}
