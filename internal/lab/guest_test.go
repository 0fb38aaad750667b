package lab

import (
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"
)

func TestPinnedProcessHasOneOfItsProcessors(t *testing.T) {
	c := exec.Command("sleep", "60")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Process.Kill(); _ = c.Wait() }()
	var before, after unix.CPUSet
	if err := unix.SchedGetaffinity(c.Process.Pid, &before); err != nil {
		t.Fatal(err)
	}
	if err := pin(c.Process.Pid); err != nil {
		t.Fatal(err)
	}
	if err := unix.SchedGetaffinity(c.Process.Pid, &after); err != nil {
		t.Fatal(err)
	}
	if after.Count() != 1 {
		t.Errorf("%d processors after, %d before", after.Count(), before.Count())
	}
	for i := range len(after) * 64 {
		if after.IsSet(i) && !before.IsSet(i) {
			t.Errorf("processor %d was not allowed", i)
		}
	}
}
