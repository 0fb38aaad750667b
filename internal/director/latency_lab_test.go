//go:build lab

package director_test

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/lvs"
	"github.com/holdfast-ha/holdfast/lvs/ipvs"
)

// addressesWait is about how long the addresses of a new MASTER wait for its services.
const addressesWait = 250 * time.Millisecond

// timedKernel measures what the kernel itself takes.
type timedKernel struct {
	*ipvs.Kernel
	apply time.Duration
}

func (k *timedKernel) Apply(ops []lvs.Operation) []error {
	begin := time.Now()
	errs := k.Kernel.Apply(ops)
	k.apply = time.Since(begin)
	return errs
}

// busy keeps the processor busy with n processes until the test ends.
func busy(t *testing.T, n int) {
	t.Helper()
	for range n {
		cmd := exec.Command("sh", "-c", "while :; do :; done")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			cmd.Process.Kill()
			cmd.Wait()
		})
	}
}

// The addresses of a new MASTER wait for its services: that must not take long, however busy the
// machine.
func TestKernelHasASmallTableSoonAfterMaster(t *testing.T) {
	raw, err := ipvs.Open(ipvs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	k := &timedKernel{Kernel: raw}
	s := settings(1, 2)
	d := director.New(s, director.Deps{Log: zap.NewNop(), Kernel: k, NewChecker: func(director.Check) checkers.Checker { return fine{} }})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	defer func() { d.Stop(); cancel(); <-ended }()
	<-d.Masters(nil, nil)
	wait(t, "module of the scheduler", func() bool { _, err := os.Stat("/sys/module/ip_vs_wrr"); return err == nil })
	for _, load := range []int{0, 3} {
		busy(t, load)
		var total, kernel []time.Duration
		for range 30 {
			time.Sleep(50 * time.Millisecond)
			begin := time.Now()
			<-d.Masters([]string{"VI_1"}, nil)
			total = append(total, time.Since(begin))
			kernel = append(kernel, k.apply)
			if load == 0 && len(total) == 1 {
				t.Logf("first: %v, kernel %v", total[0], kernel[0])
			}
			time.Sleep(50 * time.Millisecond)
			<-d.Masters(nil, nil)
		}
		for _, l := range [][]time.Duration{total, kernel} {
			slices.Sort(l)
			if l[15] > addressesWait {
				t.Errorf("%d busy processes: half of the takeovers took more than %v: addresses would go on without", load, l[15])
			}
			t.Logf("%d busy processes: median %v, 9 of 10 %v, most %v", load, l[15], l[27], l[29])
		}
	}
}
