package bench

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

const (
	floodRate      = 100_000 // frames a second
	floodInstances = 10
	floodInterval  = 100 * time.Millisecond
	// captureTail is what tcpdump may leave unread at its end: its buffer is handed over once a second.
	captureTail = 1500 * time.Millisecond
)

// realtime gives a director the priority that it has where it matters.
const realtime = "  vrrp_rt_priority 50\n  vrrp_rlimit_rttime 10000000\n"

// What instances of a flooded pair have in their configuration.
const (
	floodPass = "  version 2\n  authentication {\n    auth_type PASS\n    auth_pass right\n  }\n"
	floodHMAC = "  version 3\n  auth_hmac {\n    key 1 0123456789abcdef0123456789abcdef\n    active_key 1\n  }\n"
)

// flooded is what a pair did while it was flooded.
type flooded struct {
	late    time.Duration // the latest advertisement
	rate    float64       // frames that the flood sent each second
	strange int           // advertisements that say that the state moved
}

// Floods measures a pair under forged, truncated and replayed advertisements: how late those of the
// MASTER leave at worst, and how many show that somebody changed state.
func Floods(holdfast, keepalived string, window time.Duration) ([]Row, error) {
	late := Row{What: "flood of 100,000 forged adverts/s, latest advert of the MASTER (PASS)", Unit: "ms", Limit: 2}
	moved := Row{What: "the same, adverts that show a change of state", Limit: 0}
	for _, one := range []struct {
		program string
		row     *float64
		moved   *float64
	}{{keepalived, &late.Keepalived, &moved.Keepalived}, {holdfast, &late.Holdfast, &moved.Holdfast}} {
		f, err := flood(one.program, floodPass, 2, window)
		if err != nil {
			return nil, fmt.Errorf("flood, %s: %w", one.program, err)
		}
		*one.row, *one.moved = milliseconds(f.late), float64(f.strange)
		late.Note = fmt.Sprintf("%.0f a second were sent", f.rate)
	}
	f, err := flood(holdfast, floodHMAC, 3, window)
	if err != nil {
		return nil, fmt.Errorf("flood, %s: %w", holdfast, err)
	}
	return []Row{
		late, moved,
		{What: "the same flood with auth_hmac, latest advert", Unit: "ms", Limit: 2, Holdfast: milliseconds(f.late), NoReference: true, Note: fmt.Sprintf("%.0f a second were sent", f.rate)},
		{What: "the same, adverts that show a change of state", Limit: 0, Holdfast: float64(f.strange), NoReference: true},
	}, nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// flood starts a pair whose instances have words more in them and floods both.
func flood(program, words string, version byte, window time.Duration) (flooded, error) {
	b, err := newBed()
	if err != nil {
		return flooded{}, err
	}
	defer b.net.Close()
	for _, d := range []struct {
		host     *lab.Host
		priority int
	}{{b.one, 200}, {b.two, 100}} {
		// Version 2 counts whole seconds on the wire.
		config := instances(floodInstances, "BACKUP", d.priority, "1")
		if version == 3 {
			config = instances(floodInstances, "BACKUP", d.priority, "0.1")
		}
		config = strings.ReplaceAll(config, "  version 3\n", words)
		config = strings.Replace(config, "router_id bench\n", "router_id bench\n"+realtime, 1)
		p, err := start(d.host, program, config)
		if err != nil {
			return flooded{}, err
		}
		defer p.KillAll()
		if err := waitFor("the addresses", time.Minute, holds(b.one, floodInstances)); err != nil {
			return flooded{}, err
		}
	}
	time.Sleep(2 * time.Second)
	frames, err := b.forgeries(version)
	if err != nil {
		return flooded{}, err
	}
	f, err := b.user.Flood("eth0", floodRate, frames)
	if err != nil {
		return flooded{}, err
	}
	result, err := b.underFlood(version, window)
	if err != nil {
		return flooded{}, err
	}
	result.rate, err = f.Stop()
	return result, err
}

// underFlood listens to what each director sends, on its own interface: on the way to others the flood
// may push out what is not its own.
func (b *bed) underFlood(version byte, window time.Duration) (flooded, error) {
	var found flooded
	interval := time.Second
	if version == 3 {
		interval = floodInterval
	}
	begin := time.Now()
	var seen [2][]lab.Advert
	var errs [2]error
	var both sync.WaitGroup
	for i, h := range []*lab.Host{b.one, b.two} {
		both.Go(func() { seen[i], errs[i] = sent(h, window) })
	}
	both.Wait()
	if err := errors.Join(errs[0], errs[1]); err != nil {
		return found, err
	}
	found.strange = len(seen[1]) // the BACKUP speaks
	for _, a := range seen[0] {
		if a.Priority != 200 { // the MASTER goes
			found.strange++
		}
	}
	found.late = latest(seen[0], interval, begin, begin.Add(window-captureTail))
	return found, nil
}

// latest is how late the latest advert of the MASTER was. One instance that says nothing has been late
// since the first advert of another, which shows that the capture runs; tcpdump may take its time to
// begin on a busy machine.
func latest(seen []lab.Advert, interval time.Duration, begin, end time.Time) time.Duration {
	seen = slices.DeleteFunc(slices.Clone(seen), func(a lab.Advert) bool { return a.Priority != 200 })
	if len(seen) > 0 {
		begin = seen[0].At
	}
	last := map[int]time.Time{}
	for vrid := 1; vrid <= floodInstances; vrid++ {
		last[vrid] = begin
	}
	var late time.Duration
	for _, a := range seen {
		late = max(late, a.At.Sub(last[a.VRID])-interval)
		last[a.VRID] = a.At
	}
	for _, at := range last {
		late = max(late, end.Sub(at)-interval)
	}
	return late
}

// sent captures the adverts that a host sends.
func sent(h *lab.Host, window time.Duration) ([]lab.Advert, error) {
	mac, err := h.MAC("eth0")
	if err != nil {
		return nil, err
	}
	return adverts(h, window, "ip proto 112 and ether src "+mac)
}

// forgeries are a few of each kind for every virtual router: wrong in one way each, and true ones that
// were heard before.
func (b *bed) forgeries(version byte) ([][]byte, error) {
	heard, err := b.net.Capture(lab.IsAdvert)
	if err != nil {
		return nil, err
	}
	time.Sleep(2500 * time.Millisecond)
	heard.Stop()
	var frames [][]byte
	for _, f := range heard.Frames() {
		copy(f.Data[6:12], []byte{2, 0, 0, 0, 0, 1}) // the directors' own are told apart by their source
		frames = append(frames, f.Data)
	}
	if len(frames) < floodInstances {
		return nil, fmt.Errorf("only %d advertisements to replay", len(frames))
	}
	for vrid := byte(1); vrid <= floodInstances; vrid++ {
		right := lab.Forged{
			Source: netip.MustParseAddr("10.1.0.3"), Version: version, Type: 1, VRID: vrid, Priority: 255, Interval: 1, TTL: 255,
			Address: netip.AddrFrom4([4]byte{10, 9, 0, vrid}), Count: -1, AuthType: 1, AuthData: [8]byte{'w', 'r', 'o', 'n', 'g'},
		}
		if version == 3 {
			right.Interval = 10
		}
		for _, change := range []func(*lab.Forged){
			func(*lab.Forged) {}, // nothing wrong but the password or the signature
			func(f *lab.Forged) { f.Truncate = 3 },
			func(f *lab.Forged) { f.Truncate = 9 },
			func(f *lab.Forged) { f.BadSum = true },
			func(f *lab.Forged) { f.TTL = 254 },
			func(f *lab.Forged) { f.Version = 5 - version },
			func(f *lab.Forged) { f.Count = 255 },
			func(f *lab.Forged) { f.Type = 2 },
			func(f *lab.Forged) { f.Priority = 0 },
		} {
			f := right
			change(&f)
			frames = append(frames, f.Frame())
		}
	}
	return frames, nil
}
