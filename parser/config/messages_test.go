package config

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/holdfast-ha/holdfast/internal/reference"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/osfiles"
)

// message is something that keepalived 2.2.7 printed for a configuration. Its parent, its vrrp and
// its checker process each read the file and say it again, so equal ones are one.
type message struct {
	conf string // the configuration, below conf/
	file string // the file that it is about, "" for none
	line int32
	text string
}

var placed = regexp.MustCompile(`^\((?:(?:conf/)?([^:()]+): )?Line (\d+)\) +(.*)$`)

// readMessages reads what keepalived printed for one configuration.
func readMessages(t *testing.T, path string) []message {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	conf := strings.TrimSuffix(filepath.Base(path), ".txt")
	var all []message
	for _, text := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		m := message{conf: conf, text: text}
		if p := placed.FindStringSubmatch(text); p != nil {
			n, err := strconv.Atoi(p[2])
			if err != nil {
				t.Fatal(err)
			}
			m.file, m.line, m.text = cmp.Or(p[1], conf), int32(n), p[3]
		}
		if text != "" && !slices.Contains(all, m) {
			all = append(all, m)
		}
	}
	return all
}

// counterpart tells which of our problems say the same as a message of keepalived's.
type counterpart struct {
	text *regexp.Regexp
	ids  string // any of these
	// says is a word for which the problem has to have a place, made of the groups of text, such
	// as $1: it stands in the problem's message, or in the line that it points at. "": the same
	// line is enough.
	says string
}

func same(text, ids, says string) counterpart {
	return counterpart{regexp.MustCompile("^" + text), ids, says}
}

