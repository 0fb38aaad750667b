package daemon

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/vlan"
)

// groupOfThree is a sync group. The priorities differ, so that who is last in an election is no matter
// of chance.
func groupOfThree(priority int, global, third string) string {
	text := "global_defs {\n  vrrp_version 3\n  " + global + "\n}\ntrack_file load {\n  file LOAD\n}\nvrrp_sync_group G {\n  group {\n    VI_1\n    VI_2\n    VI_3\n  }\n}\n"
	for i, more := range []string{"", "", third} {
		text += fmt.Sprintf("vrrp_instance VI_%d {\n  interface eth0\n  virtual_router_id %d\n  priority %d\n  advert_int 0.2\n  %s\n  virtual_ipaddress {\n    192.0.2.%d\n  }\n}\n",
			i+1, 51+i, priority-20*i, more, 101+i)
	}
	return text
}

// lines reads a FIFO that is there before the daemon.
type lines struct {
	mu   sync.Mutex
	text string
}

func readFIFO(t *testing.T, path string) *lines {
	t.Helper()
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	l := &lines{}
	go func() {
		b := make([]byte, 4096)
		for {
			n, err := f.Read(b)
			if err != nil {
				return
			}
			l.mu.Lock()
			l.text += string(b[:n])
			l.mu.Unlock()
		}
	}()
	return l
}

func (l *lines) all() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text
}

// keepalivedOn runs the real one, and returns what stops it.
func keepalivedOn(d *node) (stop func()) {
	d.t.Helper()
	out, err := os.Create(d.file("log"))
	if err != nil {
		d.t.Fatal(err)
	}
	defer out.Close()
	cmd := d.host.Command("keepalived", "-P", "-n", "-l", "-D", "-G", "-f", d.file("keepalived.conf"), "-p", d.file("k.pid"), "-r", d.file("k.vrrp.pid"))
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	var once sync.Once
	stop = func() {
		once.Do(func() {
			_ = cmd.Process.Signal(syscall.SIGTERM)
			_ = cmd.Wait()
		})
	}
	d.t.Cleanup(stop)
	return stop
}

// groupStory is the life of a sync group as its FIFO tells it, a string for each phase. In front of it
// comes another group of higher priority, which is always keepalived's.
func groupStory(t *testing.T, run func(*node) (stop func())) []string {
	t.Helper()
	lan := vlan.New(t)
	d, peer := newNode(t, lan.Host("192.0.2.1/24"), ""), newNode(t, lan.Host("192.0.2.2/24"), "")
	load := d.file("load")
	write := func(text string) {
		if err := os.WriteFile(load, []byte(text+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("0")
	d.configure(strings.Replace(groupOfThree(150, "vrrp_notify_fifo "+d.file("fifo"), "track_file {\n    load weight 0\n  }"), "LOAD", load, 1))
	peer.configure(strings.Replace(groupOfThree(250, "", ""), "LOAD", load, 1))
	fifo := readFIFO(t, d.file("fifo"))
	var phases []string
	seen := 0
	phase := func(ends string) {
		t.Helper()
		wait(t, ends+" after "+strings.Join(phases, "\n"), func() bool { return strings.Contains(fifo.all()[seen:], ends+"\n") })
		time.Sleep(300 * time.Millisecond) // and nothing more
		all := fifo.all()
		phases = append(phases, all[seen:])
		seen = len(all)
	}
	stop := run(d)
	phase(`GROUP "G" MASTER 0`)
	stopPeer := keepalivedOn(peer)
	phase(`GROUP "G" BACKUP 0`)
	stopPeer()
	phase(`GROUP "G" MASTER 0`)
	write("1")
	phase(`GROUP "G" FAULT 0`)
	write("0")
	phase(`GROUP "G" MASTER 0`)
	d.host.Cut()
	phase(`GROUP "G" FAULT 0`)
	d.host.Mend()
	phase(`GROUP "G" MASTER 0`)
	stop()
	phase(`GROUP "G" STOP 0`)
	return phases
}

// TestNSGroupIsToldOfInKeepalivedsOrder compares, line by line, what the FIFO of a sync group gets from
// the real keepalived and from us. At the stop alone the members' order is ours: each MASTER waits for
// its own successor.
func TestNSGroupIsToldOfInKeepalivedsOrder(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("keepalived"); err != nil {
		t.Fatal("this test needs the Debian package keepalived: ", err)
	}
	var want, got []string
	t.Run("both", func(t *testing.T) {
		t.Run("keepalived", func(t *testing.T) {
			t.Parallel()
			want = groupStory(t, keepalivedOn)
		})
		t.Run("holdfast", func(t *testing.T) {
			t.Parallel()
			got = groupStory(t, func(d *node) func() {
				d.start()
				return func() {
					d.kill("keepalived", syscall.SIGTERM)
					if s := d.status(); s != 0 {
						t.Errorf("status %d", s)
					}
				}
			})
		})
	})
	if t.Failed() {
		return
	}
	last := len(want) - 1
	for i := range want[:last] {
		if d := cmp.Diff(want[i], got[i]); d != "" {
			t.Errorf("phase %d (-keepalived +holdfast):\n%s", i, d)
		}
	}
	if !strings.HasSuffix(got[last], "GROUP \"G\" STOP 0\n") || strings.Count(got[last], "STOP") != 4 || len(got[last]) != len(want[last]) {
		t.Errorf("at the stop:\n%s\nkeepalived:\n%s", got[last], want[last])
	}
}
