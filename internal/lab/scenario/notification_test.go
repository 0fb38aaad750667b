//go:build lab

package scenario

import (
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

// notifying has an instance of its own and two in a sync group, and two virtual servers, of which all is
// told to three FIFOs and by mail. eth1, where real servers and the mail server are, is never cut. The script takes its time: keepalived loses
// sight of one that ends at once, and never runs it again.
const notifying = `
global_defs {
    router_id LAB
    script_user root
    notification_email {
        a@x.example
        b@x.example
    }
    notification_email_from d@x.example
    smtp_server 10.10.20.25 25
    smtp_alert on
    notify_fifo /run/all
    vrrp_notify_fifo /run/vrrp
    lvs_notify_fifo /run/lvs
    vrrp_notify_priority_changes on
    fifo_write_vrrp_states_on_reload
}

track_file load {
    file /run/load
}

vrrp_sync_group G {
    group {
        VI_2
        VI_3
    }
}

vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    advert_int 0.2
    version 3
    track_file {
        load weight 1
    }
    virtual_ipaddress {
        10.10.10.22
    }
}

vrrp_instance VI_2 {
    interface eth0
    virtual_router_id 52
    priority 100
    advert_int 0.2
    version 3
    virtual_ipaddress {
        10.10.10.23
    }
}

vrrp_instance VI_3 {
    interface eth0
    virtual_router_id 53
    priority 90
    advert_int 0.2
    version 3
    virtual_ipaddress {
        10.10.10.24
    }
}

virtual_server 10.10.10.22 80 {
    lb_algo rr
    lb_kind DR
    protocol TCP
    delay_loop 1
    retry 0
    real_server 10.10.20.80 80 {
        TCP_CHECK {
            connect_timeout 1
        }
    }
}

virtual_server 10.10.10.23 80 {
    lb_algo rr
    lb_kind DR
    protocol TCP
    delay_loop 1
    real_server 10.10.20.81 80 {
        MISC_CHECK {
            misc_timeout 30
            misc_path "/usr/bin/env sh -c 'sleep 0.2; test -e /run/healthy'"
        }
    }
    real_server 10.10.20.82 80 {
    }
}
`

// told are the streams of one program, by phase of the story.
type told struct {
	phases []string            // in order
	lines  map[string][]string // "FIFO or mail, phase": lines
}

// listener reads a FIFO that is there before the daemon.
type listener struct {
	mu   sync.Mutex
	read []byte
	seen int // octets that belong to earlier phases
}

func listen(t *testing.T, h *lab.Host, path string) *listener {
	t.Helper()
	var f *os.File
	must(t, h.Do(func() (err error) {
		if err = unix.Mkfifo(path, 0o600); err == nil {
			f, err = os.OpenFile(path, os.O_RDWR, 0)
		}
		return err
	}))
	l := &listener{}
	go func() {
		b := make([]byte, 4096)
		for {
			n, err := f.Read(b)
			if err != nil {
				return
			}
			l.mu.Lock()
			l.read = append(l.read, b[:n]...)
			l.mu.Unlock()
		}
	}()
	t.Cleanup(func() { f.Close() })
	return l
}

func (l *listener) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.read[l.seen:])
}

// next begins a new phase and returns the lines of the last, each with what ends it.
func (l *listener) next() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := string(l.read[l.seen:])
	l.seen = len(l.read)
	var lines []string
	for text != "" {
		end := strings.IndexByte(text, '\n') + 1
		if end == 0 {
			end = len(text)
		}
		if end < len(text) && text[end] == 0 {
			end++
		}
		lines = append(lines, text[:end])
		text = text[end:]
	}
	return lines
}

// step is one phase of the story: what is done, and what has to be told before the next.
type step struct {
	name string
	do   func(t *testing.T, d *lab.Director)
	all  []string // parts of the FIFO of all events
	mail []string // parts of subjects
}

