//go:build lab

package director_test

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/lvs"
	"github.com/holdfast-ha/holdfast/lvs/ipvs"
)

// These tests need a kernel with IPVS, root, ipvsadm and keepalived: the lab.

const (
	bulkServices = 250
	bulkReals    = 4
)

func bulkAddr(net, i int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, byte(net), byte(i >> 8), byte(i)})
}

// bulkSettings are 250 virtual servers that follow VI_1, with 4 real servers each.
func bulkSettings() director.Settings {
	s := director.Settings{ReconcileInterval: 10 * time.Second}
	for i := range bulkServices {
		v := director.VirtualServer{VirtualServer: lvs.VirtualServer{
			Name: fmt.Sprintf("[%s]:tcp:80", bulkAddr(99, i)),
			Services: []lvs.GatedService{{
				Service: lvs.Service{ServiceKey: lvs.ServiceKey{Addr: bulkAddr(99, i), Port: 80, Protocol: lvs.TCP, Family: 4}, Scheduler: "rr"},
				Follow:  []lvs.Follow{{Name: "VI_1"}},
			}},
			Quorum: 1,
		}}
		for j := range bulkReals {
			key := lvs.DestinationKey{Addr: bulkAddr(100+j, i), Port: 80}
			v.VirtualServer.RealServers = append(v.VirtualServer.RealServers, lvs.RealServer{
				Name: key.String(), Destination: lvs.Destination{DestinationKey: key, Forward: lvs.Direct, Weight: 1}})
			v.RealServers = append(v.RealServers, director.RealServer{Checks: []director.Check{{Name: "TCP_CHECK",
				DelayLoop: 6 * time.Second, Warmup: 6 * time.Second, TCP: &director.TCPCheck{Target: netip.AddrPortFrom(key.Addr, 80)}}}})
		}
		s.VirtualServers = append(s.VirtualServers, v)
	}
	return s
}

type fine struct{}

func (fine) Check(context.Context) checkers.Result { return checkers.Result{OK: true} }

// inKernel runs a director on the real table. The trace counts what reaches the kernel.
func inKernel(t *testing.T, s director.Settings) (d *director.Director, k *ipvs.Kernel, trace func() []string, end func()) {
	t.Helper()
	var mu sync.Mutex
	var lines []string
	k, err := ipvs.Open(ipvs.Options{Trace: func(op lvs.Operation, err error) {
		mu.Lock()
		defer mu.Unlock()
		lines = append(lines, fmt.Sprint(op, " ", err))
	}})
	if err != nil {
		t.Fatal(err)
	}
	d = director.New(s, director.Deps{Log: zap.NewNop(), Kernel: k, NewChecker: func(director.Check) checkers.Checker { return fine{} }})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	trace = func() []string {
		mu.Lock()
		defer mu.Unlock()
		l := lines
		lines = nil
		return l
	}
	end = func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		k.Close()
	}
	return d, k, trace, end
}

// destinations counts the real servers in the kernel's table. It starts no process: the kernel of the
// lab has one processor, which those need whose time is taken.
func destinations(t *testing.T) int {
	text, err := os.ReadFile("/proc/thread-self/net/ip_vs")
	if err != nil {
		t.Fatal(err)
	}
	return max(bytes.Count(text, []byte("\n  -> "))-1, 0) // the heading has one
}

func wait(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("no %s after a minute", what)
		}
	}
}

