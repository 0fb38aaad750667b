package collect

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/doctor"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp/watch"
)

// Options say how much is done.
type Options struct {
	// Wait is how long to listen on the segments, 0 for not at all.
	Wait time.Duration
	// Instances are those that adverts are compared with.
	Instances []watch.Instance
	// Probe: try connections to real servers.
	Probe bool
	// Socket is the daemon's control socket.
	Socket string
}

// Host reads the facts of this host that bear on a configuration.
func Host(c *config.Config, o Options) doctor.Facts {
	r := &reader{facts: doctor.Facts{Sysctls: map[string]string{}}}
	r.links()
	r.sysctls()
	r.rules()
	r.sockets()
	r.routes()
	r.units()
	r.oldSysctls()
	if conn, err := os.Stat(o.Socket); err == nil && conn.Mode()&os.ModeSocket != 0 {
		r.facts.Daemon = true
	}
	if doctor.RoleOf(c, &r.facts).Director {
		r.modules(c)
	}
	if o.Probe {
		r.probe(c)
	}
	if o.Wait > 0 {
		r.listen(c, o)
	}
	return r.facts
}

type reader struct{ facts doctor.Facts }

// unknown notes what could not be read.
func (r *reader) unknown(what string, err error) {
	r.facts.Unknown = append(r.facts.Unknown, what+": "+err.Error())
}

// netSysctls are settings of the whole network namespace; linkSysctls are those of an interface.
var (
	netSysctls = []string{
		"net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding", "net/ipv4/vs/conntrack", "net/ipv4/vs/pmtu_disc",
		"net/netfilter/nf_conntrack_count", "net/netfilter/nf_conntrack_max",
	}
	linkSysctls = []string{"arp_ignore", "arp_announce", "rp_filter"}
)

// sysctls reads what is there; a module that is not loaded has none.
func (r *reader) sysctls() {
	read := func(path string) {
		if b, err := os.ReadFile("/proc/sys/" + path); err == nil {
			r.facts.Sysctls[path] = strings.TrimSpace(string(b))
		}
	}
	for _, path := range netSysctls {
		read(path)
	}
	links := []string{"all", "default"}
	for _, l := range r.facts.Links {
		links = append(links, l.Name)
	}
	for _, l := range links {
		for _, name := range linkSysctls {
			read("net/ipv4/conf/" + l + "/" + name)
		}
	}
}

// modules finds out which of the modules that a configuration needs there are.
func (r *reader) modules(c *config.Config) {
	if _, err := os.Stat("/proc/thread-self/net/ip_vs"); err == nil {
		r.facts.IPVS = true
	}
	var uts unix.Utsname
	if err := unix.Uname(&uts); err != nil {
		r.unknown("modules", err)
		return
	}
	dir := "/lib/modules/" + unix.ByteSliceToString(uts.Release[:])
	var lists strings.Builder
	for _, name := range []string{"modules.dep", "modules.builtin"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			if !r.facts.IPVS {
				r.unknown("modules", err)
			}
			return // schedulers may be built in: nothing tells
		}
		lists.Write(b)
	}
	have := map[string]bool{}
	for line := range strings.Lines(lists.String()) {
		path, _, _ := strings.Cut(strings.TrimSpace(line), ":")
		name, _, _ := strings.Cut(filepath.Base(path), ".")
		have[strings.ReplaceAll(name, "-", "_")] = true
	}
	wanted := []string{"ip_vs"}
	for i := range c.VirtualServers {
		wanted = append(wanted, "ip_vs_"+c.VirtualServers[i].Scheduler, "ip_vs_pe_"+c.VirtualServers[i].PersistenceEngine)
	}
	r.facts.Modules = map[string]bool{}
	for _, name := range wanted {
		_, err := os.Stat("/sys/module/" + name)
		r.facts.Modules[name] = have[name] || err == nil
	}
}

// units finds the services that configure interfaces, by what they keep in /run.
func (r *reader) units() {
	for _, u := range []struct{ name, dir, mark string }{
		{"systemd-networkd", "/run/systemd/netif/links", "ADMIN_STATE=configured"},
		{"NetworkManager", "/run/NetworkManager/devices", "managed=true"},
	} {
		unit := doctor.Unit{Name: u.name}
		for _, l := range r.facts.Links {
			b, err := os.ReadFile(filepath.Join(u.dir, itoa(l.Index)))
			text := string(b)
			if err == nil && strings.Contains(text, u.mark) && !keeps(text) {
				unit.Links = append(unit.Links, l.Name)
			}
		}
		if len(unit.Links) > 0 {
			r.facts.Units = append(r.facts.Units, unit)
		}
	}
}

// keeps tells whether the .network file of a link of systemd-networkd leaves addresses alone.
func keeps(state string) bool {
	for line := range strings.Lines(state) {
		if file, ok := strings.CutPrefix(strings.TrimSpace(line), "NETWORK_FILE="); ok {
			files, _ := filepath.Glob("/etc/systemd/network/" + filepath.Base(file) + ".d/*.conf")
			return slices.ContainsFunc(append(files, file), func(name string) bool {
				b, err := os.ReadFile(name)
				return err == nil && (strings.Contains(string(b), "KeepConfiguration=yes") || strings.Contains(string(b), "KeepConfiguration=static"))
			})
		}
	}
	return false
}

// oldSysctls looks for what kernels of long ago had.
func (r *reader) oldSysctls() {
	files, _ := filepath.Glob("/etc/sysctl.d/*.conf")
	for _, name := range append([]string{"/etc/sysctl.conf"}, files...) {
		b, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(b)) {
			line = strings.TrimSpace(line)
			key, _, _ := strings.Cut(line, "=")
			if !strings.HasPrefix(line, "#") && strings.HasSuffix(strings.TrimSpace(key), ".hidden") {
				r.facts.OldSysctls = append(r.facts.OldSysctls, name+": "+line)
			}
		}
	}
}
