package config

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/osfiles"
)

// volatile are the parts of a dump that tell a state, not a setting.
var volatile = []string{
	"VS alive =", "quorum_state_up =", "reloaded =", "set =", "alive =", "effective weight =", "previous effective_weight =",
	"num failed checkers =", "RS set =", "Enabled =", "Up =", "Has run =", "Current weight =", "Retries iterations =",
	"Default delay before retry =", "Hashed =", "Last ran =", "Last status =", "Failed URL", "System is compiled", "Alive:",
	"Connection", "Last errno", "Enable SNI", "Fast recovery", "tls_compliant", "HTTP Status Code",
}

// keepalivedLines returns the settings of a dump, one a line.
func keepalivedLines(dump string) []string {
	_, dump, ok := strings.Cut(dump, "------< LVS Topology >------\n")
	if !ok {
		return nil
	}
	var lines []string
next:
	for _, l := range strings.Split(strings.TrimSpace(dump), "\n") {
		l = strings.TrimSpace(l)
		for _, v := range volatile {
			if strings.HasPrefix(l, v) {
				continue next
			}
		}
		if i := strings.Index(l, ", WEIGHT ="); i > 0 {
			l = l[:i]
		}
		lines = append(lines, l)
	}
	return lines
}

// dumper writes the model as keepalived dumps its own.
type dumper struct{ lines []string }

func (d *dumper) add(format string, args ...any) {
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
}

func (d *dumper) addIf(ok bool, format string, args ...any) {
	if ok {
		d.add(format, args...)
	}
}

func (d *dumper) config(c *Config) {
	if len(c.VirtualServers) == 0 {
		return
	}
	for i := range c.VirtualServerGroups {
		d.group(&c.VirtualServerGroups[i])
	}
	for i := range c.VirtualServers {
		d.virtualServer(&c.VirtualServers[i])
	}
	any := false
	for i := range c.VirtualServers {
		v := &c.VirtualServers[i]
		for j := range v.RealServers {
			for k := range v.RealServers[j].Checkers {
				d.addIf(!any, "------< Health checkers >------")
				any = true
				d.checker(v, &v.RealServers[j], &v.RealServers[j].Checkers[k])
			}
		}
	}
}

func (d *dumper) group(g *VirtualServerGroup) {
	four, six, _ := g.families()
	d.add("------< Virtual server group >------")
	d.add("Virtual Server Group = %s, IPv4 = %s, IPv6 = %s", g.Name, yes(four), yes(six))
	for _, e := range g.Entries {
		switch {
		case e.First == e.Last && e.First.IsValid():
			d.add("VIP = %s, VPORT = %d", e.First, e.Port)
		case e.First.IsValid():
			d.add("VIP Range = %s-%s, VPORT = %d", e.First, e.Last, e.Port)
		}
	}
	for _, e := range g.Entries {
		if isMark(e) {
			d.add("FWMARK = %d%s", e.FWMark, map[int]string{4: " IPv4", 6: " IPv6"}[e.Family])
		}
	}
}

func yes(b bool) string { return map[bool]string{true: "yes", false: "no"}[b] }
func on(b bool) string  { return map[bool]string{true: "ON", false: "OFF"}[b] }
func enabled(b bool) string {
	return map[bool]string{true: "enabled", false: "disabled"}[b]
}
func seconds(t time.Duration) string { return fmt.Sprintf("%.6f", t.Seconds()) }

func (d *dumper) method(prefix string, m Method) {
	s := map[Forward]string{NAT: "NAT", DR: "DR", TUN: "TUN, type = " + strings.ToUpper(m.Tunnel)}[m.Forward]
	d.add("%sforwarding method = %s", prefix, s)
}

func (d *dumper) name(v *VirtualServer) string {
	switch {
	case v.Group != "":
		return "[" + v.Group + "]:0"
	case v.FWMark != 0:
		return fmt.Sprintf("FWM %d", v.FWMark)
	}
	return trio(v.Addr, v.Protocol, v.Port)
}