// story is the life of a director and of the real servers behind it.
func story(server *lab.Server, rs, peer *lab.Host) []step {
	must := func(t *testing.T, err error) { t.Helper(); must(t, err) }
	return []step{
		{"start", func(t *testing.T, d *lab.Director) { must(t, d.Start(notifying)) },
			[]string{`"VI_1" MASTER 100`, `"G" MASTER 0`, "VS [10.10.10.22]:tcp:80 UP", "VS [10.10.10.23]:tcp:80 UP"},
			[]string{"VI_1 - Entering MASTER", "VI_2 - Entering MASTER", "VI_3 - Entering MASTER", "Group G - Entering MASTER", "10.10.10.22]:tcp:80 - UP", "10.10.10.23]:tcp:80 - UP"}},
		{"an advertisement of lower priority", func(t *testing.T, _ *lab.Director) {
			must(t, peer.Inject("eth0", lab.Forged{Source: address("10.10.10.40"), Version: 3, Type: 1, VRID: 51, Priority: 50, Interval: 20, TTL: 255, Address: vip4, Count: -1}))
		}, []string{`"VI_1" MASTER_RX_LOWER_PRI 100`}, nil},
		{"the priority of a master", func(t *testing.T, d *lab.Director) { must(t, d.WriteFile("/run/load", "7\n", 0o644)) },
			[]string{`"VI_1" MASTER_PRIORITY 107`}, nil},
		{"a real server goes", func(*testing.T, *lab.Director) { server.Close() },
			[]string{"RS [10.10.20.80]:tcp:80 [10.10.10.22]:tcp:80 DOWN", "VS [10.10.10.22]:tcp:80 DOWN"},
			[]string{"Realserver [10.10.20.80]:tcp:80", "Virtualserver [10.10.10.22]"}},
		{"it returns", func(t *testing.T, _ *lab.Director) {
			_, err := rs.Serve(80)
			must(t, err)
		}, []string{"RS [10.10.20.80]:tcp:80 [10.10.10.22]:tcp:80 UP", "VS [10.10.10.22]:tcp:80 UP"},
			[]string{"Realserver [10.10.20.80]:tcp:80", "Virtualserver [10.10.10.22]"}},
		{"a script finds a real server ill", func(t *testing.T, d *lab.Director) {
			_, err := d.Exec("rm", "/run/healthy")
			must(t, err)
		}, []string{"RS [10.10.20.81]:tcp:80 [10.10.10.23]:tcp:80 DOWN"}, []string{"Realserver [10.10.20.81]:tcp:80"}},
		{"and well", func(t *testing.T, d *lab.Director) { must(t, d.WriteFile("/run/healthy", "", 0o644)) },
			[]string{"RS [10.10.20.81]:tcp:80 [10.10.10.23]:tcp:80 UP"}, []string{"Realserver [10.10.20.81]:tcp:80"}},
		{"cut", func(t *testing.T, d *lab.Director) { must(t, d.Cut("eth0")) },
			[]string{`"VI_1" FAULT 107`, `"G" FAULT 0`}, []string{"VI_1 - Entering FAULT", "VI_2 - Entering FAULT", "VI_3 - Entering FAULT", "Group G - Entering FAULT"}},
		{"return", func(t *testing.T, d *lab.Director) { must(t, d.Restore("eth0")) },
			[]string{`"VI_1" MASTER 107`, `"G" MASTER 0`}, []string{"VI_1 - Entering MASTER", "VI_2 - Entering MASTER", "VI_3 - Entering MASTER", "Group G - Entering MASTER"}},
		{"a reload without a real server", func(t *testing.T, d *lab.Director) {
			must(t, d.Configure(strings.Replace(notifying, "    real_server 10.10.20.82 80 {\n    }\n", "", 1)))
			must(t, d.Reload())
		}, []string{"RS [10.10.20.82]:tcp:80 [10.10.10.23]:tcp:80 DOWN", `GROUP "G" MASTER 0`}, []string{"Realserver [10.10.20.82]:tcp:80"}},
		{"stop", func(t *testing.T, d *lab.Director) { must(t, d.StopPlanned()) }, []string{`"VI_1" STOP 107`, `"G" STOP 0`}, nil},
	}
}

