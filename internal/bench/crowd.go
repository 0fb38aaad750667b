package bench

import (
	"fmt"
	"time"

	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/lab"
)

// Of 20,000 real checks each comes every 20 s: 1000 a second.
const (
	crowdServers = 5000
	crowdSeconds = 20
	crowdRounds  = 2 // the first one has a log line for each check
	crowdLimit   = 3 * time.Minute
)

// measureCrowd lets Holdfast check 20,000 real servers and asks it how late the checks begin. The last 4096 of
// the second round are judged.
//
// The guest's one processor is the limit. A check costs 0.35 ms of it, both ends, the network and the system
// calls of user-mode-linux included, so that 1000 a second leave it time to spare. They cost twice that while
// package net accepted the connections and the host moved the guest's processes from one processor to another,
// and the guest had less than a processor: checks then waited for the machine, and the first ones for the table.
func measureCrowd() (finding, error) {
	b, err := newBed()
	if err != nil {
		return finding{}, err
	}
	defer b.net.Close()
	server, err := accept(b.two)
	if err != nil {
		return finding{}, err
	}
	defer server.close()
	d := b.one.Direct(lab.Holdfast)
	if err := d.Start(services(crowdServers, checkEvery(crowdSeconds))); err != nil {
		return finding{}, err
	}
	defer d.Crash()
	if err := waitForAll(b.one, 4*crowdServers); err != nil {
		return finding{}, err
	}
	if err := waitForChecks(b.two, crowdRounds*4*crowdServers); err != nil {
		return finding{}, err
	}
	var load director.CheckLoad
	err = waitFor("the state of the checks", time.Minute, func() bool {
		load, err = checkLoad(b.one)
		return err == nil
	})
	if err != nil {
		return finding{}, err
	}
	if load.Scheduled != 4*crowdServers || load.Probes < 4*crowdServers {
		return finding{}, fmt.Errorf("%d checks were made of %d: %+v", load.Probes, 4*crowdServers, load)
	}
	return finding{Seconds: load.LateP99.Seconds(), Checks: int(load.Probes)}, nil
}

// waitForChecks waits until a host has accepted so many connections.
func waitForChecks(h *lab.Host, n int) error {
	var made int
	var err error
	for end := time.Now().Add(crowdLimit); time.Now().Before(end); time.Sleep(time.Second) {
		if made, err = passiveOpens(h); err != nil || made >= n {
			return err
		}
	}
	return fmt.Errorf("wait for %d checks: there were %d after %v", n, made, crowdLimit)
}

// controlSocket is Holdfast's on a host of the lab.
const controlSocket = "/run/holdfast/control.sock"

// checkLoad asks the daemon of a host.
func checkLoad(h *lab.Host) (director.CheckLoad, error) {
	var reply control.Reply
	err := h.Do(func() (err error) {
		reply, err = control.Ask(controlSocket, control.Request{Command: control.CommandStatus}, 30*time.Second)
		return err
	})
	switch {
	case err != nil:
		return director.CheckLoad{}, err
	case reply.Status == nil || reply.Status.LVS == nil:
		return director.CheckLoad{}, fmt.Errorf("the daemon says nothing of its checks")
	}
	return reply.Status.LVS.Checks, nil
}

// Crowd measures how late the checks of many real servers begin, in the lab.
func Crowd(holdfast string) ([]Row, error) {
	row := Row{What: "20,000 TCP checks, 1000 a second, p99 of how late they begin (lab)", Unit: "ms", Limit: 100, NoReference: true}
	found, _, err := inGuest(holdfast, errand{Name: "crowd"})
	if err != nil {
		return nil, err
	}
	row.Holdfast = 1000 * found.Seconds
	return []Row{row}, nil
}
