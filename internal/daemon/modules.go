package daemon

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/holdfast-ha/holdfast/internal/director"
)

// moduleLimit is how long modprobe may take.
const moduleLimit = 5 * time.Second

// schedulers are the names of the schedulers in use, each once.
func schedulers(s *director.Settings) []string {
	var names []string
	for i := range s.VirtualServers {
		for _, service := range s.VirtualServers[i].Services {
			if !slices.Contains(names, service.Service.Scheduler) {
				names = append(names, service.Service.Scheduler)
			}
		}
	}
	return names
}

// loadSchedulers has the kernel load the modules of schedulers now. Without it the kernel does so
// when the first service is added, tens of milliseconds in the middle of a takeover.
func loadSchedulers(names []string) error {
	if len(names) == 0 {
		return nil
	}
	program := "/sbin/modprobe"
	if b, err := os.ReadFile("/proc/sys/kernel/modprobe"); err == nil && len(strings.TrimSpace(string(b))) > 0 {
		program = strings.TrimSpace(string(b))
	}
	args := []string{"-a", "-q", "--"}
	for _, name := range names {
		args = append(args, "ip_vs_"+name)
	}
	ctx, cancel := context.WithTimeout(context.Background(), moduleLimit)
	defer cancel()
	if out, err := exec.CommandContext(ctx, program, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("run modprobe: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}
