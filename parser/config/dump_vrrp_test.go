package config

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/reference"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/osfiles"
)

// settledLines are the lines of keepalived's dump that tell a setting, by section; the others tell
// the state of the running daemon.
var settledLines = map[string]*regexp.Regexp{
	"Global definitions": regexp.MustCompile(`^(Router ID|Default smtp_alert\w*|Checkers log all failures|Dynamic interfaces|` +
		`Default interface|Disable local IGMP|LVS flush|LVS syncd \w.*|VRRP IPv[46] mcast group|Gratuitous .*|` +
		`Num adverts before down|Send advert after .*|VRRP default protocol version|VRRP check unicast_src|` +
		`VRRP skip check advert addresses|VRRP strict mode|Max auto priority|VRRP \w+ priority|Checker \w+ priority|` +
		`rs_init_notifies|no_checker_emails|rx_bufs_multiples|Smtp .*|nftables table name|VRRP notify priority changes) = |^Script security `),
	"VRRP Topology": regexp.MustCompile(`^(VRRP Version|Gratuitous ARP .*|Down timer adverts|Send advert after .*|` +
		`Virtual Router ID|Priority|Advert interval|Accept|Preempt|Promote_secondaries|Authentication type|Unicast TTL|` +
		`Notify deleted|Notify priority changes|Using smtp notification|Sync group|Debug level) = |^Virtual IP|^Multicast address |` +
		`^Check unicast src|^Skip checking|^Enforcing|^Using unicast| scope | weight -?\d+$| min_ttl `),
	"VRRP Scripts":         regexp.MustCompile(`^(Interval|Timeout|Weight|Rise|Fall|Init state|Script uid:gid) = `),
	"VRRP Sync groups":     regexp.MustCompile(`^Using smtp notification = |^\w+$`),
	"VRRP Track processes": regexp.MustCompile(`^(Process|Fork delay|Terminate delay|Min processes|Full command) = `),
	"GARP delay group":     regexp.MustCompile(`^(GARP|GNA) interval = |^\w+$`),
}

// settled returns the settings in keepalived's dump, each with its section and object, sorted.
func settled(dump string) []string {
	var lines []string
	section, object := "", ""
	for _, l := range strings.Split(dump, "\n") {
		if s, ok := strings.CutPrefix(l, "------< "); ok {
			section, object = strings.TrimSuffix(s, " >------"), ""
			continue
		}
		re := settledLines[section]
		if re == nil {
			continue
		}
		if name, value, ok := strings.Cut(strings.TrimSpace(l), " = "); ok && l[1] != ' ' && strings.HasPrefix(name, "VRRP ") && section != "Global definitions" {
			object, _, _ = strings.Cut(value, ",") // a group's state follows its name
			lines = append(lines, section+"/"+object)
			continue
		}
		l = strings.TrimSpace(l)
		if re.MatchString(l) && l != "Interfaces" {
			lines = append(lines, section+"/"+object+": "+l)
		}
	}
	slices.Sort(lines)
	return lines
}

// shower writes a model's settings the way keepalived dumps its own.
type shower struct {
	prefix string
	lines  []string
}

func (s *shower) add(format string, args ...any) {
	s.lines = append(s.lines, s.prefix+": "+fmt.Sprintf(format, args...))
}

func (s *shower) object(section, name string) {
	s.prefix = section + "/" + name
	s.lines = append(s.lines, s.prefix)
}

