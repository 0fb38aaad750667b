package bench

import (
	"fmt"
	"strings"
	"time"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

// load is what 255 instances cost a director.
type load struct {
	cpu      float64 // percent of one processor
	resident float64 // megabytes
}

// Instances measures 255 instances at 0.1 s as MASTER and as BACKUP, and the resident memory of
// all processes. As BACKUP both listen to the same sender: keepalived.
func Instances(holdfast, keepalived string, window time.Duration) ([]Row, error) {
	var as [2][2]load // [MASTER, BACKUP][keepalived, holdfast]
	for i, program := range []string{keepalived, holdfast} {
		var err error
		if as[0][i], err = instanceLoad(program, "", window); err != nil {
			return nil, fmt.Errorf("255 instances as MASTER, %s: %w", program, err)
		}
		if as[1][i], err = instanceLoad(program, keepalived, window); err != nil {
			return nil, fmt.Errorf("255 instances as BACKUP, %s: %w", program, err)
		}
	}
	return []Row{
		{What: "255 instances at 0.1 s, CPU as MASTER", Unit: "%", Goal: 0.5, Keepalived: as[0][0].cpu, Holdfast: as[0][1].cpu},
		{What: "the same as BACKUP", Unit: "%", Goal: 0.5, Keepalived: as[1][0].cpu, Holdfast: as[1][1].cpu},
		{What: "resident memory of all processes, 255 instances", Unit: "MB", Limit: 30, Keepalived: as[0][0].resident, Holdfast: as[0][1].resident},
	}, nil
}

// instanceLoad measures program as MASTER, or as BACKUP of sender if one is given.
func instanceLoad(program, sender string, window time.Duration) (load, error) {
	b, err := newBed()
	if err != nil {
		return load{}, err
	}
	defer b.net.Close()
	measured, config, master := b.one, instances(255, "BACKUP", 100, "0.1"), b.one
	if sender != "" {
		master = b.two
		// With real-time priority: one that is held up makes the others take over.
		p, err := start(b.two, sender, strings.Replace(instances(255, "MASTER", 200, "0.1"), "router_id bench\n", "router_id bench\n"+realtime, 1))
		if err != nil {
			return load{}, err
		}
		defer p.KillAll()
		if err := waitFor("the sender to be MASTER", time.Minute, holds(b.two, 255)); err != nil {
			return load{}, err
		}
	}
	p, err := start(measured, program, config)
	if err != nil {
		return load{}, err
	}
	defer p.KillAll()
	if err := waitFor("255 addresses", time.Minute, holds(master, 255)); err != nil {
		return load{}, err
	}
	time.Sleep(2 * time.Second) // announcements and start-up work are over
	if sender != "" && holds(measured, 1)() {
		return load{}, fmt.Errorf("it took over from a healthy MASTER")
	}
	return loadOver(p, window), nil
}

func loadOver(p *lab.Process, window time.Duration) load {
	family := pids(p)
	before, at := CPU(family), time.Now()
	time.Sleep(window)
	used := CPU(family) - before
	return load{
		cpu:      100 * float64(used) / float64(time.Since(at)),
		resident: Resident(family),
	}
}
