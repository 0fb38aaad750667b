package ipvs

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/holdfast-ha/holdfast/lvs"
)

// loadTime is how long modprobe may take.
const loadTime = 10 * time.Second

// Prepare loads the modules that services will need, so that becoming MASTER does not wait for
// modprobe (some 100 ms each). A module that cannot be loaded is no error here: it may be built in,
// and if it is not, adding the service says so.
func (k *Kernel) Prepare(services []lvs.Service) {
	for _, s := range services {
		if s.Scheduler != "" {
			k.prepare("ip_vs_" + s.Scheduler)
		}
		if s.Persistence != "" {
			k.prepare("ip_vs_pe_" + s.Persistence)
		}
	}
}

func (k *Kernel) prepare(module string) {
	if _, done := k.prepared.LoadOrStore(module, true); done || k.noModprobe {
		return
	}
	if _, err := os.Stat("/sys/module/" + module); err != nil {
		_ = loadModule(module)
	}
}

// loadModule asks the kernel's own module loader for a module.
func loadModule(name string) error {
	program := "/sbin/modprobe"
	if b, err := os.ReadFile("/proc/sys/kernel/modprobe"); err == nil {
		if path := strings.TrimSpace(string(b)); path != "" {
			program = path
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), loadTime)
	defer cancel()
	out, err := exec.CommandContext(ctx, program, "-s", "--", name).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", program, name, err, strings.TrimSpace(string(out)))
	}
	return nil
}