func trio(a netip.Addr, protocol string, port uint16) string {
	if protocol == "" {
		protocol = "none"
	}
	return fmt.Sprintf("[%s]:%s:%d", a, strings.ToLower(protocol), port)
}

func (d *dumper) virtualServer(v *VirtualServer) {
	d.add("------< Virtual server >------")
	switch {
	case v.Group != "":
		d.add("VS GROUP = %s", d.name(v))
	case v.FWMark != 0:
		d.add("VS FWMARK = %d", v.FWMark)
	default:
		d.add("VS VIP = %s, VPORT = %d", v.Addr, v.Port)
	}
	d.addIf(v.VirtualHost != "", "VirtualHost = %s", v.VirtualHost)
	d.add("Address family = %s", map[int]string{4: "inet", 6: "inet6", 0: "unknown"}[v.Family])
	d.add("connection timeout = %s", seconds(v.ConnectTimeout))
	d.add("delay_loop = %s", seconds(v.DelayLoop))
	d.add("lvs_sched = %s", v.Scheduler)
	switch v.Scheduler {
	case "sh", "mh":
		d.add("%s-port = %s", v.Scheduler, enabled(v.Flag2))
		d.add("%s-fallback = %s", v.Scheduler, enabled(v.Flag1))
	default:
		d.add("flag-1 = %s", enabled(v.Flag1))
		d.add("flag-2 = %s", enabled(v.Flag2))
		d.add("flag-3 = %s", enabled(v.Flag3))
	}
	d.add("One packet scheduling = %s", enabled(v.OPS))
	d.addIf(v.Persistence > 0, "persistence timeout = %d", v.Persistence/time.Second)
	d.addIf(v.Granularity.IsValid(), "persistence granularity = %s", v.Granularity)
	d.addIf(v.Granularity6 > 0, "persistence granularity = %d", v.Granularity6)
	protocol := v.Protocol
	if protocol == "" {
		protocol = "none"
	}
	d.add("protocol = %s", protocol)
	d.add("alpha is %s", on(v.Alpha))
	d.add("omega is %s", on(v.Omega))
	d.inherited(v.Retry, v.DelayBeforeRetry, v.Warmup)
	d.add("Inhibit on failure is %s", on(v.Inhibit))
	d.add("quorum = %d, hysteresis = %d", v.Quorum, v.Hysteresis)
	d.script("Quorum up notify script", v.QuorumUp)
	d.script("Quorum down notify script", v.QuorumDown)
	d.addIf(v.HASuspend, "Using HA suspend")
	d.add("Using smtp notification = %s", yes(v.SMTPAlert))
	d.method("default ", v.Method)
	if s := v.SorryServer; s != nil {
		d.add("sorry server = %s", trio(s.Addr, v.Protocol, s.Port))
		d.method("", s.Method)
		d.add("Inhibit on failure is %s", on(s.Inhibit))
	}
	for i := range v.RealServers {
		d.realServer(&v.RealServers[i])
	}
}

func (d *dumper) inherited(retry int64, delay, warmup time.Duration) {
	d.addIf(retry >= 0, "Retry count = %d", retry)
	d.addIf(delay >= 0, "Retry delay = %s", seconds(delay))
	d.addIf(warmup >= 0, "Warmup = %s", seconds(warmup))
}

func (d *dumper) script(what string, s *Script) {
	if s != nil {
		d.add("%s = '%s', uid:gid %d:%d", what, strings.Join(s.Args, "' '"), s.UID, s.GID)
	}
}

func (d *dumper) realServer(r *RealServer) {
	d.add("------< Real server >------")
	d.add("RIP = %s, RPORT = %d", r.Addr, r.Port)
	d.method("", r.Method)
	d.add("Alpha is %s", on(r.Alpha))
	d.add("connection timeout = %s", seconds(r.ConnectTimeout))
	d.add("connection limit range = %d -> %d", r.LThreshold, r.UThreshold)
	d.add("Delay loop = %s", seconds(r.DelayLoop))
	d.inherited(r.Retry, r.DelayBeforeRetry, r.Warmup)
	d.add("Inhibit on failure is %s", on(r.Inhibit))
	d.script("RS up notify script", r.NotifyUp)
	d.script("RS down notify script", r.NotifyDown)
	d.addIf(r.VirtualHost != "", "VirtualHost = '%s'", r.VirtualHost)
	d.add("Using smtp notification = %s", yes(r.SMTPAlert))
	d.add("initial weight = %d", r.Weight)
}