func (s *shower) globals(g *Global) {
	s.prefix = "Global definitions/"
	router := g.RouterID
	if router == "" {
		router = "[unknown]"
	}
	s.add("Router ID = %s", router)
	alerts := map[Tristate]string{Unset: "unset", Off: "off", On: "on"}
	s.add("Default smtp_alert = %s", alerts[g.SMTPAlert])
	s.add("Default smtp_alert_vrrp = %s", alerts[g.SMTPAlertVRRP])
	s.add("Default smtp_alert_checker = %s", alerts[g.SMTPAlertCheck])
	s.add("Checkers log all failures = %v", g.LogAllFailures)
	s.add("Dynamic interfaces = %v", g.DynamicInterfaces)
	s.add("Default interface = %s", g.DefaultInterface)
	s.add("Disable local IGMP = %s", yes(g.DisableLocalIGMP))
	s.add("LVS flush = %v", g.LVSFlush)
	if l := g.LVSSync; l != nil {
		s.add("LVS syncd interface = %s", l.Interface)
		s.add("LVS syncd syncid = %d", l.ID)
		s.add("LVS syncd vrrp instance = %s", l.Instance)
	}
	s.add("VRRP IPv4 mcast group = %s", g.MulticastGroup4)
	s.add("VRRP IPv6 mcast group = %s", g.MulticastGroup6)
	s.garp(&g.GARP, " timer")
	s.add("Gratuitous ARP for each secondary VMAC = %ds", g.GARP.ExtraIf/time.Second)
	s.add("Gratuitous ARP interval = %s", seconds(g.GARPInterval))
	s.add("Gratuitous NA interval = %s", seconds(g.GNAInterval))
	s.add("Num adverts before down = %d", g.DownTimerAdverts)
	s.add("Send advert after receive lower priority advert = %v", !g.LowerPrioNoAdvert)
	s.add("Send advert after receive higher priority advert = %v", g.HigherPrioSendAdvert)
	s.add("VRRP default protocol version = %d", max(g.VRRPVersion, 2))
	s.add("VRRP check unicast_src = %v", g.CheckUnicastSrc)
	s.add("VRRP skip check advert addresses = %v", g.SkipCheckAdvAddr)
	s.add("VRRP strict mode = %v", g.Strict)
	s.add("VRRP notify priority changes = %v", g.NotifyPriorityChanges)
	s.add("Max auto priority = %s", strings.Replace(fmt.Sprint(g.MaxAutoPriority), "-1", "Disabled", 1))
	s.add("VRRP process priority = %d", g.VRRPProcess.Nice)
	s.add("VRRP realtime priority = %d", g.VRRPProcess.RTPriority)
	s.add("Checker process priority = %d", g.CheckerProcess.Nice)
	s.add("Checker realtime priority = %d", g.CheckerProcess.RTPriority)
	s.add("rs_init_notifies = %d", one(g.RSInitNotifies))
	s.add("no_checker_emails = %d", one(g.NoCheckerMails))
	s.add("rx_bufs_multiples = %d", g.RxBufsMultiplier)
	s.add("Script security %s", enabled(g.ScriptSecurity))
	if g.SMTPServer != "" {
		s.add("Smtp server = %s", strings.Replace(g.SMTPServer, "localhost", "127.0.0.1", 1))
		s.add("Smtp server port = %d", g.SMTPPort)
	}
	if g.SMTPHelo != "" {
		s.add("Smtp HELO name = %s", g.SMTPHelo)
	}
	if g.SMTPTimeoutSet || g.SMTPServer != "" {
		s.add("Smtp server connection timeout = %d", g.SMTPTimeout/time.Second)
	}
	if g.NFTables != "" {
		s.add("nftables table name = %s", g.NFTables)
	}
}

func one(b bool) int { return map[bool]int{true: 1}[b] }

func (s *shower) garp(g *GARPSettings, timer string) {
	s.add("Gratuitous ARP delay = %d", g.Delay/time.Second)
	s.add("Gratuitous ARP repeat = %d", g.Repeat)
	s.add("Gratuitous ARP refresh%s = %d", timer, g.Refresh/time.Second)
	s.add("Gratuitous ARP refresh repeat = %d", g.RefreshRepeat)
	s.add("Gratuitous ARP lower priority delay = %d", g.LowerPrioDelay/time.Second)
	s.add("Gratuitous ARP lower priority repeat = %d", g.LowerPrioRep)
}

