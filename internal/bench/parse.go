package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/holdfast-ha/holdfast/internal/bigconf"
)

// Parse measures reading and validating a file of a million lines as a whole process.
func Parse(holdfast, keepalived, dir string, runs int) ([]Row, error) {
	path := filepath.Join(dir, "big.conf")
	if err := os.WriteFile(path, []byte(bigconf.Text(10_000)), 0o600); err != nil {
		return nil, fmt.Errorf("write the file to read: %w", err)
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
