package bench

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// WriteBigConfig writes virtual servers x real servers with a TCP_CHECK each: 97 lines a virtual
// server of four real servers.
func WriteBigConfig(path string, servers, reals int) error {
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("create %s: %w", path, err)
	}
	defer file.Close()
	w := bufio.NewWriterSize(file, 1<<20)
	fmt.Fprint(w, "global_defs {\n  router_id bench\n  checker_log_all_failures off\n\n}\n\n")
	for v := range servers {
		fmt.Fprintf(w, "virtual_server 10.%d.%d.1 %d {\n  delay_loop 6\n  lb_algo wrr\n  lb_kind NAT\n  protocol TCP\n  retry 2\n  warmup 5\n  quorum 1\n  hysteresis 0\n\n  # real servers\n\n",
			v/250%250, v%250, 1000+v/62500)
		for r := range reals {
			fmt.Fprintf(w, "  real_server 172.16.%d.%d 80 {\n    weight %d\n    uthreshold 1000\n    lthreshold 10\n    delay_loop 6\n\n    # how it is checked\n    TCP_CHECK {\n"+
				"      connect_ip 172.16.%d.%d\n      connect_port 80\n      connect_timeout 3\n      retry 3\n      delay_before_retry 3\n      warmup 2\n      delay_loop 6\n\n      log_all_failures off\n\n    }\n\n  }\n",
				v%250, r+1, r+1, v%250, r+1)
		}
		fmt.Fprint(w, "}\n")
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// Parse measures reading and validating a file of a million lines as a whole process.
func Parse(holdfast, keepalived, dir string, runs int) ([]Row, error) {
	path := filepath.Join(dir, "big.conf")
	if err := WriteBigConfig(path, 10000, 4); err != nil {
		return nil, err
	}
	defer os.Remove(path)
	var ours, theirs []Usage
	for range runs {
		for _, one := range []struct {
			program string
			into    *[]Usage
		}{{keepalived, &theirs}, {holdfast, &ours}} {
			usage, err := RunOnce(one.program, "-t", "-f", path)
			if err != nil {
				return nil, err
			}
			*one.into = append(*one.into, usage)
		}
	}
	return []Row{
		{What: "parse and validate a million lines, time", Unit: "s", Goal: 0.5,
			Keepalived: medianWall(theirs), Holdfast: medianWall(ours)},
		{What: "the same, peak memory", Unit: "MB", Goal: 1.5,
			Keepalived: medianPeak(theirs), Holdfast: medianPeak(ours)},
	}, nil
}

func medianWall(all []Usage) float64 {
	return median(all, func(u Usage) float64 { return float64(u.Wall) / float64(time.Second) })
}

func medianPeak(all []Usage) float64 {
	return median(all, func(u Usage) float64 { return u.PeakMB })
}

func median[T any](all []T, of func(T) float64) float64 {
	values := make([]float64, 0, len(all))
	for _, one := range all {
		values = append(values, of(one))
	}
	slices.Sort(values)
	return values[len(values)/2]
}