// tell runs the story with a program.
func tell(t *testing.T, p lab.Program) told {
	s := newSite(t)
	back, err := s.net.Switch("back")
	must(t, err)
	d := s.host("d", "10.10.10.30/24").Direct(p)
	must(t, d.Link(back, "eth1", "10.10.20.30/24"))
	peer := s.host("peer", "10.10.10.40/24")
	rs, err := s.net.Host("rs")
	must(t, err)
	must(t, rs.Link(back, "eth0", "10.10.20.80/24", "10.10.20.25/24"))
	logsOnFailure(t, d)
	server, err := rs.Serve(80)
	must(t, err)
	mails, err := rs.Mail("10.10.20.25:25")
	must(t, err)
	must(t, d.WriteFile("/run/load", "0\n", 0o644))
	must(t, d.WriteFile("/run/healthy", "", 0o644))
	fifos := map[string]*listener{}
	for _, name := range []string{"all", "vrrp", "lvs"} {
		fifos[name] = listen(t, d.Host, "/run/"+name)
	}
	result := told{lines: map[string][]string{}}
	for _, step := range story(server, rs, peer) {
		seen := len(mails.Mails())
		subjects := func() string {
			var b strings.Builder
			for _, m := range mails.Mails()[seen:] {
				b.WriteString(m.Subject + "\n")
			}
			return b.String()
		}
		step.do(t, d)
		told := func() bool {
			missing := func(text string) func(string) bool {
				return func(part string) bool { return !strings.Contains(text, part) }
			}
			return !slices.ContainsFunc(step.all, missing(fifos["all"].text())) && !slices.ContainsFunc(step.mail, missing(subjects()))
		}
		for end := time.Now().Add(time.Minute); !told(); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%s: not all is told within a minute, only %q and %q", step.name, fifos["all"].text(), subjects())
			}
		}
		time.Sleep(time.Second) // and nothing more
		result.phases = append(result.phases, step.name)
		for name, l := range fifos {
			result.lines[name+", "+step.name] = l.next()
		}
		for _, m := range mails.Mails()[seen:] {
			result.lines["mail, "+step.name] = append(result.lines["mail, "+step.name], strings.Join(m.To, " ")+": "+m.Subject+" | "+m.Body)
		}
	}
	return result
}

// explained are the differences that are meant, by stream and phase: what we say more (+) or less (-),
// and why.
var explained = map[string]struct{ why, more, less string }{
	// The order within a phase that may differ: keepalived stops all at once, where each MASTER of ours
	// waits for its successor.
	"all, a reload without a real server": {
		"keepalived tells states of those alone that are not MASTER, and the priority from before the file was read anew",
		`INSTANCE "VI_1" MASTER 107|INSTANCE "VI_2" MASTER 100|INSTANCE "VI_3" MASTER 90`, `INSTANCE "VI_1" BACKUP_PRIORITY 107`},
	"vrrp, a reload without a real server": {
		"the same",
		`INSTANCE "VI_1" MASTER 107|INSTANCE "VI_2" MASTER 100|INSTANCE "VI_3" MASTER 90`, `INSTANCE "VI_1" BACKUP_PRIORITY 107`},
}

