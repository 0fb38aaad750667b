package control

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const limit = 10 * time.Second

func TestRequestsAreAnswered(t *testing.T) {
	path := filepath.Join(t.TempDir(), "control.sock")
	// A file that an earlier process left must not be in the way.
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Listen(path, func(r Request) Reply {
		if r.Command == CommandStatus {
			return Reply{Status: &Status{Version: "1", PID: 7}}
		}
		return Reply{Error: "unknown command " + r.Command}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the socket %v, want 0600", info.Mode().Perm())
	}
	got, err := Ask(path, Request{Command: CommandStatus}, limit)
	if err != nil || got.Status == nil || got.Status.PID != 7 {
		t.Errorf("Ask = %+v, %v; want the status of process 7", got, err)
	}
	if _, err := Ask(path, Request{Command: "x"}, limit); err == nil || !strings.Contains(err.Error(), "unknown command x") {
		t.Errorf("Ask for nonsense = %v, want the daemon's refusal", err)
	}
}

func TestGarbageIsAnsweredAndDoesNotEndTheServer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "control.sock")
	s, err := Listen(path, func(Request) Reply { return Reply{} })
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte("{]\n")); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 1000)
	n, err := c.Read(b)
	if err != nil || !strings.Contains(string(b[:n]), "not understood") {
		t.Errorf("garbage is answered by %q, %v", b[:n], err)
	}
	if _, err := Ask(path, Request{}, limit); err != nil {
		t.Errorf("after garbage on another connection: %v", err)
	}
}

// TestRefusalIsHeardThoughTheRequestIsNotRead: who is refused is told why, and not of a broken pipe.
func TestRefusalIsHeardThoughTheRequestIsNotRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "control.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	refused := make(chan struct{})
	go func() {
		defer close(refused)
		c, err := l.Accept()
		if err != nil {
			return
		}
		_, _ = io.WriteString(c, `{"error":"not you"}`+"\n")
		c.Close()
	}()
	// The request is larger than what the socket holds: sending it goes on until the daemon has hung up.
	_, err = Ask(path, Request{Command: strings.Repeat("x", 16<<20)}, limit)
	if err == nil || err.Error() != "not you" {
		t.Errorf("Ask = %v, want the refusal", err)
	}
	<-refused
}

func TestNoDaemonIsSaidPlainly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "control.sock")
	if _, err := Ask(path, Request{}, limit); err == nil || !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "is holdfast running?") {
		t.Errorf("Ask without a socket = %v", err)
	}
}

func TestOnlyRootAndTheDaemonsUserAreLetIn(t *testing.T) {
	tests := []struct {
		peer, own uint32
		ok        bool
	}{{0, 0, true}, {0, 500, true}, {500, 500, true}, {500, 0, false}, {501, 500, false}}
	for _, tt := range tests {
		if err := allow(tt.peer, tt.own); (err == nil) != tt.ok {
			t.Errorf("user %d at a daemon of user %d: %v, want allowed %t", tt.peer, tt.own, err, tt.ok)
		}
	}
}
