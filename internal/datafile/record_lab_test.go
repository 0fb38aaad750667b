//go:build lab

package datafile_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/datafile/fieldtest"
	"github.com/holdfast-ha/holdfast/internal/lab"
)

// TestMain records when it runs inside the lab, and tests when it does not.
func TestMain(m *testing.M) {
	lab.GuestMain()
	if lab.Inside() {
		lab.BatchMain()
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
// include.
func record(t *testing.T, corpus string, configs map[string]string, more ...string) map[string]recording {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), recordLimit)
	defer cancel()
	b := lab.Batch{Script: daemon, Files: maps.Clone(configs), AtOnce: 12, Limit: 90 * time.Second}
	for _, path := range more {
		b.Files[filepath.Base(path)] = path
	}
	plan := links(t, corpus, configs)
	for _, name := range slices.Sorted(maps.Keys(configs)) {
		b.Jobs = append(b.Jobs, lab.Job{Name: name, Links: plan[name]})
	}
	results, err := b.Run(ctx)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]recording{}
	for name, r := range results {
		all[name] = recordingOf(r)
	}
	return all
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

// daemon runs keepalived. A signal before a child is ready would end the child; keepalived
// says when all are. It writes its dumps in one go, but they can be read meanwhile.
const daemon = `
trap "printf '\002'; cat /tmp/log" EXIT
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
for f in keepalived.data keepalived_check.data; do printf '\001'; cat /tmp/$f 2>/dev/null; done
`

// recordingOf takes the dumps and the log apart.
func recordingOf(j lab.JobResult) recording {
	r := recording{Name: j.Name}
	dumps, log, _ := strings.Cut(j.Output, "\x02")
	if parts := strings.Split(dumps, "\x01"); len(parts) == 3 {
		r.Data, r.Check = parts[1], parts[2]
	}
	if r.Log = log; j.Err != "" {
		r.Log += "\n" + j.Err
	}
	if cut := strings.Index(r.Data, "------< Interfaces >"); cut >= 0 {
		r.Data = r.Data[:cut]
	}
	return r
}