// TestNotification runs the same story with keepalived and with the program under test. What the same
// reader finds in their FIFOs is equal, octet for octet, and so are subjects and bodies of their mails.
// Within one phase the order of different instances may differ; that of one never does.
func TestNotification(t *testing.T) {
	programs := programsUnder(t)
	all := map[string]told{}
	for _, p := range programs {
		t.Run(p.Name, func(t *testing.T) { all[p.Name] = tell(t, p) })
	}
	if t.Failed() || len(programs) < 2 {
		return
	}
	reference, tested := all[programs[0].Name], all[programs[1].Name]
	lines, same := 0, 0
	scripted := false // the story has come to what a script finds
	for _, phase := range reference.phases {
		scripted = scripted || strings.Contains(phase, "script")
		for _, stream := range []string{"all", "vrrp", "lvs", "mail"} {
			key := stream + ", " + phase
			want, got := reference.lines[key], withoutNUL(t, programs[1], tested.lines[key])
			if stream == "mail" && !scripted {
				want = withoutFirst(t, want)
			}
			lines += len(want)
			if slices.Equal(want, got) {
				same++
			} else {
				t.Logf("%s: not in the same order:\n  keepalived %q\n  %s %q", key, want, programs[1].Name, got)
			}
			e, known := explained[key]
			if diff := cmp.Diff(expected(want, e.more, e.less), sorted(got)); diff != "" {
				t.Errorf("%s (-keepalived +%s):\n%s", key, programs[1].Name, diff)
			} else if known {
				t.Logf("%s: differs as explained: %s", key, e.why)
			}
			if stream != "mail" && !known { // keepalived sends each mail on its own
				for _, owner := range owners(want) {
					if diff := cmp.Diff(of(want, owner), of(got, owner)); diff != "" {
						t.Errorf("%s: order of %s (-keepalived +%s):\n%s", key, owner, programs[1].Name, diff)
					}
				}
			}
		}
	}
	t.Logf("%d lines and mails of keepalived; %d of %d streams of a phase are equal in their order, too", lines, same, 4*len(reference.phases))
	if lines < 60 {
		t.Errorf("only %d lines: the story was not told", lines)
	}
}

// withoutNUL takes off the NUL that ends lines of virtual and real servers in keepalived 2.4.3, which
// Debian's 2.2.7 does not have, and demands it of Holdfast.
func withoutNUL(t *testing.T, p lab.Program, lines []string) []string {
	t.Helper()
	lines = slices.Clone(lines)
	for i, l := range lines {
		if !strings.HasPrefix(l, "RS ") && !strings.HasPrefix(l, "VS ") {
			continue
		}
		var ended bool
		if lines[i], ended = strings.CutSuffix(l, "\x00"); !ended {
			t.Errorf("%s ends %q without a NUL", p.Name, l)
		}
	}
	return lines
}

// withoutFirst takes off the mail of a script's first success, which keepalived sends although the real
// server was up all the time.
func withoutFirst(t *testing.T, mails []string) []string {
	t.Helper()
	return slices.DeleteFunc(slices.Clone(mails), func(m string) bool {
		first := strings.HasSuffix(m, "=> MISC CHECK succeeded on service <=")
		if first {
			t.Logf("differs as explained: the first success of a script is no change: %s", m)
		}
		return first
	})
}

func sorted(lines []string) []string { return slices.Sorted(slices.Values(lines)) }

// expected is what keepalived told with the explained differences.
func expected(want []string, more, less string) []string {
	want = slices.Clone(want)
	for part := range strings.SplitSeq(less, "|") {
		if i := slices.Index(want, part+"\n"); i >= 0 {
			want = slices.Delete(want, i, i+1)
		}
	}
	if more != "" {
		for part := range strings.SplitSeq(more, "|") {
			want = append(want, part+"\n")
		}
	}
	return sorted(want)
}

// owner is whom a line is about.
func owner(line string) string {
	words := strings.Fields(line)
	if len(words) < 3 {
		return line
	}
	if words[0] == "RS" {
		return strings.Join(words[:3], " ")
	}
	return strings.Join(words[:2], " ")
}

func owners(lines []string) []string {
	var list []string
	for _, l := range lines {
		if !slices.Contains(list, owner(l)) {
			list = append(list, owner(l))
		}
	}
	return list
}

func of(lines []string, who string) []string {
	var list []string
	for _, l := range lines {
		if owner(l) == who {
			list = append(list, l)
		}
	}
	return list
}