func (d *dumper) checker(v *VirtualServer, r *RealServer, c *Checker) {
	d.add("%s -> %s", d.name(v), trio(r.Addr, v.Protocol, r.Port))
	d.add("Alpha = %s", yes(c.Alpha))
	d.add("Delay loop = %d us", c.DelayLoop.Microseconds())
	d.add("Warmup = %d us", c.Warmup.Microseconds())
	d.add("Retries = %d", c.Retry)
	d.addIf(c.Retry > 0, "Delay before retry = %d us", c.DelayBeforeRetry.Microseconds())
	d.add("Log all failures = %s", yes(c.LogAllFailures))
	if c.ConnectAddr.IsValid() {
		d.add("Dest = [%s]:%d", c.ConnectAddr, c.ConnectPort)
		d.addIf(c.BindAddr.IsValid(), "Bind to = [%s]:%d", c.BindAddr, c.BindPort)
		d.addIf(c.BindIf != "", "Bind i/f = %s", c.BindIf)
		d.addIf(c.FWMark != 0, "Mark = %d", c.FWMark)
		d.add("Timeout = %s", seconds(c.ConnectTimeout))
	}
	switch {
	case c.HTTP != nil:
		d.add("Keepalive method = %s, http protocol %s", c.Type, c.HTTP.Protocol)
		for _, u := range c.HTTP.URLs {
			d.add("Checked url = %s", u.Path)
			d.addIf(u.Digest != "", "digest = %s", u.Digest)
			if len(u.Status) == 0 {
				d.add("200-299")
			}
			for _, s := range u.Status {
				d.addIf(s.First == s.Last, "%d", s.First)
				d.addIf(s.First != s.Last, "%d-%d", s.First, s.Last)
			}
		}
	case c.MiscScript != nil:
		d.add("Keepalive method = %s", c.Type)
		d.add("script = '%s'", strings.Join(c.MiscScript.Args, "' '"))
		d.add("timeout = %d", c.MiscTimeout/time.Second)
		d.add("dynamic = %s", map[bool]string{true: "YES", false: "NO"}[c.MiscDynamic])
		d.add("uid:gid = %d:%d", c.MiscScript.UID, c.MiscScript.GID)
	default:
		d.add("Keepalive method = %s", c.Type)
	}
}

func TestModelIsWhatKeepalivedDumps(t *testing.T) {
	shared := sharedDir(t)
	if shared == "" {
		return
	}
	dir := filepath.Join(shared, "corpus")
	dumps, err := filepath.Glob(filepath.Join(dir, "dumps", "*.keepalived_check.data"))
	if err != nil {
		t.Fatal(err)
	}
	host := corpusHost(t, dir)
	compared, different, files := 0, 0, 0
	for _, dump := range dumps {
		text, err := os.ReadFile(dump)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(dump), ".keepalived_check.data")
		r := Load(filepath.Join(dir, "conf", name), parser.Options{ConfigID: "testhost", Files: osfiles.Files{}}, host)
		var got dumper
		got.config(r.Config)
		want := keepalivedLines(string(text))
		files++
		compared += len(want)
		if diff := cmp.Diff(want, got.lines); diff != "" {
			different += strings.Count(diff, "\n-") + strings.Count(diff, "\n+")
			t.Errorf("%s (-keepalived +holdfast):\n%s", name, diff)
		}
	}
	t.Logf("%d files: %d fields compared, %d differences", files, compared, different)
	if compared < 2500 {
		t.Errorf("only %d fields: the dumps are not whole", compared)
	}
}
