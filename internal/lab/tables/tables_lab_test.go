//go:build lab

package tables

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/datafile/fieldtest"
	"github.com/holdfast-ha/holdfast/internal/lab"
)

var (
	only = flag.String("only", "", "compare only files whose names contain this")
	all  = flag.Bool("all", false, "compare every file of the corpus, not every fourth, and import every table")
)

func wanted(name string) bool { return strings.Contains(name, *only) }

// limit is the longest that everything may take, the boot included.
const limit = 8 * time.Minute

// both makes a network from which there is a way to everywhere and nobody at its end: checks neither fail
// nor succeed at once. No name is looked up, since a server that does not answer would keep keepalived from
// starting.
const both = `
ip -batch - <<-end || exit 1
	link add nowhere type dummy
	link set nowhere up
	address add 10.249.0.1/24 dev nowhere
	route add default dev nowhere
	address add fd00:249::1/64 dev nowhere nodad
	route add ::/0 dev nowhere
end
iptables-legacy -A INPUT -i lo -p tcp -j DROP || exit 1
echo "hosts: files" >/tmp/nsswitch.conf && mount --bind /tmp/nsswitch.conf /etc/nsswitch.conf || exit 1
exec /tmp/conf/lab both "$@"
`

// side is what one of the two has made of a file.
type side struct {
	Started bool
	Saved   []string // lines of ipvsadm-save -n, sorted: the order in the kernel is that of its hash
	Fields  []string // every field
	Left    string   // what was left in the kernel after the stop
	Log     string
	Err     string
	// Ready is how long it took until the table was written, Taken until it was read.
	Ready, Taken time.Duration
}

func lines(text string) []string {
	list := slices.Collect(strings.Lines(text))
	for i := range list {
		list[i] = strings.TrimRight(list[i], " \n")
	}
	slices.Sort(list)
	return list
}

// services counts the virtual services.
func (s *side) services() int {
	n := 0
	for _, l := range s.Saved {
		if strings.HasPrefix(l, "-A ") {
			n++
		}
	}
	return n
}

// inUse leaves out services without destinations: a configuration cannot say them.
func inUse(saved []string) []string {
	used := map[string]bool{}
	name := func(line string) string {
		words := strings.Fields(line)
		if slices.Contains(words, "-6") {
			return strings.Join(words[1:4], " ")
		}
		return strings.Join(words[1:3], " ")
	}
	for _, line := range saved {
		used[name(line)] = used[name(line)] || strings.HasPrefix(line, "-a ")
	}
	return slices.DeleteFunc(slices.Clone(saved), func(line string) bool { return !used[name(line)] })
}

// TestTablesAreThoseOfDebiansKeepalived compares, for files that the test writes and for those of the
// corpus that have virtual servers, the table in the kernel with keepalived's.
func TestTablesAreThoseOfDebiansKeepalived(t *testing.T) {
	files := generated()
	b := lab.Batch{Script: both, Files: map[string]string{"holdfast": program(t), "holdfastctl": program(t) + "ctl"}, AtOnce: 8, Limit: 3 * time.Minute}
	for _, f := range files {
		path := filepath.Join(t.TempDir(), "conf")
		if err := os.WriteFile(path, []byte(f.text), 0o644); err != nil {
			t.Fatal(err)
		}
		b.Files[f.name] = path
		if wanted(f.name) {
			b.Jobs = append(b.Jobs, job(f, "eth0"))
		}
	}
	real := corpus(t, &b)
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	results, err := b.Run(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var sum tally
	for _, f := range files {
		if !wanted(f.name) {
			continue
		}
		sum.compare(t, f, results[f.name])
	}
	t.Log("files written by the test:", sum)
	sum = tally{}
	for _, name := range real {
		sum.compare(t, file{name: name}, results[name])
	}
	t.Log("files of the corpus:", sum)
	if len(real) > 0 && *all && (sum.files < 30 || sum.services < 45) {
		t.Error("too few: the corpus is not whole")
	}
}

// program is the daemon of the build.
func program(t *testing.T) string {
	t.Helper()
	path := os.Getenv("HOLDFAST_BINARY")
	if path == "" {
		path = filepath.Join("..", "..", "..", "bin", "holdfast")
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatal("find the daemon (make build):", err)
	}
	return path
}

func job(f file, links ...string) lab.Job {
	j := lab.Job{Name: f.name, Args: []string{"-C", "1", ""}}
	if f.whole {
		j.Args[0] = "-D"
	}
	if f.imports || *all && f.least > 0 && !f.whole && f.rest == 0 {
		j.Args[2] = "import"
	}
	if f.rest > 0 {
		j.Args[1] = fmt.Sprint(f.rest)
	}
	var b strings.Builder
	for i, link := range links {
		fmt.Fprintf(&b, "link add %s type veth peer name p%d\nlink set %s up\nlink set p%d up\naddress add 10.250.%d.1/24 dev %s\n", link, i, link, i, i+1, link)
	}
	j.Links = b.String()
	return j
}

// unhurried is where the first check of a real server is put off by the test: the files are those of others,
// whose servers are not here, and on a slow machine some checks would have failed when the table is read.
var unhurried = regexp.MustCompile(`(?m)^\s*delay_loop\s+\d.*$`)

// corpus adds the files of the corpus to a batch and returns the names of those with virtual servers.
func corpus(t *testing.T, b *lab.Batch) []string {
	t.Helper()
	dir := fieldtest.Corpus(t)
	if dir == "" {
		return nil
	}
	paths, err := filepath.Glob(filepath.Join(dir, "conf", "*"))
	if err != nil {
		t.Fatal(err)
	}
	interfaces := fieldtest.Interfaces(t, dir)
	var names []string
	count := 0
	for _, path := range paths {
		name := filepath.Base(path)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		b.Files[name] = filepath.Join(t.TempDir(), "conf")
		if err := os.WriteFile(b.Files[name], unhurried.ReplaceAll(text, []byte("$0\nwarmup 3600")), 0o644); err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`(?m)^\s*virtual_server`).Match(text) {
			continue
		}
		links := []string{"eth0"}
		for _, link := range interfaces {
			if link != "eth0" && regexp.MustCompile(`(^|[^\w.-])`+regexp.QuoteMeta(link)+`($|[^\w.-])`).Match(text) {
				links = append(links, link)
			}
		}
		if count++; !wanted(name) || !*all && *only == "" && count%4 != 0 {
			continue
		}
		names = append(names, name)
		b.Jobs = append(b.Jobs, job(file{name: name}, links...))
	}
	return names
}

