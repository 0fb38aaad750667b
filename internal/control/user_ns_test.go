package control

import (
	"os"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// asUser calls f on a thread of another user, which ends with it.
func asUser(uid uintptr, f func()) error {
	var failure unix.Errno
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked
		if _, _, failure = unix.RawSyscall(unix.SYS_SETRESUID, uid, uid, uid); failure == 0 {
			f()
		}
	}()
	<-done
	if failure != 0 {
		return failure
	}
	return nil
}

// TestNSOtherUsersAreRefused at the socket as it is, and at one whose mode somebody has opened to all.
func TestNSOtherUsersAreRefused(t *testing.T) {
	dir, err := os.MkdirTemp("", "control")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := dir + "/control.sock"
	asked := 0
	s, err := Listen(path, func(Request) Reply { asked++; return Reply{} })
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, step := range []struct {
		mode os.FileMode
		want string
	}{{0o600, "run this as root"}, {0o666, "user 4711 may not use the control socket"}} {
		if err := os.Chmod(path, step.mode); err != nil {
			t.Fatal(err)
		}
		var refusal error
		if err := asUser(4711, func() { _, refusal = Ask(path, Request{Command: CommandStatus}, limit) }); err != nil {
			t.Fatal("become another user: ", err)
		}
		if refusal == nil || !strings.Contains(refusal.Error(), step.want) {
			t.Errorf("at a socket of mode %o: %v, want %q", step.mode, refusal, step.want)
		}
	}
	if asked > 0 {
		t.Error("a request of another user was answered")
	}
	if _, err := Ask(path, Request{Command: CommandStatus}, limit); err != nil || asked != 1 {
		t.Errorf("root is answered by %v", err)
	}
}
