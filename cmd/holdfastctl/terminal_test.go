package main

import (
	"bytes"
	"encoding/json"
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/api"
	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/lvs"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

var codes = regexp.MustCompile("\x1b\\[[0-9]+m")

// answering is a daemon that answers at a socket.
func answering(t *testing.T, answer func(control.Request) control.Reply) (socket string) {
	t.Helper()
	socket = filepath.Join(t.TempDir(), "control.sock")
	s, err := control.Listen(socket, answer)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return socket
}

// TestColoursMoveNoColumn: a status with colours is the one without, but for the codes, and they are there.
func TestColoursMoveNoColumn(t *testing.T) {
	now := time.Unix(1000, 0)
	s := &control.Status{
		VRRP: &speaker.Status{Instances: []speaker.InstanceStatus{{Name: "A", State: "MASTER"}, {Name: "longer", State: "FAULT"}, {Name: "B", State: "BACKUP"}}},
		LVS: &director.Status{VirtualServers: []director.VirtualServerStatus{{Name: "[192.0.2.1]:tcp:80", Active: true,
			RealServers: []director.RealServerStatus{{Name: "[10.0.0.1]:tcp:80", Up: true}, {Name: "[10.0.0.2]:tcp:80"}}}}},
	}
	var without, with bytes.Buffer
	palette(false).status(&without, s, now)
	palette(true).status(&with, s, now)
	if d := cmp.Diff(without.String(), codes.ReplaceAllString(with.String(), "")); d != "" {
		t.Errorf("(-without +with)\n%s", d)
	}
	for _, want := range []string{"\x1b[32mMASTER", "\x1b[31mFAULT", "\x1b[36mBACKUP", "\x1b[31mdown", "\x1b[33mactive, no quorum"} {
		if !strings.Contains(with.String(), want) {
			t.Errorf("no %q in %q", want, with.String())
		}
	}
}

// TestScreensFit: nothing scrolls, and no line goes on in the next.
func TestScreensFit(t *testing.T) {
	got := string(fit("one\n\x1b[32mtwo and more\x1b[0m\nthree\nfour\n", 3, 5))
	want := "\x1b[Hone\x1b[0m\x1b[K\r\n\x1b[32mtwo a\x1b[0m\x1b[K\r\n… 2 l\x1b[0m\x1b[K\x1b[J"
	if got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := cut("äöü", 2); got != "äö" {
		t.Errorf("characters are cut to %q", got)
	}
}

func TestEventsAreTold(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.Local)
	happened := []control.Event{
		{Number: 7, At: at, Kind: control.EventInstance, Name: "VI_1", From: "BACKUP", To: "MASTER", Priority: 110, Reason: "master is silent"},
		{Number: 8, At: at, Kind: control.EventRealServer, Name: "192.0.2.1:80/tcp", RealServer: "10.0.0.1:80", To: "DOWN"},
	}
	socket := answering(t, func(r control.Request) control.Reply {
		var new []control.Event
		for _, e := range happened {
			if e.Number > r.After {
				new = append(new, e)
			}
		}
		if r.After >= 8 { // what follows: one more, then the daemon ends
			return control.Reply{Error: "the daemon has ended"}
		}
		return control.Reply{Events: new}
	})
	tell := func(words ...string) (string, int) {
		var out, err bytes.Buffer
		code := run(append([]string{"events", "--socket", socket}, words...), output{&out, &err})
		return out.String(), code
	}
	const first = "2026-01-02 03:04:05.678 instance VI_1: BACKUP → MASTER priority 110 (master is silent)\n"
	const second = "2026-01-02 03:04:05.678 real server 192.0.2.1:80/tcp 10.0.0.1:80: DOWN\n"
	if got, code := tell(); got != first+second || code != 0 {
		t.Errorf("%d: %s", code, got)
	}
	if got, _ := tell("-n", "1"); got != second {
		t.Errorf("the last one: %s", got)
	}
	if got, code := tell("-f", "-n", "0"); got != "" || code != exitFailed {
		t.Errorf("following a daemon that ends: %d, %s", code, got)
	}
	got, _ := tell("--json")
	var e api.Event
	if err := json.Unmarshal([]byte(strings.Split(got, "\n")[0]), &e); err != nil || e.Schema != api.EventSchema || e.Number != 7 || e.To != "MASTER" {
		t.Errorf("%v: %s", err, got)
	}
}

