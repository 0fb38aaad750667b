package bench

import (
	"fmt"
	"time"
)

// LVS measures what needs IPVS, in the lab.
func LVS(holdfast string, window time.Duration, runs int) ([]Row, error) {
	small := Row{What: "start to 1000 real servers (250 x 4) in the kernel (lab)", Unit: "s", Goal: 0.5}
	large := Row{What: "start to 4000 real servers (1000 x 4) in the kernel (lab)", Unit: "s", Goal: 0.5}
	for row, n := range map[*Row]int{&small: 250, &large: 1000} {
		found, _, err := inGuest(holdfast, errand{Name: "starts", Count: n, Runs: runs})
		if err != nil {
			return nil, fmt.Errorf("start to %d virtual servers: %w", n, err)
		}
		row.Keepalived, row.Holdfast = found.Both[0], found.Both[1]
		row.Note = fmt.Sprintf("the quickest of %d: %.3g, %.3g", runs, found.Best[0], found.Best[1])
	}
	checks := Row{What: "1000 TCP checks a second, CPU a check, both ends and the network included (lab)", Unit: "ms", Goal: 0.95}
	for program, into := range map[string]*float64{"keepalived": &checks.Keepalived, "holdfast": &checks.Holdfast} {
		var err error
		if *into, err = checkCost(holdfast, program, window); err != nil {
			return []Row{small, large}, fmt.Errorf("checks, %s: %w", program, err)
		}
	}
	return []Row{small, large, checks}, nil
}

// checkCost is the CPU time of one check in milliseconds: the guest's with a long load less the same
// guest's with a short one, so that boot and start do not count.
func checkCost(holdfast, program string, window time.Duration) (float64, error) {
	const settled = 4 * time.Second
	short, cpuShort, err := inGuest(holdfast, errand{Name: "checks", Program: program, Window: settled})
	if err != nil {
		return 0, err
	}
	long, cpuLong, err := inGuest(holdfast, errand{Name: "checks", Program: program, Window: settled + window})
	if err != nil {
		return 0, err
	}
	if long.Checks-short.Checks < 100 {
		return 0, fmt.Errorf("only %d checks were made in %s", long.Checks-short.Checks, window)
	}
	return float64(cpuLong-cpuShort) / float64(time.Millisecond) / float64(long.Checks-short.Checks), nil
}