// explained are files of the corpus whose tables cannot be the same.
var explained = map[string]string{
	"hanxueluo__gittrace__keepalived__keepalived.conf": "keepalived 2.4.3 does not start on it, and Holdfast does not; 2.2.7 does",
	"pqarmitage__keepalived-devel-tools__configs__vsg.conf": "several virtual servers claim the services of one mark: keepalived puts the real servers of all into it, " +
		"and takes them out again when any of them fails; here it belongs to the first",
}

// tally counts what was compared.
type tally struct{ files, refused, services, destinations, imported, differences, explained int }

func (n tally) String() string {
	return fmt.Sprintf("%d files, %d services, %d destinations and all their fields compared with keepalived's, %d differences; %d services imported from ipvsadm-save; %d files that neither starts on, %d not compared with a reason",
		n.files, n.services, n.destinations, n.differences, n.imported, n.refused, n.explained)
}

// compare takes the two sides of one file and reports where they differ.
func (n *tally) compare(t *testing.T, f file, r lab.JobResult) {
	t.Helper()
	var sides [3]side
	if err := json.Unmarshal([]byte(r.Output), &sides); err != nil || r.Err != "" || sides[0].Err+sides[1].Err+sides[2].Err != "" {
		t.Errorf("%s: the job has failed: %v %s\n%s", f.name, err, r.Err, r.Output)
		return
	}
	theirs, ours := sides[0], sides[1]
	if !theirs.Started && !ours.Started {
		n.refused++
		return
	}
	if why := explained[f.name]; why != "" {
		n.explained++
		t.Logf("%s is not compared: %s", f.name, why)
		return
	}
	n.files++
	if testing.Verbose() {
		t.Logf("%s: keepalived ready after %v, read after %v; Holdfast %v, %v", f.name, theirs.Ready.Round(time.Millisecond),
			theirs.Taken.Round(time.Millisecond), ours.Ready.Round(time.Millisecond), ours.Taken.Round(time.Millisecond))
	}
	n.services += theirs.services()
	n.destinations += len(theirs.Saved) - theirs.services()
	if theirs.services() < f.least {
		t.Errorf("%s: keepalived has %d services, want %d at least\n%s", f.name, theirs.services(), f.least, theirs.Log)
	}
	if diff := cmp.Diff(theirs.Saved, ours.Saved); diff != "" {
		n.differences++
		t.Errorf("%s: ipvsadm-save (-keepalived +Holdfast):\n%s\nkeepalived:\n%s\nHoldfast:\n%s", f.name, diff, theirs.Log, ours.Log)
	} else if diff := cmp.Diff(theirs.Fields, ours.Fields); diff != "" {
		n.differences++
		t.Errorf("%s: fields (-keepalived +Holdfast):\n%s", f.name, diff)
	}
	if again := sides[2]; again.Started {
		n.imported += again.services()
		if diff := cmp.Diff(inUse(theirs.Saved), again.Saved); diff != "" {
			n.differences++
			t.Errorf("%s: ipvsadm-save again after an import (-keepalived +Holdfast):\n%s\n%s", f.name, diff, again.Log)
		}
	}
	if ours.Left != "" {
		t.Errorf("%s: left in the kernel after the stop:\n%s", f.name, ours.Left)
	}
}