func TestKernelFollowsTheDirector(t *testing.T) {
	s := bulkSettings()
	begin := time.Now()
	d, k, trace, end := inKernel(t, s)
	if err := k.Flush(); err != nil {
		t.Fatal(err)
	}
	defer exec.Command("ipvsadm", "-C").Run()
	if got := d.Status(); len(got.VirtualServers) != bulkServices {
		t.Fatalf("%d virtual servers", len(got.VirtualServers))
	}
	if n := len(trace()); n != 0 || destinations(t) != 0 {
		t.Errorf("%d operations before MASTER", n)
	}
	ready := time.Since(begin)
	wait(t, "module of the scheduler", func() bool { _, err := os.Stat("/sys/module/ip_vs_rr"); return err == nil })
	begin = time.Now()
	<-d.Masters([]string{"VI_1"}, nil)
	took := time.Since(begin)
	if n := destinations(t); n != bulkServices*bulkReals {
		t.Fatalf("%d destinations after MASTER", n)
	}
	t.Logf("ready after %v; MASTER: %d operations in %v", ready, len(trace()), took)

	begin = time.Now()
	d.Reload(bulkSettings())
	t.Logf("reload of the same settings: %v", time.Since(begin))
	if lines := trace(); len(lines) != 0 {
		t.Errorf("reload of the same settings made %d writes: %v", len(lines), lines[0])
	}
	s = bulkSettings()
	s.VirtualServers[7].VirtualServer.RealServers[1].Destination.Weight = 9
	d.Reload(s)
	if lines := trace(); len(lines) != 1 {
		t.Errorf("a changed weight made these writes: %v", lines)
	}

	end() // as killed
	begin = time.Now()
	d, _, trace, end = inKernel(t, s)
	<-d.Masters([]string{"VI_1"}, nil)
	t.Logf("successor has adopted the table after %v", time.Since(begin))
	if lines := trace(); len(lines) != 0 {
		t.Errorf("adoption made %d writes: %v", len(lines), lines[0])
	}

	if out, err := exec.Command("ipvsadm", "-C").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	wait(t, "repair of an emptied table", func() bool { return destinations(t) == bulkServices*bulkReals })
	if got := d.Status().Drift; got != bulkServices*(1+bulkReals) {
		t.Errorf("drift %d, want %d", got, bulkServices*(1+bulkReals))
	}
	begin = time.Now()
	<-d.Masters(nil, nil)
	t.Logf("BACKUP: services gone after %v", time.Since(begin))
	if n := destinations(t); n != 0 {
		t.Errorf("%d destinations after BACKUP", n)
	}
	d.Stop()
	end()
}

// keepalived's time from start to the last destination is measured in the same kernel, with the
// same polling of the table, in turn: of three rounds each the best counts, since machines are noisy.
func TestKernelIsFilledFasterThanByKeepalived(t *testing.T) {
	if out, err := exec.Command("modprobe", "-a", "ip_vs", "ip_vs_rr").CombinedOutput(); err != nil {
		t.Fatalf("load modules: %v: %s", err, out)
	}
	file := writeBulk(t)
	ours, theirs := time.Hour, time.Hour
	for range 3 {
		ours = min(ours, fill(t))
		theirs = min(theirs, fillByKeepalived(t, file))
	}
	t.Logf("1000 real servers in the kernel: %v, keepalived %v, ratio %.2f", ours, theirs, ours.Seconds()/theirs.Seconds())
	if ours > theirs {
		t.Error("slower than keepalived")
	}
}

func full(t *testing.T) func() bool {
	return func() bool { return destinations(t) == bulkServices*bulkReals }
}

// fill is how long a director takes from its start to a full table; the table is empty afterwards.
func fill(t *testing.T) time.Duration {
	t.Helper()
	begin := time.Now()
	s := bulkSettings()
	for i := range s.VirtualServers {
		s.VirtualServers[i].Services[0].Follow = nil
	}
	d, _, _, end := inKernel(t, s)
	wait(t, "full table", full(t))
	took := time.Since(begin)
	d.Stop()
	end()
	wait(t, "empty table", func() bool { return destinations(t) == 0 })
	return took
}

// writeBulk writes what bulkSettings has as a file, without checks: nobody is there, and on a slow
// machine one would fail before the table is full.
func writeBulk(t *testing.T) string {
	t.Helper()
	var text strings.Builder
	for i := range bulkServices {
		fmt.Fprintf(&text, "virtual_server %s 80 {\n delay_loop 6\n lb_algo rr\n lb_kind DR\n protocol TCP\n", bulkAddr(99, i))
		for j := range bulkReals {
			fmt.Fprintf(&text, " real_server %s 80 {\n  weight 1\n }\n", bulkAddr(100+j, i))
		}
		text.WriteString("}\n")
	}
	file := filepath.Join(t.TempDir(), "keepalived.conf")
	if err := os.WriteFile(file, []byte(text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// fillByKeepalived is how long keepalived takes for the same.
func fillByKeepalived(t *testing.T, file string) time.Duration {
	t.Helper()
	dir := filepath.Dir(file)
	begin := time.Now()
	cmd := exec.Command("keepalived", "-n", "-C", "-G", "-f", file, "-p", dir+"/p", "-c", dir+"/c")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	wait(t, "full table of keepalived", full(t))
	took := time.Since(begin)
	_ = cmd.Process.Signal(os.Interrupt)
	_ = cmd.Wait()
	wait(t, "empty table of keepalived", func() bool { return destinations(t) == 0 })
	return took
}
