package notify

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/mail"
	"github.com/holdfast-ha/holdfast/internal/script"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// patience is how long a test waits for what takes milliseconds on an idle machine.
const patience = time.Minute

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}

func newFIFOs(t *testing.T, wanted ...FIFO) *fifos {
	t.Helper()
	f := &fifos{log: zap.NewNop()}
	f.use(wanted)
	t.Cleanup(func() { f.stop(0) })
	return f
}

func mine(path string) FIFO {
	return FIFO{Path: path, UID: uint32(os.Geteuid()), GID: uint32(os.Getegid()), VRRP: true, LVS: true}
}

// content reads what is in a FIFO now.
func content(t *testing.T, path string) []byte {
	t.Helper()
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	var all []byte
	for {
		b := make([]byte, 1<<16)
		n, err := unix.Read(fd, b)
		if err != nil || n == 0 {
			return all
		}
		all = append(all, b[:n]...)
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func TestLinesAreKeptForALaterReader(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	f := newFIFOs(t, mine(path))
	f.write("INSTANCE \"A\" MASTER 1\n", true)
	f.write("VS [192.0.2.1]:tcp:80 UP\n\x00", false)
	if got, want := string(content(t, path)), "INSTANCE \"A\" MASTER 1\nVS [192.0.2.1]:tcp:80 UP\n\x00"; got != want {
		t.Errorf("read %q, want %q", got, want)
	}
}

func TestEachFIFOGetsItsOwnLines(t *testing.T) {
	dir := t.TempDir()
	v, l := mine(filepath.Join(dir, "v")), mine(filepath.Join(dir, "l"))
	v.LVS, l.VRRP = false, false
	f := newFIFOs(t, v, l)
	f.write("vrrp\n", true)
	f.write("lvs\n", false)
	if got := string(content(t, v.Path)) + string(content(t, l.Path)); got != "vrrp\nlvs\n" {
		t.Errorf("read %q", got)
	}
}

func TestAFullFIFODropsWholeLinesAndCountsThem(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	f := newFIFOs(t, mine(path))
	var want bytes.Buffer
	for i := 0; f.stats()[0].Dropped < 3; i++ {
		line := fmt.Sprintf("INSTANCE \"VI_%06d\" MASTER 100\n", i)
		f.write(line, true)
		if f.stats()[0].Dropped == 0 {
			want.WriteString(line)
		}
	}
	if got := content(t, path); !bytes.Equal(got, want.Bytes()) {
		t.Errorf("%d octets were read, %d written: a line was torn", len(got), want.Len())
	}
	f.write("after\n", true)
	if got := string(content(t, path)); got != "after\n" {
		t.Errorf("after it was read: %q", got)
	}
	if s := f.stats()[0]; s.Dropped != 3 || s.Written != uint64(bytes.Count(want.Bytes(), []byte("\n")))+1 {
		t.Errorf("counted %+v", s)
	}
}

func TestOnlyAFIFOThatWasMadeIsRemoved(t *testing.T) {
	dir := t.TempDir()
	there, made := filepath.Join(dir, "there"), filepath.Join(dir, "made")
	if err := unix.Mkfifo(there, 0o600); err != nil {
		t.Fatal(err)
	}
	f := newFIFOs(t, mine(there), mine(made))
	var st unix.Stat_t
	if err := unix.Stat(made, &st); err != nil || st.Mode&unix.S_IFMT != unix.S_IFIFO {
		t.Errorf("no FIFO was made: %v, mode %o", err, st.Mode)
	}
	f.stop(0)
	if !exists(there) || exists(made) {
		t.Errorf("left behind: one that was there %v, one that was made %v", exists(there), exists(made))
	}
}

func TestWhatIsNoFIFOStaysUntouched(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	f := newFIFOs(t, mine(file), mine(link), mine(filepath.Join(dir, "no", "such", "dir")))
	f.write("x\n", true)
	f.stop(0)
	if got, err := os.ReadFile(file); err != nil || string(got) != "mine" {
		t.Errorf("the file has %q, %v", got, err)
	}
}

func TestNSAFIFOBelongsToItsUser(t *testing.T) {
	dir := t.TempDir()
	theirs := FIFO{Path: filepath.Join(dir, "theirs"), UID: 1, GID: 2, VRRP: true}
	f := newFIFOs(t, theirs)
	var st unix.Stat_t
	if err := unix.Stat(theirs.Path, &st); err != nil || st.Uid != 1 || st.Gid != 2 {
		t.Errorf("%v, owner %d:%d", err, st.Uid, st.Gid)
	}
	strange := filepath.Join(dir, "strange")
	if err := unix.Mkfifo(strange, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := unix.Chown(strange, 3, 3); err != nil {
		t.Fatal(err)
	}
	f.use([]FIFO{theirs, {Path: strange, UID: 1, VRRP: true}, {Path: strange, UID: 3, VRRP: true}})
	if got := len(f.stats()); got != 2 {
		t.Errorf("%d FIFOs are used, want the user's own two: one that belongs to another user is refused", got)
	}
}

// copier is a reader that copies the FIFO to a file until its end.
func copier(out string) *script.Command {
	return own("/bin/sh", "-c", `echo "$@" >> `+out+`; exec cat "$2" >> `+out, "sh", "word")
}

func TestAReaderGetsThePathAndAllLinesToTheLast(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	fifo := mine(filepath.Join(dir, "f"))
	fifo.Reader = copier(out)
	f := newFIFOs(t, fifo)
	f.write("first\n", true)
	eventually(t, "the reader reads", func() bool { b, _ := os.ReadFile(out); return strings.HasSuffix(string(b), "first\n") })
	f.write("last\n", true)
	f.stop(patience)
	if b, _ := os.ReadFile(out); string(b) != "word "+fifo.Path+"\nfirst\nlast\n" {
		t.Errorf("the reader got %q", b)
	}
}

func TestAReloadKeepsWhatStaysAndItsReader(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	stays, goes := mine(filepath.Join(dir, "stays")), mine(filepath.Join(dir, "goes"))
	stays.Reader = copier(out)
	f := newFIFOs(t, stays, goes)
	f.write("before\n", true)
	eventually(t, "the reader reads", func() bool { b, _ := os.ReadFile(out); return strings.HasSuffix(string(b), "before\n") })
	again := stays
	again.Reader = copier(out) // equal, not the same
	f.use([]FIFO{again})
	f.write("after\n", true)
	f.stop(patience)
	if b, _ := os.ReadFile(out); string(b) != "word "+stays.Path+"\nbefore\nafter\n" {
		t.Errorf("the reader got %q: it was started anew, or lost lines", b)
	}
	if exists(goes.Path) {
		t.Error("the FIFO that the reload took out is still there")
	}
}

func TestAReaderThatEndedIsStartedAgainByAReload(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	fifo := mine(filepath.Join(dir, "f"))
	fifo.Reader = own("/bin/sh", "-c", "echo started >> "+out, "sh")
	f := newFIFOs(t, fifo)
	<-f.pipes[0].reader.ended
	f.use([]FIFO{fifo})
	<-f.pipes[0].reader.ended
	if b, _ := os.ReadFile(out); string(b) != "started\nstarted\n" {
		t.Errorf("started: %q", b)
	}
}

// TestNothingThatHangsDelaysAChange has a script that never ends, a reader that never reads and a mail
// server that never answers.
func TestNothingThatHangsDelaysAChange(t *testing.T) {
	dir := t.TempDir()
	server, accepted := deafServer(t)
	fifo := mine(filepath.Join(dir, "f"))
	fifo.Reader = own("/bin/sh", "-c", "exec sleep 1000", "sh")
	file := &config.Config{Instances: []config.Instance{{Name: "A", SMTPAlert: true, Notify: &config.Script{Args: []string{"/bin/sh", "-c", "exec sleep 1000", "sh"}}}}}
	r := NewRunner(zap.NewNop())
	r.Use(Settings{
		Plan:  NewPlan(file, "LAB", func(s *config.Script) *script.Command { return own(s.Args...) }),
		FIFOs: []FIFO{fifo},
		Mail:  mail.Settings{Server: "127.0.0.1", Port: server, To: []string{"a@b.example"}, Timeout: time.Hour},
	})
	r.Changed(speaker.Change{Instance: "A", To: "BACKUP"})
	<-accepted
	const changes = 20000
	for i := range changes {
		r.Changed(speaker.Change{Instance: "A", To: []string{"MASTER", "BACKUP"}[i%2], Priority: i}) // hangs here, or not at all
	}
	s := r.Stats()
	if f := s.FIFOs[0]; f.Written+f.Dropped != changes+1 || f.Dropped == 0 {
		t.Errorf("FIFO: %+v", f)
	}
	if m := s.Mail; m.Sent != 0 || m.Dropped == 0 || uint64(m.Waiting)+m.Dropped+1 < changes {
		t.Errorf("mail: %+v", m)
	}
	r.Stop(0)
	if exists(fifo.Path) {
		t.Error("the FIFO is still there")
	}
}

// deafServer accepts connections and says nothing.
func deafServer(t *testing.T) (port uint16, accepted <-chan struct{}) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	first := make(chan struct{}, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			defer c.Close()
			select {
			case first <- struct{}{}:
			default:
			}
		}
	}()
	t.Cleanup(func() { l.Close(); <-ended })
	return uint16(l.Addr().(*net.TCPAddr).Port), first
}
