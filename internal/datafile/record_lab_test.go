//go:build lab

package datafile_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/datafile/fieldtest"
	"github.com/holdfast-ha/holdfast/internal/lab"
)

// TestMain records when it runs inside the lab, and tests when it does not.
func TestMain(m *testing.M) {
	lab.GuestMain()
	if lab.Inside() {
		if err := recordAll(os.Args[1], os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// recording is what keepalived made of one file.
type recording struct {
	Name  string
	Data  string // keepalived.data; empty when the daemon ended
	Check string // keepalived_check.data; empty without virtual servers
	Log   string
}

// recordLimit is the longest that all recordings together may take, the boot included.
const recordLimit = 8 * time.Minute

// record runs Debian's keepalived on configurations, given by name and path; more are files that these
// include. It is a guest even where the host's kernel
// could do it: the files run foreign programs as root, and a guest cannot write to the machine.
func record(t *testing.T, corpus string, configs map[string]string, more ...string) map[string]recording {
	t.Helper()
	// A guest has one processor: two of them take half the time.
	plan := links(t, corpus, configs)
	var parts [2]map[string]string
	for i, name := range slices.Sorted(maps.Keys(configs)) {
		if parts[i%2] == nil {
			parts[i%2] = map[string]string{}
		}
		parts[i%2][name] = configs[name]
	}
	var found [2]map[string]recording
	var group sync.WaitGroup
	for i, part := range parts {
		if part != nil {
			group.Go(func() { found[i] = recordInGuest(t, plan, part, more...) })
		}
	}
	group.Wait()
	if t.Failed() {
		t.FailNow()
	}
	all := map[string]recording{}
	for _, part := range found {
		maps.Copy(all, part)
	}
	return all
}

// recordInGuest records in one guest. It does not end the test, which other goroutines may not.
func recordInGuest(t *testing.T, links, configs map[string]string, more ...string) map[string]recording {
	ctx, cancel := context.WithTimeout(t.Context(), recordLimit)
	defer cancel()
	g := lab.Guest{Args: []string{"lab", "plan.json"}, Files: map[string]string{}}
	for _, path := range more {
		g.Files[filepath.Base(path)] = path
	}
	maps.Copy(g.Files, configs)
	plan := map[string]string{}
	for name := range configs {
		plan[name] = links[name]
	}
	all := map[string]recording{}
	out, err := boot(ctx, g, filepath.Join(t.TempDir(), "plan.json"), plan)
	if err != nil {
		t.Error(err)
		return nil
	}
	for d := json.NewDecoder(out); d.More(); {
		var r recording
		if err := d.Decode(&r); err != nil {
			t.Error(err)
			return nil
		}
		all[r.Name] = r
	}
	return all
}

// boot has a guest make the recordings of a plan.
func boot(ctx context.Context, g lab.Guest, file string, plan map[string]string) (io.Reader, error) {
	text, err := json.Marshal(plan)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(file, text, 0o644); err != nil {
		return nil, err
	}
	g.Files["plan.json"] = file
	var out bytes.Buffer
	g.Output = &out
	if status, err := g.Boot(ctx); err != nil || status != 0 {
		return nil, fmt.Errorf("record: status %d, %v\n%.2000s", status, err, out.String())
	}
	return &out, nil
}

// links gives each file the commands that make the interfaces which it names, with the addresses of
// the corpus. All of them for every file would take minutes.
func links(t *testing.T, corpus string, configs map[string]string) map[string]string {
	t.Helper()
	plan := map[string]string{}
	for name, path := range configs {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for i, link := range fieldtest.Interfaces(t, corpus) {
			word := regexp.MustCompile(`(^|[^\w.-])` + regexp.QuoteMeta(link) + `($|[^\w.-])`)
			if link != "eth0" && !word.Match(text) { // eth0 is the default interface
				continue
			}
			fmt.Fprintf(&b, "link add %s type veth peer name p%d\nlink set %s up\nlink set p%d up\naddress add 10.250.%d.1/24 dev %s\n", link, i, link, i, i+1, link)
		}
		plan[name] = b.String()
	}
	return plan
}

// atOnce is how many daemons run at a time: the guest has one processor.
const atOnce = 12

// recordAll is the guest's part: it writes the recordings as lines of JSON.
func recordAll(plan string, out io.Writer) error {
	text, err := os.ReadFile(filepath.Join(lab.Shared, plan))
	if err != nil {
		return fmt.Errorf("read the plan: %w", err)
	}
	files := map[string]string{}
	if err := json.Unmarshal(text, &files); err != nil {
		return fmt.Errorf("read the plan: %w", err)
	}
	// The shared directory can be written to, and its files may be those of the corpus: out of sight.
	if text, err := exec.Command("cp", "-rL", lab.Shared, "/run/conf").CombinedOutput(); err != nil {
		return fmt.Errorf("copy the files: %w: %s", err, text)
	}
	var group sync.WaitGroup
	var mu sync.Mutex
	slots := make(chan struct{}, atOnce)
	encoder := json.NewEncoder(out)
	for name, links := range files {
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			r := recordOne(name, links)
			mu.Lock()
			defer mu.Unlock()
			if e := encoder.Encode(r); e != nil {
				err = e
			}
		})
	}
	group.Wait()
	return err
}

// daemon runs keepalived in namespaces of its own, of which the shell is the first process: what is
// left when it ends, the kernel ends. A signal before a child is ready would end the child; keepalived
// says when all are. It writes its dumps in one go, but they can be read meanwhile.
const daemon = `
mount --make-rprivate / && umount /mnt && mount -t proc proc /proc && mount -t tmpfs tmpfs /tmp || exit 1
mkdir -p /tmp/conf && mount --bind /run/conf /tmp/conf && mount -t tmpfs tmpfs /run || exit 1
ip link set lo up && ip -batch - || exit 1
keepalived -n -l -f "/tmp/conf/$1" >/tmp/log 2>&1 &
for i in {1..60}; do
	sleep 0.5
	[[ $(</tmp/log) == *"Startup complete"* ]] && break
	kill -0 $! 2>/dev/null || exit 0
done
sleep 1
kill -USR1 $! || exit 0
for i in {1..20}; do
	sleep 0.5
	[[ (! -e /run/vrrp.pid || -s /tmp/keepalived.data) && (! -e /run/checkers.pid || -s /tmp/keepalived_check.data) ]] && break
	kill -0 $! 2>/dev/null || exit 0
done
sleep 0.5
`

// oneLimit is the longest that one daemon may take.
const oneLimit = 90 * time.Second

func recordOne(name, links string) recording {
	ctx, cancel := context.WithTimeout(context.Background(), oneLimit)
	defer cancel()
	script := daemon + "for f in keepalived.data keepalived_check.data; do printf '\\001'; cat /tmp/$f 2>/dev/null; done\n"
	script = "trap \"printf '\\002'; cat /tmp/log\" EXIT\n" + script
	command := exec.CommandContext(ctx, "bash", "-c", script, "bash", name)
	command.Stdin = strings.NewReader(links)
	command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWIPC}
	text, err := command.CombinedOutput()
	r := recording{Name: name}
	dumps, log, _ := strings.Cut(string(text), "\x02")
	if parts := strings.Split(dumps, "\x01"); len(parts) == 3 {
		r.Data, r.Check = parts[1], parts[2]
	}
	if r.Log = log; err != nil {
		r.Log += "\n" + err.Error()
	}
	if cut := strings.Index(r.Data, "------< Interfaces >"); cut >= 0 {
		r.Data = r.Data[:cut]
	}
	return r
}
