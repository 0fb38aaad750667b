package bench

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/holdfast-ha/holdfast/internal/lab"
	"github.com/holdfast-ha/holdfast/lvs/ipvs"
)

// takeoverServers are virtual servers on ports of one virtual address: 10,000 real servers.
const takeoverServers = 2500

// takeover is the configuration of a director with that address.
func takeover(priority int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "global_defs {\n  router_id bench\n}\nvrrp_instance VI {\n  state BACKUP\n  interface eth0\n  version 3\n"+
		"  virtual_router_id 1\n  priority %d\n  advert_int 1\n  virtual_ipaddress {\n    10.9.0.1\n  }\n}\n", priority)
	for v := range takeoverServers {
		fmt.Fprintf(&b, "virtual_server 10.9.0.1 %d {\n", v+1)
		virtualServer(&b, "")
	}
	return b.String()
}

// measureTakeover cuts the MASTER off and takes the times of what its successor does, counted from its first
// advertisement: the last entry written to IPVS (zero: there was nothing to write) and the first announcement
// of the address.
func measureTakeover(program lab.Program) (finding, error) {
	b, err := newBed()
	if err != nil {
		return finding{}, err
	}
	defer b.net.Close()
	seen, err := b.net.Capture(func(f lab.Frame) bool { return lab.IsAdvert(f) || isGratuitous(f.Data) })
	if err != nil {
		return finding{}, err
	}
	one, two := b.one.Direct(program), b.two.Direct(program)
	if err := one.Start(takeover(200)); err != nil {
		return finding{}, err
	}
	defer one.Crash()
	if err := waitForAll(b.one, 4*takeoverServers); err != nil {
		return finding{}, fmt.Errorf("%w\n%s", err, one.Process.Last(5))
	}
	if err := two.Start(takeover(100)); err != nil {
		return finding{}, err
	}
	defer two.Crash()
	time.Sleep(6 * time.Second) // it listens
	if program == lab.Keepalived {
		err := waitFor("what keepalived programs on a BACKUP", time.Minute, func() bool {
			n, err := placed(b.two)
			return err == nil && n == 4*takeoverServers
		})
		if err != nil {
			return finding{}, err
		}
	}
	trace, err := b.two.Trace()
	if err != nil {
		return finding{}, err
	}
	defer trace.Stop()
	if err := one.PowerOff("eth0"); err != nil {
		return finding{}, err
	}
	if err := waitFor("the address on the other director", time.Minute, holds(b.two, 1)); err != nil {
		return finding{}, err
	}
	time.Sleep(3 * time.Second) // for the last entry
	if n, err := placed(b.two); err != nil || n != 4*takeoverServers {
		return finding{}, errors.Join(err, fmt.Errorf("%d of %d real servers after the takeover\n%s", n, 4*takeoverServers, two.Process.Last(5)))
	}
	return successor(b.two.Name, seen.Frames(), trace.Writes())
}

// placed asks the kernel of a host how many real servers it has.
func placed(h *lab.Host) (int, error) {
	var kernel *ipvs.Kernel
	err := h.Do(func() (err error) {
		kernel, err = ipvs.Open(ipvs.Options{NoModprobe: true})
		return err
	})
	if err != nil {
		return 0, err
	}
	defer kernel.Close()
	table, err := kernel.Read(nil)
	n := 0
	for _, e := range table {
		n += len(e.Destinations)
	}
	return n, err
}

// successor finds what a director did on its way to being MASTER.
func successor(name string, frames []lab.Frame, writes []lab.KernelWrite) (finding, error) {
	var decided, announced time.Time
	for _, f := range frames {
		switch {
		case f.Port != name:
		case lab.IsAdvert(f) && decided.IsZero():
			decided = f.At
		case isGratuitous(f.Data) && announced.IsZero():
			announced = f.At
		}
	}
	if decided.IsZero() || announced.Before(decided) {
		return finding{}, fmt.Errorf("the takeover was not seen: advertisement %v, announcement %v", decided, announced)
	}
	found := finding{Announced: announced.Sub(decided).Seconds()}
	for _, w := range writes {
		if w.What == "new IPVS destination" {
			found.Writes++
			found.Seconds = w.At.Sub(decided).Seconds()
		}
	}
	return found, nil
}

// Takeover measures a takeover with 10,000 real servers, in the lab.
func Takeover(holdfast string) ([]Row, error) {
	last := Row{What: "takeover with 10,000 real servers, first advertisement to last IPVS entry (lab)", Unit: "s", Limit: 0.25,
		Note: "keepalived has them on the BACKUP too"}
	announced := Row{What: "the same, to the announcement of the address", Unit: "s", Limit: 0.25}
	for _, one := range []struct {
		program         string
		last, announced *float64
	}{
		{"holdfast", &last.Holdfast, &announced.Holdfast}, {"keepalived", &last.Keepalived, &announced.Keepalived},
	} {
		found, _, err := inGuest(holdfast, errand{Name: "takeover", Program: one.program})
		if err != nil {
			return []Row{last, announced}, fmt.Errorf("takeover, %s: %w", one.program, err)
		}
		*one.last, *one.announced = found.Seconds, found.Announced
	}
	return []Row{last, announced}, nil
}