func (s *shower) instance(c *Config, p *Instance) {
	s.object("VRRP Topology", p.Name)
	s.add("VRRP Version = %d", p.Version)
	s.garp(&p.GARP, "")
	s.add("Down timer adverts = %d", p.DownTimerAdverts)
	s.add("Send advert after receive lower priority advert = %v", !p.LowerPrioNoAdvert)
	s.add("Send advert after receive higher priority advert = %v", p.HigherPrioSendAdvert)
	s.add("Virtual Router ID = %d", p.VRID)
	s.add("Priority = %d", p.Priority)
	if p.Version == 3 {
		s.add("Advert interval = %d milli-sec", p.AdvertInt/time.Millisecond)
	} else {
		s.add("Advert interval = %d sec", p.AdvertInt/time.Second)
		s.add("Authentication type = %s", map[AuthType]string{NoAuth: "none", Pass: "SIMPLE_PASSWORD", AH: "IPSEC_AH"}[p.Auth])
	}
	s.add("Accept = %s", enabled(!p.NoAccept))
	s.add("Preempt = %s", enabled(!p.NoPreempt))
	s.add("Promote_secondaries = %s", enabled(p.PromoteSecondaries))
	s.add("Notify deleted = %s", map[bool]string{true: "Deleted", false: "Fault"}[p.NotifyDeletedSet])
	s.add("Notify priority changes = %v", p.NotifyPriorityChanges)
	s.add("Using smtp notification = %s", yes(p.SMTPAlert))
	if p.Debug != 0 {
		s.add("Debug level = %d", p.Debug)
	}
	if p.SkipCheckAdvAddr {
		s.add("Skip checking advert IP addresses")
	}
	if p.Strict {
		s.add("Enforcing strict VRRP compliance")
	}
	for _, g := range c.SyncGroups {
		if slices.Contains(g.Members, p.Name) {
			s.add("Sync group = %s", g.Name)
		}
	}
	s.destination(p)
	s.tracks(p)
	if len(p.Addresses) > 0 {
		s.add("Virtual IP (%d):", len(p.Addresses))
	}
	if len(p.Excluded) > 0 {
		s.add("Virtual IP Excluded :")
	}
	for _, a := range slices.Concat(p.Addresses, p.Excluded) {
		s.address(p, a)
	}
}

func (s *shower) destination(p *Instance) {
	if !p.Unicast {
		s.add("Multicast address %s", p.MulticastDst)
		return
	}
	s.add("Using unicast")
	s.add("Check unicast src : %s", yes(p.CheckUniSrc))
	if p.UnicastTTL >= 0 || p.Family == 4 {
		s.add("Unicast TTL = %d", max(p.UnicastTTL, 255))
	}
	for _, q := range p.UnicastPeers {
		s.add("%s min_ttl %d max_ttl %d", q.Addr, max(q.MinTTL, 0), map[bool]int{true: q.MaxTTL, false: 255}[q.MaxTTL >= 0])
	}
}

func (s *shower) tracks(p *Instance) {
	l := p.trackLists()
	for _, t := range slices.Concat(*l.interfaces, *l.scripts) {
		s.add("%s weight %d", t.Name, t.Weight)
	}
	for _, t := range *l.processes {
		s.add("%s, weight %d", t.Name, t.Weight)
	}
}

// address writes an address as keepalived does; a dump of a VMAC names the VMAC.
func (s *shower) address(p *Instance, a Address) {
	text := a.Prefix.Addr().String()
	if !a.Prefix.IsSingleIP() {
		text = a.Prefix.String()
	}
	if a.Broadcast.IsValid() {
		text += " brd " + a.Broadcast.String()
	}
	text += " dev " + a.Dev + " scope " + map[uint8]string{0: "global", 253: "link", 254: "host", 200: "site"}[a.Scope]
	if a.Label != "" {
		text += " label " + a.Label
	}
	s.add("%s", text)
}

// plainAddress takes off what a running daemon adds to an address.
var plainAddress = regexp.MustCompile(`( deprecated| preferred_lft \w+| set)+$|vrrp[\d.]+@|, ifindex \d+$`)

