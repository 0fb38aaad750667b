//go:build lab

package datafile_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/holdfast-ha/holdfast/internal/datafile"
	"github.com/holdfast-ha/holdfast/internal/datafile/fieldtest"
	"github.com/holdfast-ha/holdfast/internal/hostinfo"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/parser/osfiles"
)

// labMachine is what keepalived sees in the guest: this machine's programs and accounts, the
// interfaces of the corpus.
type labMachine struct {
	*hostinfo.Host
	links *fieldtest.Host
}

func (m labMachine) Interface(name string) (config.Interface, bool) { return m.links.Interface(name) }

// tally counts what one side's file has shown.
type tally struct{ files, fields, differences int }

func (n *tally) compare(t *testing.T, name string, keepalived, ours []fieldtest.Field) {
	t.Helper()
	found := fieldtest.Compare(keepalived, ours)
	n.files, n.fields, n.differences = n.files+1, n.fields+len(keepalived), n.differences+len(found)
	for _, d := range found {
		t.Errorf("%s: %s", name, d)
	}
}

// labPath is the PATH of the guest: both sides have to find the same programs.
const labPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

func TestDumpsOfRealConfigurationsAreThoseOfDebiansKeepalived(t *testing.T) {
	corpus := fieldtest.Corpus(t)
	if corpus == "" {
		return
	}
	states, err := filepath.Glob(filepath.Join(corpus, "dumps", "*.state"))
	if err != nil {
		t.Fatal(err)
	}
	configs := map[string]string{}
	for _, path := range states {
		// Where keepalived wrote no dump, no process of its had anything to do.
		name := strings.TrimSuffix(filepath.Base(path), ".state")
		if dumps, _ := filepath.Glob(strings.TrimSuffix(path, ".state") + ".keepalived*.data"); len(dumps) > 0 {
			configs[name] = filepath.Join(corpus, "conf", name)
		}
	}
	all, err := filepath.Glob(filepath.Join(corpus, "conf", "*"))
	if err != nil {
		t.Fatal(err)
	}
	data, check := compareWithDebian(t, corpus, configs, all...)
	if data.fields < 8000 || check.fields < 3000 {
		t.Error("too few fields: the recordings are not whole")
	}
}

func TestEverySettingIsShownAsDebiansKeepalivedShowsIt(t *testing.T) {
	corpus := fieldtest.Corpus(t)
	if corpus == "" {
		return
	}
	path, err := filepath.Abs("testdata/everything.conf")
	if err != nil {
		t.Fatal(err)
	}
	data, _ := compareWithDebian(t, corpus, map[string]string{"everything.conf": path})
	if data.fields < 500 {
		t.Error("too few fields: the recording is not whole")
	}
}

// compareWithDebian records what Debian's keepalived makes of configurations and compares.
func compareWithDebian(t *testing.T, corpus string, configs map[string]string, more ...string) (data, check tally) {
	t.Helper()
	t.Setenv("PATH", labPath)
	recorded := record(t, corpus, configs, more...)
	for _, name := range slices.Sorted(maps.Keys(configs)) {
		r := recorded[name]
		if r.Data == "" && r.Check == "" {
			t.Errorf("%s: Debian's keepalived wrote no dump:\n%s", name, r.Log)
		}
		c := config.Load(configs[name], parser.Options{ConfigID: "testhost", Files: osfiles.Files{}},
			labMachine{hostinfo.New(), fieldtest.NewHost(t, corpus)}).Config
		if r.Data != "" {
			rules := slices.Concat(older, fieldtest.VRRP)
			var w datafile.Writer
			datafile.Global(&w, c, datafile.VRRPProcess)
			datafile.VRRP(&w, c, fieldtest.Election(r.Data), nil)
			data.compare(t, name, fieldtest.Fields(olderText(name, r.Data), rules), fieldtest.Fields(w.String(), rules))
		}
		if r.Check != "" {
			var w datafile.Writer
			datafile.Global(&w, c, datafile.CheckProcess)
			datafile.Check(&w, c, fieldtest.Status(c, r.Check))
			check.compare(t, name, olderFields(r.Check), olderFields(w.String()))
		}
	}
	t.Logf("keepalived.data: %d files, %d fields compared, %d differences", data.files, data.fields, data.differences)
	t.Logf("keepalived_check.data: %d files, %d fields compared, %d differences", check.files, check.fields, check.differences)
	return data, check
}

// olderText turns the text of 2.2.7 into that of 2.4.3 where a rule for fields cannot.
func olderText(name, dump string) string {
	dump = regexp.MustCompile(`(?m)^------< GARP delay group \d+ >`).ReplaceAllString(dump, "------< GARP delay group >")
	dump = regexp.MustCompile(`(?m)^ (GARP|GNA) interval = .*`).ReplaceAllStringFunc(dump, func(line string) string {
		label, value, _ := strings.Cut(line, " = ")
		n, _ := strconv.ParseFloat(value, 64)
		return fmt.Sprintf("%s = %.6f", label, n)
	})
	dump = strings.ReplaceAll(dump, "\n   Use VMAC for VIPs on", "\n     Use VMAC for VIPs on")
	if re := takenThen[name]; re != nil {
		dump = re.ReplaceAllString(dump, "")
	}
	return dump
}

