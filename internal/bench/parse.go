package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"time"

	"github.com/holdfast-ha/holdfast/internal/bigconf"
)

// Parse measures reading and validating a file of a million lines, and one of a hundred, each as a
// whole process.
func Parse(holdfast, keepalived, dir string, runs int) ([]Row, error) {
	theirs, ours, err := reading(holdfast, keepalived, filepath.Join(dir, "big.conf"), bigconf.Text(10_000), runs)
	if err != nil {
		return nil, err
	}
	theirs100, ours100, err := reading(holdfast, keepalived, filepath.Join(dir, "typical.conf"), bigconf.Typical(), 20*runs)
	if err != nil {
		return nil, err
	}
	ms := func(all []Usage) float64 { return 1000 * medianWall(all) }
	return []Row{
		{What: "parse and validate a million lines, time", Unit: "s", Goal: 0.5,
			Keepalived: medianWall(theirs), Holdfast: medianWall(ours)},
		{What: "the same, peak memory", Unit: "MB", Goal: 1.5,
			Keepalived: medianPeak(theirs), Holdfast: medianPeak(ours)},
		{What: "a typical file of 100 lines, whole process", Unit: "ms", Limit: 5,
			Keepalived: ms(theirs100), Holdfast: ms(ours100)},
	}, nil
}

// reading lets both programs test a file, in turn.
func reading(holdfast, keepalived, path, text string, runs int) (theirs, ours []Usage, err error) {
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return nil, nil, fmt.Errorf("write the file to read: %w", err)
	}
	defer os.Remove(path)
	forgetPeak()
	for range runs {
		for _, one := range []struct {
			program string
			into    *[]Usage
		}{{keepalived, &theirs}, {holdfast, &ours}} {
			usage, err := RunOnce(one.program, "-t", "-f", path)
			if err != nil {
				return nil, nil, err
			}
			*one.into = append(*one.into, usage)
		}
	}
	return theirs, ours, nil
}

// forgetPeak makes the peak memory of this process what it has now. A child takes it over when it is
// started, so that it would hide that of a program which needs less.
func forgetPeak() {
	debug.FreeOSMemory()
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // where it fails the peak is too high for both
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
