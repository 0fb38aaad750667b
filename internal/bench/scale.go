package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/google/gopacket/pcapgo"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

// reloadEvery is how often both directors of a pair under strain are told to reload.
const reloadEvery = 5 * time.Second

// setup is a number of instances on a number of segments, each with an interface of its own; without
// segments they are on eth0. To a director a segment is what a VLAN is, and every kernel has it.
type setup struct {
	name      string
	instances int
	segments  int
	interval  string
}

var setups = []setup{
	{"255 instances at 0.1 s", 255, 0, "0.1"},
	{"1000 instances on 10 segments at 1 s", 1000, 10, "1"},
}

// peerStrain is how long keepalived is strained at most: long enough to tell what it costs.
const peerStrain = time.Minute

// strained is what a pair did under strain.
type strained struct {
	adverts int     // that the BACKUP sent: each shows a false election
	cpu     float64 // of both directors, percent of one processor
}

// Scale runs a pair with many instances beside processes that want every processor and keep the disk
// busy, reloads both directors all the time, and counts elections that should not have been.
func Scale(holdfast, keepalived, dir string, window time.Duration) ([]Row, error) {
	var rows []Row
	for _, s := range setups {
		elections := Row{What: fmt.Sprintf("%s, hogs, disk, reload every %v: adverts of the BACKUP in %v", s.name, reloadEvery, window)}
		if window > peerStrain {
			elections.Note = fmt.Sprintf("keepalived: in %v", peerStrain)
		}
		cpu := Row{What: "the same, CPU of both directors", Unit: "%", Goal: 0.5}
		for _, one := range []struct {
			program        string
			window         time.Duration
			elections, cpu *float64
		}{
			{keepalived, min(window, peerStrain), &elections.Keepalived, &cpu.Keepalived},
			{holdfast, window, &elections.Holdfast, &cpu.Holdfast},
		} {
			found, err := strain(one.program, s, dir, one.window)
			if err != nil {
				return rows, fmt.Errorf("%s, %s: %w", s.name, one.program, err)
			}
			*one.elections, *one.cpu = float64(found.adverts), found.cpu
		}
		rows = append(rows, elections, cpu)
	}
	return rows, nil
}

func strain(program string, s setup, dir string, window time.Duration) (strained, error) {
	b, err := newBed()
	if err != nil {
		return strained{}, err
	}
	defer b.net.Close()
	if err := s.join(b); err != nil {
		return strained{}, err
	}
	var daemons []*lab.Process
	for i, h := range []*lab.Host{b.one, b.two} {
		p, err := start(h, program, s.config(200-100*i))
		if err != nil {
			return strained{}, err
		}
		defer p.KillAll()
		daemons = append(daemons, p)
		if err := waitFor("the MASTER's addresses", time.Minute, s.complete(b.one)); err != nil {
			return strained{}, err
		}
	}
	time.Sleep(5 * time.Second)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stop := burden(ctx, dir)
	defer stop()
	before, begin := account(daemons), time.Now()
	n, err := s.foreign(b.two, window, daemons)
	took := time.Since(begin)
	var used time.Duration
	for pid, cpu := range account(daemons) {
		used += cpu - before[pid] // one that was started meanwhile had none
	}
	if err == nil && !s.complete(b.one)() {
		err = errors.New("the MASTER has lost addresses")
	}
	return strained{n, 100 * float64(used) / float64(took)}, err
}

// join connects both directors to the segments.
func (s setup) join(b *bed) error {
	for v := range s.segments {
		wire, err := b.net.Switch(fmt.Sprintf("lan%d", v+1))
		if err != nil {
			return err
		}
		for i, h := range []*lab.Host{b.one, b.two} {
			if err := h.Link(wire, s.link(v), fmt.Sprintf("10.%d.0.%d/16", 100+v, i+1)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s setup) link(segment int) string {
	if s.segments == 0 {
		return "eth0"
	}
	return fmt.Sprintf("seg%d", segment+1)
}

// account tells what each process of the daemons has used so far.
func account(daemons []*lab.Process) map[int]time.Duration {
	used := map[int]time.Duration{}
	for _, d := range daemons {
		for _, pid := range pids(d) {
			used[pid] = CPU([]int{pid})
		}
	}
	return used
}

func (s setup) config(priority int) string {
	var b strings.Builder
	// No real-time priority is asked for: keepalived 2.2.7 is killed by its own limit at the reload.
	b.WriteString("global_defs {\n  router_id bench\n  vrrp_garp_master_delay 0\n}\n")
	each := s.instances / max(s.segments, 1)
	for i := range s.instances {
		fmt.Fprintf(&b, "vrrp_instance I%d {\n  state BACKUP\n  interface %s\n  version 3\n  virtual_router_id %d\n  priority %d\n  advert_int %s\n  virtual_ipaddress {\n    10.9.%d.%d\n  }\n}\n",
			i+1, s.link(i/each), i%each+1, priority, s.interval, i/250, i%250+1)
	}
	return b.String()
}

// complete tells whether a host has all virtual addresses.
func (s setup) complete(h *lab.Host) func() bool {
	return func() bool {
		out, err := h.Exec("ip", "-4", "-o", "address")
		return err == nil && strings.Count(out, " 10.9.") == s.instances
	}
}

// foreign reloads both daemons all the time and counts the adverts that a host sends.
func (s setup) foreign(h *lab.Host, window time.Duration, daemons []*lab.Process) (int, error) {
	const file = "/tmp/foreign.pcap"
	// Its own addresses, and no others here, end in 2.
	dump, err := h.Start("tcpdump", "-B", "16384", "-s", "64", "-ni", "any", "-w", file, "ip proto 112 and ip[15] = 2")
	if err != nil {
		return 0, err
	}
	for end := time.Now().Add(window); time.Now().Before(end); {
		time.Sleep(min(reloadEvery, time.Until(end)))
		for _, d := range daemons {
			if err := d.Signal(syscall.SIGHUP); err != nil {
				return 0, fmt.Errorf("reload: %w", err)
			}
		}
	}
	time.Sleep(captureTail)
	if err := dump.Stop(time.Minute); err != nil {
		return 0, err
	}
	text, err := h.ReadFile(file)
	if err != nil {
		return 0, err
	}
	packets, err := pcapgo.NewReader(strings.NewReader(text))
	if err != nil {
		return 0, fmt.Errorf("read capture: %w", err)
	}
	n := 0
	for {
		if _, _, err := packets.ReadPacketData(); err != nil {
			return n, nil // its end
		}
		n++
	}
}

// burden keeps every processor and the disk busy until it is stopped.
func burden(ctx context.Context, dir string) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	for range hogs {
		all.Go(func() { _ = exec.CommandContext(ctx, "sh", "-c", "while :; do :; done").Run() })
	}
	all.Go(func() {
		block := make([]byte, 1<<20)
		name := filepath.Join(dir, "stress")
		for ctx.Err() == nil {
			writeOut(ctx, name, block)
		}
		os.Remove(name)
	})
	return func() {
		cancel()
		all.Wait()
	}
}

// writeOut writes a file of 64 MB and has it put on the disk every megabyte.
func writeOut(ctx context.Context, name string, block []byte) {
	f, err := os.Create(name)
	if err != nil {
		return
	}
	defer f.Close()
	for i := 0; i < 64 && ctx.Err() == nil; i++ {
		if _, err := f.Write(block); err != nil {
			return
		}
		_ = f.Sync()
	}
}
