package daemon

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/vlan"
)

// fileHas waits for a text in a file.
func (d *node) fileHas(file, text string) func() bool {
	return func() bool {
		b, err := os.ReadFile(file)
		return err == nil && strings.Contains(string(b), text)
	}
}

func TestNSDumpsOfStateAndReloadsGoWhereTheConfigurationSays(t *testing.T) {
	t.Parallel()
	d := newNode(t, vlan.New(t).Host("192.0.2.1/24"), "")
	lines := []string{"state_dump_file " + d.file("site.dump"), "config_save_dir " + d.file("saved")}
	d.configure(globals(lines...))
	d.start()
	wait(t, "the address", d.holds(virtual))
	wait(t, "startup", d.logged("Startup complete"))
	d.kill("keepalived", syscall.SIGUSR1)
	wait(t, "the dump", d.fileHas(d.file("site.dump"), "   State = MASTER\n"))
	d.configure(globals(append(lines, "router_id other")...))
	d.kill("keepalived", syscall.SIGHUP)
	saved := func(when string) string {
		return fmt.Sprintf("%s/keepalived_vrrp.%d.1.%s", d.file("saved"), d.pid("vrrp"), when)
	}
	wait(t, "what the reload made", d.fileHas(saved("post"), "Router ID = other\n"))
	if before, err := os.ReadFile(saved("pre")); err != nil || strings.Contains(string(before), "Router ID = other\n") {
		t.Errorf("what the reload found: %v\n%s", err, before)
	}
}

func TestNSReloadComesAtTheTimeInTheFile(t *testing.T) {
	t.Parallel()
	d := newNode(t, vlan.New(t).Host("192.0.2.1/24"), "")
	file := d.file("reload-at")
	put := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	d.configure(globals("reload_time_file " + file))
	d.start()
	wait(t, "startup", d.logged("Startup complete"))
	put("2001-01-01 00:00:00")
	wait(t, "a time of the past", d.logged("Invalid reload time '2001-01-01 00:00:00' specified"))
	put("2999-01-01 00:00:00")
	wait(t, "a time to come", d.logged("Scheduling reload for 2999-01-01 00:00:00"))
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	wait(t, "no time", d.logged("Cancelling reload scheduled for 2999-01-01 00:00:00"))

	d.configure(globals("router_id once", "reload_repeat", "reload_time_file "+file))
	// soon has a time that is soon, in a layout, be the reload at that time; a busy machine may be late for one.
	soon := func(layout string) (at time.Time) {
		t.Helper()
		for delay := 4 * time.Second; ; delay *= 4 {
			at = time.Now().UTC().Add(delay)
			put(at.Format(layout) + "Z")
			scheduled := d.logged("Scheduling reload for " + at.Local().Format(time.DateTime))
			late := func() bool {
				return d.logged("Invalid reload time '"+at.Format(layout)+"Z'")() ||
					d.logged("Scheduling reload for "+at.AddDate(0, 0, 1).Local().Format(time.DateTime))()
			}
			wait(t, "a time that is soon", func() bool { return scheduled() || late() })
			if scheduled() {
				return at
			}
		}
	}
	soon(time.DateTime)
	wait(t, "the reload", d.logged("Reload complete"))
	wait(t, "the end of a file with a date", func() bool { _, err := os.Stat(file); return err != nil })

	tomorrow := soon(time.TimeOnly).AddDate(0, 0, 1).Local().Format(time.DateTime)
	wait(t, "the same for tomorrow", d.logged("Scheduling reload for "+tomorrow))
	wait(t, "the second reload", func() bool { return strings.Count(d.log(), "Reload complete") == 2 })
	if _, err := os.Stat(file); err != nil {
		t.Errorf("with reload_repeat a file without a date stays: %v", err)
	}
}