// takenThen is what 2.2.7 takes of some files and 2.4.3 does not: a script reached by way of /bin,
// which is a symbolic link, and an excluded address that is a virtual address too.
var takenThen = map[string]*regexp.Regexp{
	"cplieger__docker-keepalived__tests__keepalived.conf":          regexp.MustCompile(`(?m)^   Master state transition script = '/usr/bin/touch' .*\n`),
	"forgottentoys__keepalived__keepalived_master.conf":            refused("chk_https_port"),
	"rraodina__config-samples__keepalived__keepalived.conf":        refused("chk_pid"),
	"syedaali__configs__keepalived-master.conf":                    refused("check_haproxy"),
	"pqarmitage__keepalived-devel-tools__configs__keepalived.conf": regexp.MustCompile(`(?m)^   Virtual IP Excluded :\n(     172\.21\.(60|160|170)\.38/24 .*\n)+`),
}

// refused matches all that a dump has of its only script.
func refused(script string) *regexp.Regexp {
	return regexp.MustCompile(`(?m)^   Tracked scripts :\n     ` + script + ` weight .*\n|(?s)^------< VRRP Scripts >-+\n VRRP Script = ` + script + `\n.*?   State = [^\n]+\n`)
}

func rule(path, text, with, why string) fieldtest.Rule {
	return fieldtest.Rule{Path: regexp.MustCompile(path), Text: regexp.MustCompile(text), With: with, Why: why}
}

// older leaves out of keepalived.data what 2.2.7 has otherwise than 2.4.3, or gives it the same form.
var older = []fieldtest.Rule{
	rule(`^Global`, `^(SNMP|DBus) `, fieldtest.Drop, "Debian's build has SNMP and D-Bus, that of 2.4.3 had not"),
	rule(`^Global`, `^(json_version|iproute \w+ directory|Use VRRPv2 checksum|\w+ symlinks in script paths|.* supplementary groups for all scripts)`, fieldtest.Drop, "newer than 2.2.7"),
	rule(`^Global`, `^Default script uid:gid`, fieldtest.Drop, "2.2.7 looks the account up for more files"),
	rule(`^VRRP Topology`, `^(Rogue master counter|Roger timer thread|Address owner ignores received adverts|VRRPv3 uses VRRPv2 checksum) = `, fieldtest.Drop, "newer than 2.2.7"),
	rule(`^VRRP Topology`, `^Master advert int(erval)? = `, fieldtest.Drop, "has another form and another place"),
	rule(`^VRRP Topology`, `^Password = .*`, "Password = ********", "2.2.7 shows it"),
	rule(`^VRRP Topology`, `^Master down timer = (1|3003906) usecs$`, "Master down timer of an owner", "2.2.7 gives an owner the timer of priority 255"),
	rule(`^VRRP Topology`, `^Wantstate = `, fieldtest.Drop, "2.2.7 keeps it in a FAULT that scripts cause"),
	rule(`^VRRP Topology`, ` nftable_set$`, "", "Holdfast makes no firewall rules"),
	rule(`^VRRP Topology .* / Virtual Routes :`, ` no_track$`, "", "2.2.7 says that a route without an interface is not watched"),
	rule(`^VRRP Scripts`, `^Command = '/usr/(sbin/killall5|bin/pidof)'`, "Command = pidof", "2.2.7 resolves a link in the last component too"),
	rule(`^Global`, `^\w+ CPU Affinity =|^current realtime `, fieldtest.Drop, "processors and process"),
	rule(`^Static Routes`, ` \[dev \w+\]$`, "", "the last interface of the machine, by accident"),
	rule(`^Static Routes`, `congctl (\w+)lock  `, "congctl lock $1 ", "two words that run into each other"),
	rule(`^VRRP Sync groups`, `, num member init \d+$`, "", "scripts that have not answered: Holdfast does not run them yet"),
	rule(`^VRRP Scripts`, `^Path = `, fieldtest.Drop, "newer than 2.2.7"),
}

// olderCheck is older for keepalived_check.data.
var olderCheck = []fieldtest.Rule{
	rule(`^LVS Topology`, `^(VS )?alive = `, "alive = ", "the label was another one"),
	rule(`sorry server = `, `^(set|alive) = `, fieldtest.Drop, "newer than 2.2.7"),
	rule(`^Health checkers`, `^tls_compliant `, fieldtest.Drop, "newer than 2.2.7"),
	rule(`^Health checkers`, `^Last ran = `, fieldtest.Drop, "a time"),
	rule(`^Health checkers`, `^Last status = `, fieldtest.Drop, "what a script has answered"),
}

// olderFields are the fields of a keepalived_check.data with the rules for 2.2.7.
func olderFields(dump string) []fieldtest.Field {
	var fields []fieldtest.Field
	for _, f := range checkFields(dump) {
		if f, ok := fieldtest.Apply(f, olderCheck); ok {
			fields = append(fields, f)
		}
	}
	return fields
}