// counterparts pair what keepalived says with what we say.
var counterparts = []counterpart{
	// The form of the file.
	same(`Unknown keyword '}'`, "extra-close", "}"),
	same(`Unknown keyword '(.*)'`, "unknown-keyword swallowed", "$1"),
	same(`Unexpected '{' - ignoring`, "unexpected-open unknown-keyword", "{"),
	same(`Extra '}' found`, "extra-close", "}"),
	same(`Missing '{' at beginning`, "missing-open", "{ missing"),
	same(`There are \d+ missing '}'s or extra '{'s`, "missing-close", "}"),
	same(`\*\*\* Configuration line starting .(\w+). is missing a parameter`, "missing-parameter", "$1"),
	same(`Block (\w+) has extra parameters`, "extra-words", "$1"),
	same(`Config files missing '(.*)'\.`, "include-missing", "$1"),
	// Numbers.
	same(`number '(.*)' outside range`, "range quorum-range", "$1"),
	same(`invalid number '(.*)'`, "range prefix-length", "$1"),
	same(`\(.*\) Priority not valid!`, "range", "priority"),
	same(`\(.*\): VRID '(.*)' not valid`, "range", "$1"),
	same(`\(.*\): vrrp script interval '(.*)' must be`, "range", "interval $1"),
	same(`vrrp_(garp|gna)_interval '(.*)' is invalid`, "range", "vrrp_${1}_interval $2"),
	same(`Invalid vrrp_garp_master_refresh '(.*)'`, "range", "vrrp_garp_master_refresh $1"),
	same(`persistence_timeout invalid`, "range", "persistence_timeout"),
	same(`Quorum (\d+) must be in`, "quorum-range", "$1"),
	// Instances.
	same(`Truncating auth_pass to 8`, "auth-pass-length", "8 characters"),
	same(`\((.*)\) No VIP specified`, "address-none", "$1"),
	same(`\((.*)\) A unicast keyword has been specified without`, "unicast-no-peer", "$1"),
	same(`\((.*)\) Warning - nopreempt will not work with initial state MASTER`, "nopreempt-master", "$1"),
	same(`\((.*)\) Strict mode does not support authentication`, "auth-ignored", "$1"),
	same(`\((.*)\) VRRP version 3 does not support authentication`, "auth-ignored", "$1"),
	same(`\((.*)\) Initial state master is incompatible with AH authentication`, "ah-master", "$1"),
	same(`\((.*)\) Cannot use AH authentication with IPv6`, "auth-ignored", "$1"),
	same(`\((.*)\) State MASTER must match being address owner`, "strict-owner", "$1"),
	same(`\((.*)\) Ignoring track_interface (\S+) since own interface`, "track-own", "$1 tracks its own interface $2"),
	same(`\((.*)\) the virtual router id must be set`, "vrid-missing", "$1"),
	same(`\(.*\) unknown state '(.*)'`, "state", "$1"),
	same(`\(.*\) unknown authentication type '(.*)'`, "auth-type", "$1"),
	same(`vrrp instance (\S+) already defined`, "duplicate-name", "$1"),
	same(`WARNING - interface (\S+) for vrrp_instance (\S+) doesn't exist`, "interface-missing", "$1"),
	same(`\(.*\) tracked interface (\S+) doesn't exist`, "interface-missing", "$1"),
	same(`\(.*\) track script (\S+) not found`, "track-undefined track-disabled", "$1"),
	same(`Configuration error: VRRP instance\[.*\] malformed (?:unicast peer|src) address\[(.*)\]`, "address unicast-peer-address", "$1"),
	same(`Configuration error: VRRP instance\[.*\] and (?:unicast peer|src) address\[(.*)\] MUST be of the same family`, "family", "$1"),
	same(`VRRP parsed invalid IP (.*)\. skipping`, "address-invalid", "$1"),
	same(`Invalid address prefix len (\S+) for address (\S+)`, "prefix-length", "$1"),
	same(`\(.*\) Specifying lvs_sync_daemon_interface against a vrrp is deprecated`, "deprecated", "lvs_sync_daemon_interface"),
	same(`Please use global lvs_sync_daemon`, "deprecated", "lvs_sync_daemon"),
	same(`\(.*\) lvs_sync_daemon_interface has already been specified`, "twice", "lvs_sync_daemon_interface"),
	same(`lvs_sync_daemon has already been specified`, "twice", "lvs_sync_daemon"),
	same(`"gw" for routes is deprecated`, "route-gw", "gw"),
	same(`Virtual router (\S+) specified in sync group (\S+) doesn't exist`, "group-member", "$1 of vrrp_sync_group $2"),
	same(`Sync group (\S+), no matching virtual router found`, "group-empty", "$1"),
	same(`Sync group (\S+) has no virtual router`, "group-empty", "$1"),
	same(`Sync group (\S+) has only 1 virtual router`, "group-single", "$1"),
	same(`Configuration error: BFD instance (\S+) has no neighbor`, "bfd-neighbour", "$1"),
	// Scripts.
	same(`\(.*\) (notify_\w+) script already specified`, "twice", "$1"),
	same(`Disabling track script (\S+) since not found`, "script-missing script-disabled", "$1"),
	same(`Unable to set default user for vrrp script (\S+) - removing`, "script-default-user", "$1"),
	same(`Unable to set default user (\S+) for script`, "script-default-user", "$1"),
	same(`Unable to set default user for misc script '(.*)' '.*' - removing`, "script-default-user", "$1"),
	same(`Unable to set uid/gid for script '(.*)'`, "user", "script"),
	same(`Error setting global script uid/gid`, "user group", "script_user"),
	same(`SECURITY VIOLATION - (?:check )?scripts are being executed`, "script-security", "enable_script_security"),
	// The host.
	same(`Invalid smtp server (\S+)`, "smtp-server", "$1"),
	same(`Warning - empty notification_email block`, "empty", "notification_email"),
	same(`iptables not supported, using nftables`, "iptables", "vrrp_iptables"),
	same(`Non-existent interface specified`, "interface-missing interface-unknown", "does not exist"),
	// Virtual servers.
	same(`nb_get_retry is deprecated`, "deprecated", "nb_get_retry"),
	same(`Warning: Virtual server (?:FWM )?\[?([^]:]+)\]?(?::\d+)?: protocol specified for fwmark`, "protocol-fwmark", "$1"),
	same(`Virtual server \[(\S+)\]:tcp:(\d+): no forwarding method set`, "method-missing", "$1"),
	same(`WARNING - virtual server \[(\S+)\]:tcp:\d+ and real server \[(\S+)\]:tcp:(\d+) ports don't match`, "port-mismatch", "$2"),
	same(`Virtual server \[(\S+)\]:tcp:\d+: real server \[(\S+)\]:tcp:\d+ matches sorry server`, "sorry-server-inhibit", "$2"),
	same(`Virtual server \[(\S+)\]:tcp:(\d+) has no real servers`, "no-real-server", "$1"),
	same(`VS \[(\S+)\]:tcp:\d+: real server \[(\S+)\]:tcp:\d+ is duplicated`, "real-server-twice", "$2"),
}

// explained are the messages without a counterpart of ours, with the reason.
var explained = []struct{ conf, text, why string }{
	{"Luolired__Supervisor-Keepalived__keepalived__keepalived.conf", "Warning - cannot track route default with no interface",
		"2.4.3 watches routes without an interface and says nothing"},
	{"goncaloGIT__mykernelpanic__keepalived__keepalived.conf", "Unable to set default user for vrrp script chk_haproxy",
		"2.4.3 does not look at a script that nothing tracks; here a hint says that it never runs"},
}

// spoken pairs the messages of keepalived about a configuration with our problems.
type spoken struct {
	problems []parser.Problem
	lines    []string // of the main file
}

