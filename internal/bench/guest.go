package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"syscall"
	"time"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

// guestLimit is the longest that one guest may take, its boot included.
const guestLimit = 5 * time.Minute

// errand is what a guest is asked to measure, on its command line as JSON.
type errand struct {
	Name    string        // starts, reload, checks, takeover, crowd
	Program string        // "keepalived" or "holdfast"; starts and reloads are of both in turn, crowd is of holdfast
	Window  time.Duration // of a load
	Count   int           // virtual servers
	Runs    int
}

// finding is what it answers.
type finding struct {
	Seconds    float64
	Both, Best [2]float64 // seconds of keepalived and holdfast: the median, and of the quickest run
	Announced  float64    // seconds
	Reloads    [2]reloads // of keepalived and holdfast
	Writes     int
	Checks     int
	Error      string
}

// inGuest runs an errand in a guest. cpu is the host's account of the whole guest: the guest's own
// clock ticks every 10 ms.
func inGuest(holdfast string, e errand) (found finding, cpu time.Duration, err error) {
	text, err := json.Marshal(e)
	if err != nil {
		return finding{}, 0, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), guestLimit)
	defer cancel()
	var out bytes.Buffer
	before := childrenCPU()
	guest := lab.Guest{
		Args:   []string{"lab", "--errand", string(text)},
		Files:  map[string]string{"holdfast": holdfast},
		Output: &out,
		Pinned: true,
	}
	status, err := guest.Boot(ctx)
	cpu = childrenCPU() - before
	if err != nil {
		return finding{}, cpu, err
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &found); err != nil {
		return finding{}, cpu, fmt.Errorf("read the guest's answer (status %d) %q: %w", status, out.String(), err)
	}
	if found.Error != "" {
		return found, cpu, fmt.Errorf("in the guest: %s", found.Error)
	}
	return found, cpu, nil
}

func childrenCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Errand runs inside a guest: it does what it is asked and prints what it found.
func Errand(text string, out io.Writer) error {
	var e errand
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		return fmt.Errorf("read the errand: %w", err)
	}
	found, err := e.run()
	if err != nil {
		found.Error = err.Error()
	}
	return json.NewEncoder(out).Encode(found)
}

func (e errand) run() (finding, error) {
	switch e.Name {
	case "starts":
		return measureStarts(e.Count, e.Runs)
	case "reload":
		return measureReloads(e.Runs)
	case "crowd":
		return measureCrowd()
	}
	program, err := lab.ProgramNamed(e.Program)
	if err != nil {
		return finding{}, err
	}
	switch e.Name {
	case "takeover":
		return measureTakeover(program)
	case "checks":
		return measureChecks(program, e.Window)
	default:
		return finding{}, fmt.Errorf("no errand is called %q", e.Name)
	}
}
