package ipvs

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// loadTime is how long modprobe may take.
const loadTime = 10 * time.Second

// loadModule asks the kernel's own module loader for ip_vs.
func loadModule() error {
	program := "/sbin/modprobe"
	if b, err := os.ReadFile("/proc/sys/kernel/modprobe"); err == nil {
		if path := strings.TrimSpace(string(b)); path != "" {
			program = path
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), loadTime)
	defer cancel()
	out, err := exec.CommandContext(ctx, program, "-s", "--", "ip_vs").CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s ip_vs: %w: %s", program, err, strings.TrimSpace(string(out)))
	}
	return nil
}