// TestFollowingGoesOnWithTheNextDaemon: one that is restarted counts its events anew.
func TestFollowingGoesOnWithTheNextDaemon(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "control.sock")
	first, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan int, 1)
	var out, said bytes.Buffer
	go func() {
		ended <- run([]string{"events", "-f", "--socket", socket}, output{&out, &said})
		first.Close() // nobody waits for one that does not come
	}()
	for i := range 2 { // it answers, and dies while somebody waits for more
		c, err := first.Accept()
		if err != nil {
			t.Fatalf("it ended with %d: %s%s", <-ended, out.String(), said.String())
		}
		if i == 0 {
			// Unread requests would make the close a reset, which hides the answer.
			if err := json.NewDecoder(c).Decode(new(control.Request)); err != nil {
				t.Fatal(err)
			}
			reply := control.Reply{Events: []control.Event{{Number: 500, Kind: control.EventReload, Name: "first", To: "DONE"}}}
			if err := json.NewEncoder(c).Encode(reply); err != nil {
				t.Fatal(err)
			}
		}
		c.Close()
	}
	first.Close()
	told := false
	next, err := control.Listen(socket, func(r control.Request) control.Reply {
		if told || r.After > 0 {
			return control.Reply{Error: "enough"}
		}
		told = true
		return control.Reply{Events: []control.Event{{Number: 1, Kind: control.EventReload, Name: "second", To: "DONE"}}}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer next.Close()
	if code := <-ended; code != exitFailed || !strings.Contains(out.String(), "first") || !strings.Contains(out.String(), "second") {
		t.Errorf("%d: %s%s", code, out.String(), said.String())
	}
}

// TestTopShowsWhatPasses: 10 connections and 5000 octets more each time it asks.
func TestTopShowsWhatPasses(t *testing.T) {
	asked := uint64(0)
	socket := answering(t, func(control.Request) control.Reply {
		asked++
		busy := lvs.Traffic{Connections: 1000 * asked, BytesIn: 500000 * asked}
		return control.Reply{Status: &control.Status{LVS: &director.Status{VirtualServers: []director.VirtualServerStatus{
			{Name: "a", Label: "192.0.2.1:80/tcp", Counted: true, Quorum: true, RealServers: []director.RealServerStatus{{Name: "r", Label: "10.0.0.1:80", Up: true, Counted: true, Current: 3}}},
			{Name: "b", Label: "192.0.2.2:80/tcp", Counted: true, Quorum: true, Traffic: busy, Connections: lvs.Connections{Active: 42}},
			{Name: "c", Label: "192.0.2.3:80/tcp"}, // of a BACKUP
		}}}}
	})
	var out, err bytes.Buffer
	if code := run([]string{"top", "--socket", socket, "-d", "100ms", "-n", "1", "--json"}, output{&out, &err}); code != 0 {
		t.Fatalf("%d: %s", code, err.String())
	}
	var top api.Top
	if err := json.Unmarshal(out.Bytes(), &top); err != nil {
		t.Fatal(err)
	}
	if len(top.VirtualServers) != 2 || top.VirtualServers[0].Label != "192.0.2.2:80/tcp" || top.VirtualServers[0].Connections <= 0 {
		t.Errorf("the busiest does not come first: %+v", top)
	}
	if got := top.VirtualServers[0].Connections * top.Seconds; got < 999 || got > 1001 {
		t.Errorf("%v connections in the interval, want 1000", got)
	}
	top.At, top.Seconds = time.Date(2026, 1, 2, 3, 4, 5, 0, time.Local), 2
	top.VirtualServers[0].Connections, top.VirtualServers[0].BytesIn = 12.34, 1234567
	out.Reset()
	printTop(&out, false, &top)
	want := `03:04:05  12 connections/s, 1.2MB/s in, 0B/s out, 42 established, in 2.0 s

  CONN/s  PKT/s IN  PKT/s OUT  B/s IN  B/s OUT  ACTIVE  INACTIVE  WEIGHT  SERVER
      12         0          0    1.2M        0      42         0          192.0.2.2:80/tcp
       0         0          0       0        0       0         0          192.0.2.1:80/tcp
       0         0          0       0        0       0         0       3    10.0.0.1:80
`
	if d := cmp.Diff(want, out.String()); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestNumbersAreShort(t *testing.T) {
	for n, want := range map[float64]string{0: "0", 0.25: "0.2", 9.96: "10.0", 12.3: "12", 999.4: "999", 999.9: "1.0k", 12345: "12.3k", 123456: "123k", 5e6: "5.0M", 7e12: "7000G"} {
		if got := short(n); got != want {
			t.Errorf("short(%v) = %q, want %q", n, got, want)
		}
	}
}