func (s *shower) config(c *Config) {
	s.globals(&c.Global)
	for i := range c.Instances {
		s.instance(c, &c.Instances[i])
	}
	for _, x := range c.Scripts {
		s.object("VRRP Scripts", x.Name)
		s.add("Interval = %s sec", plain(x.Interval, time.Second))
		s.add("Timeout = %s sec", plain(x.Timeout, time.Second))
		s.add("Weight = %d", x.Weight)
		s.add("Rise = %d", x.Rise)
		s.add("Fall = %d", x.Fall)
		s.add("Init state = %s", map[bool]string{true: "failed", false: "unknown"}[x.InitFail])
		s.add("Script uid:gid = %d:%d", x.Script.UID, x.Script.GID)
	}
	for _, g := range c.SyncGroups {
		s.object("VRRP Sync groups", g.Name)
		for _, m := range g.Members {
			s.add("%s", m)
		}
		s.add("Using smtp notification = %s", yes(g.SMTPAlert))
	}
	for _, p := range c.TrackProcesses {
		s.object("VRRP Track processes", p.Name)
		s.add("Process = %s", strings.Join(append([]string{p.Process}, p.Params...), " "))
		s.add("Fork delay = %ss", seconds(p.ForkDelay))
		s.add("Terminate delay = %ss", seconds(p.TerminateDelay))
		s.add("Min processes = %d", p.Quorum)
		s.add("Full command = %v", p.FullCommand)
	}
	for _, g := range c.garpGroups() {
		s.prefix = "GARP delay group/"
		s.add("GARP interval = %s", seconds(g.GARPInterval))
		s.add("GNA interval = %s", seconds(g.GNAInterval))
		for _, i := range g.Interfaces {
			s.add("%s", i)
		}
	}
}

// garpGroups are the groups that keepalived makes of the global intervals, and the file's own.
func (c *Config) garpGroups() []GarpGroup {
	groups := slices.Clone(c.GarpGroups)
	if c.Global.GARPInterval == 0 && c.Global.GNAInterval == 0 {
		return groups
	}
	seen := map[string]bool{}
	for _, p := range c.Instances {
		if seen[p.Interface] {
			continue
		}
		seen[p.Interface] = true
		groups = append(groups, GarpGroup{
			GARPInterval: c.Global.GARPInterval, GNAInterval: c.Global.GNAInterval, Interfaces: []string{p.Interface},
		})
	}
	return groups
}

func TestVRRPModelMeansWhatKeepalivedDumps(t *testing.T) {
	shared := reference.Dir(t)
	if shared == "" {
		return
	}
	dir := filepath.Join(shared, "corpus")
	dumps, err := filepath.Glob(filepath.Join(dir, "dumps", "*.keepalived.data"))
	if err != nil {
		t.Fatal(err)
	}
	host, settings := corpusHost(t, dir), 0
	for _, path := range dumps {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(path), ".keepalived.data")
		r := Load(filepath.Join(dir, "conf", name), parser.Options{ConfigID: "testhost", Files: osfiles.Files{}}, host)
		var s shower
		s.config(r.Config)
		slices.Sort(s.lines)
		want := settled(string(data))
		for i := range want {
			want[i] = plainAddress.ReplaceAllString(want[i], "")
		}
		slices.Sort(want)
		settings += len(want)
		if diff := cmp.Diff(want, s.lines); diff != "" {
			t.Errorf("%s: the model differs from keepalived's (-keepalived +ours):\n%s", name, diff)
		}
	}
	t.Logf("%d settings of %d files equal", settings, len(dumps))
	if len(dumps) < 80 {
		t.Errorf("only %d dumps: the corpus is not whole", len(dumps))
	}
}

func yes(b bool) string { return map[bool]string{true: "yes", false: "no"}[b] }

func enabled(b bool) string { return map[bool]string{true: "enabled", false: "disabled"}[b] }

func seconds(t time.Duration) string { return fmt.Sprintf("%.6f", t.Seconds()) }
