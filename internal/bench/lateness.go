package bench

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/google/gopacket/pcapgo"

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
	config := strings.Replace(instances(255, "BACKUP", 100, "0.01"), "router_id bench\n", "router_id bench\n"+realtime, 1)
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
	late, err := distances(b.two, window, shortInterval, "ip proto 112")
	if err != nil {
		return 0, err
	}
	if len(late) < 1000 {
		return 0, fmt.Errorf("only %d advertisements seen in %s", len(late), window)
	}
	slices.Sort(late)
	return float64(late[len(late)*999/1000]) / float64(time.Millisecond), nil
}

// distances captures what a filter of tcpdump lets through for a while and returns how much further
// apart than their interval the adverts of each virtual router were.
func distances(h *lab.Host, window, interval time.Duration, filter string) ([]time.Duration, error) {
	seen, err := adverts(h, window, filter)
	if err != nil {
		return nil, err
	}
	var late []time.Duration
	last := map[int]time.Time{}
	for _, a := range seen {
		if at, known := last[a.VRID]; known {
			late = append(late, a.At.Sub(at)-interval)
		}
		last[a.VRID] = a.At
	}
	return late, nil
}

// adverts captures for a while. tcpdump does the capture: with a buffer of its own in the kernel it
// loses nothing while hogs keep it from running.
func adverts(h *lab.Host, window time.Duration, filter string) ([]lab.Advert, error) {
	const file = "/tmp/adverts.pcap"
	dump, err := h.Start("tcpdump", "-B", "65536", "-s", "64", "-ni", "eth0", "-w", file, filter)
	if err != nil {
		return nil, err
	}
	time.Sleep(window)
	if err := dump.Stop(10 * time.Second); err != nil {
		return nil, err
	}
	text, err := h.ReadFile(file)
	if err != nil {
		return nil, err
	}
	packets, err := pcapgo.NewReader(strings.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("read capture: %w", err)
	}
	var list []lab.Advert
	for {
		data, info, err := packets.ReadPacketData()
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return list, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read capture: %w", err)
		}
		if a, ok := lab.DecodeAdvert(lab.Frame{At: info.Timestamp, Data: data}); ok {
			list = append(list, a)
		}
	}
}