// pair tells whether one of our problems says what a message says, at the same line. What
// keepalived finds at the } of a block may stand where the block begins.
func (s *spoken) pair(c *counterpart, m message) bool {
	word := string(c.text.ExpandString(nil, c.says, m.text, c.text.FindStringSubmatchIndex(m.text)))
	for _, p := range s.problems {
		if !slices.Contains(strings.Fields(c.ids), p.ID) || !strings.Contains(p.Message+"\x00"+p.Text, word) {
			continue
		}
		if m.line == 0 || filepath.Base(p.Pos.File) == filepath.Base(m.file) && (p.Pos.Line == m.line || s.closes(m.line, p.Pos.Line)) {
			return true
		}
	}
	return false
}

// closes tells whether a line is the } of a block and line at lies in the block.
func (s *spoken) closes(line, at int32) bool {
	if int(line) > len(s.lines) || strings.TrimSpace(s.lines[line-1]) != "}" || at > line {
		return false
	}
	depth := 0
	for i := line - 1; i >= at-1; i-- {
		text, _, _ := strings.Cut(s.lines[i], "#")
		depth += strings.Count(text, "}") - strings.Count(text, "{")
		if depth <= 0 {
			return i == at-1
		}
	}
	return true
}

// follows tells whether a message only repeats what a { that is missing above has caused:
// keepalived's processes pass over the blocks of one another by their braces, and one that does
// not find the { takes every line of the block for an unknown keyword. Ours says it once, and
// where the { has to stand.
func (s *spoken) follows(m message) bool {
	if !cascade.MatchString(m.text) {
		return false
	}
	for _, p := range s.problems {
		if p.ID == "missing-open" && strings.Contains(p.Instead, "keepalived") && p.Pos.Line <= m.line && m.line <= s.blockEnd(p.Pos.Line) {
			return true
		}
	}
	return false
}

var cascade = regexp.MustCompile(`^(Unknown keyword|Unexpected '{'|Extra '}')`)

// blockEnd is the line of the } that ends a block whose { is missing before line from.
func (s *spoken) blockEnd(from int32) int32 {
	depth := 1
	for i := int(from) - 1; i < len(s.lines); i++ {
		text, _, _ := strings.Cut(s.lines[i], "#")
		depth += strings.Count(text, "{") - strings.Count(text, "}")
		if depth <= 0 {
			return int32(i + 1)
		}
	}
	return int32(len(s.lines))
}

// TestEveryMessageOfKeepalivedHasACounterpart holds our problems against all that keepalived
// 2.2.7 printed for the corpus: we say the same of the same line, and more clearly.
func TestEveryMessageOfKeepalivedHasACounterpart(t *testing.T) {
	shared := reference.Dir(t)
	if shared == "" {
		return
	}
	dir := filepath.Join(shared, "corpus")
	files, err := filepath.Glob(filepath.Join(dir, "expected", "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	host := corpusHost(t, dir)
	var total, paired, followed, reasons int
	for _, path := range files {
		name := filepath.Join(dir, "conf", strings.TrimSuffix(filepath.Base(path), ".txt"))
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		s := spoken{lines: strings.Split(string(text), "\n")}
		s.problems = Load(name, parser.Options{ConfigID: "testhost", Files: osfiles.Files{}}, host).Problems
		for _, m := range readMessages(t, path) {
			total++
			i := slices.IndexFunc(counterparts, func(c counterpart) bool { return c.text.MatchString(m.text) })
			why := ""
			for _, e := range explained {
				if e.conf == m.conf && strings.HasPrefix(m.text, e.text) {
					why = e.why
				}
			}
			switch found := i >= 0 && s.pair(&counterparts[i], m); {
			case found && why != "":
				t.Errorf("%s:%d: %s\n    is explained (%s), but has a counterpart", m.conf, m.line, m.text, why)
			case found:
				paired++
			case why != "":
				reasons++
			case s.follows(m):
				followed++
			default:
				t.Errorf("%s:%d: %s\n  has no counterpart in\n%s", m.conf, m.line, m.text, s.near(m.line))
			}
		}
	}
	t.Logf("%d messages: %d paired at their line, %d follow from a missing { that is reported, %d explained", total, paired, followed, reasons)
	if len(files) < 130 || total < 800 {
		t.Errorf("only %d files with %d messages: the corpus is not whole", len(files), total)
	}
	if reasons != len(explained) {
		t.Errorf("%d explanations, but only %d were needed", len(explained), reasons)
	}
}

// near lists the problems of a line, or all for line 0.
func (s *spoken) near(line int32) string {
	out := ""
	for _, p := range s.problems {
		if line == 0 || p.Pos.Line == line {
			out += fmt.Sprintf("    %s [%s]\n", Describe(p), p.ID)
		}
	}
	return out
}
