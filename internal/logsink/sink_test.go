package logsink_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"
	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/internal/logsink"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// listen makes a syslog socket.
func listen(t *testing.T, path string) *net.UnixConn {
	t.Helper()
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func receive(t *testing.T, c *net.UnixConn) string {
	t.Helper()
	b := make([]byte, 4096)
	n, err := c.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(b[:n])
}

func TestSyslogDatagramHasKeepalivedsForm(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	c := listen(t, path)
	s, err := logsink.New(logsink.Options{Ident: "Keepalived_vrrp", Syslog: path, Facility: logsink.Daemon, Detail: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	log := s.Logger()
	tests := []struct {
		write func()
		want  string
	}{
		{func() { log.Info("(VI_1) Entering MASTER STATE") }, `^<30>\w{3} [ \d]\d \d\d:\d\d:\d\d Keepalived_vrrp\[\d+\]: \(VI_1\) Entering MASTER STATE$`},
		{func() { log.Warn("a\nb") }, `^<28>.*: a b$`},
		{func() { log.Error("open x", zap.Error(errors.New("no such file")), zap.Int("n", 3)) }, `^<27>.*: open x error="no such file" n=3$`},
		{func() { log.With(zap.String("interface", "eth0")).Debug("up", zap.Bool("first", true)) }, `^<31>.*: up interface=eth0 first=true$`},
	}
	for _, tt := range tests {
		tt.write()
		if got := receive(t, c); !regexp.MustCompile(tt.want).MatchString(got) {
			t.Errorf("datagram %q does not match %s", got, tt.want)
		}
	}
}

func TestStateChangesHaveKeepalivedsTextUnlessDetailIsWanted(t *testing.T) {
	for detail, want := range map[bool]string{
		false: ": (VI_1) Entering MASTER STATE\n",
		true:  ": (VI_1) Entering MASTER STATE reason=adopted\n",
	} {
		var console bytes.Buffer
		s, err := logsink.New(logsink.Options{Console: &console, Detail: detail})
		if err != nil {
			t.Fatal(err)
		}
		s.Logger().Info("(VI_1) Entering MASTER STATE", zap.String("reason", "adopted"))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(console.String(), want) {
			t.Errorf("detail %t: line %q, want it to end in %q", detail, console.String(), want)
		}
	}
}

func TestFacilityIsInThePriority(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	c := listen(t, path)
	f, _ := logsink.ParseFacility("local7")
	s, err := logsink.New(logsink.Options{Ident: "x", Syslog: path, Facility: f})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.Logger().Debug("not without detail")
	s.Logger().Info("hello")
	if got := receive(t, c); !strings.HasPrefix(got, "<190>") || !strings.HasSuffix(got, "hello") {
		t.Errorf("datagram %q, want priority 190 (local7, info) and no debug entry before it", got)
	}
}

func TestRestartedSyslogDaemonGetsTheNextEntry(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	first := listen(t, path)
	s, err := logsink.New(logsink.Options{Ident: "x", Syslog: path})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.Logger().Info("one")
	receive(t, first)
	first.Close()
	os.Remove(path)
	second := listen(t, path)
	s.Logger().Info("two")
	if got := receive(t, second); !strings.HasSuffix(got, "two") {
		t.Errorf("the new socket received %q, want the entry after the restart", got)
	}
}

// stalled blocks every write until it is let go.
type stalled struct {
	begun chan struct{}
	goOn  chan struct{}
	bytes.Buffer
}

func (s *stalled) Write(b []byte) (int, error) {
	select {
	case s.begun <- struct{}{}:
	default:
	}
	<-s.goOn
	return s.Buffer.Write(b)
}

func TestStalledLogDropsAndCountsInsteadOfBlocking(t *testing.T) {
	out := &stalled{begun: make(chan struct{}, 1), goOn: make(chan struct{})}
	s, err := logsink.New(logsink.Options{Ident: "x", Console: out})
	if err != nil {
		t.Fatal(err)
	}
	s.Logger().Info("first")
	<-out.begun
	for range 4096 + 10 { // the queue takes 4096, the test hangs here if a write waits
		s.Logger().Info("more")
	}
	if got := s.Dropped(); got != 10 {
		t.Errorf("Dropped = %d, want 10", got)
	}
	close(out.goOn)
	// What waits is written within Close's limit or not; the sink ends either way.
	for s.Logger().Sync() != nil {
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "10 log entries dropped") {
		t.Error("the log does not say that entries are missing")
	}
}

func TestFileAndConsoleHaveKeepalivedsLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keepalived.log")
	if err := os.WriteFile(path, []byte("before\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var console bytes.Buffer
	s, err := logsink.New(logsink.Options{Ident: "x", Console: &console, File: path, Sync: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Logger().Info("Startup complete")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`^\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}: Startup complete\n$`)
	if !want.MatchString(console.String()) {
		t.Errorf("console line %q does not match %s", console.String(), want)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != "before\n"+console.String() {
		t.Errorf("file %q, want the console's line appended", got)
	}
}

// writes counts calls of Write, the first of which waits.
type writes struct {
	stalled
	sizes []int
}

func (w *writes) Write(b []byte) (int, error) {
	w.sizes = append(w.sizes, len(b))
	return w.stalled.Write(b)
}

func TestBurstOfLinesIsWrittenInFewCallsAndInOrder(t *testing.T) {
	out := &writes{stalled: stalled{begun: make(chan struct{}, 1), goOn: make(chan struct{})}}
	s, err := logsink.New(logsink.Options{Console: out})
	if err != nil {
		t.Fatal(err)
	}
	const lines = 1000
	s.Logger().Info("begin")
	<-out.begun
	for i := range lines {
		s.Logger().Info(fmt.Sprintf("line %d", i))
	}
	close(out.goOn)
	for s.Logger().Sync() != nil {
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(got) != lines+1 {
		t.Fatalf("%d lines, want %d", len(got), lines+1)
	}
	for i, line := range got[1:] {
		if want := fmt.Sprintf(": line %d", i); !strings.HasSuffix(line, want) {
			t.Fatalf("line %d is %q", i, line)
		}
	}
	if len(out.sizes) > lines/20 || slices.Max(out.sizes) > 4096 {
		t.Errorf("%d lines take %d writes of up to %d octets; a pipe keeps 4096 together", lines, len(out.sizes), slices.Max(out.sizes))
	}
}

func TestUnwritableFileLeavesTheRestOfTheLog(t *testing.T) {
	var console bytes.Buffer
	s, err := logsink.New(logsink.Options{Console: io.Writer(&console), File: filepath.Join(t.TempDir(), "no", "such", "dir")})
	if err == nil {
		t.Error("a file that cannot be opened is not reported")
	}
	s.Logger().Info("still here")
	s.Close()
	if !strings.Contains(console.String(), "still here") {
		t.Error("the console is lost with the file")
	}
}

func TestParseFacility(t *testing.T) {
	tests := []struct {
		in   string
		want logsink.Facility
		ok   bool
	}{
		{"0", logsink.Local0, true}, {"7", logsink.Local0 + 7, true}, {"local3", logsink.Local0 + 3, true},
		{"user", logsink.User, true}, {"daemon", logsink.Daemon, true},
		{"8", logsink.Daemon, false}, {"local8", logsink.Daemon, false}, {"", logsink.Daemon, false}, {"mail", logsink.Daemon, false},
	}
	for _, tt := range tests {
		if got, ok := logsink.ParseFacility(tt.in); got != tt.want || ok != tt.ok {
			t.Errorf("ParseFacility(%q) = %d, %t; want %d, %t", tt.in, got, ok, tt.want, tt.ok)
		}
	}
}

func BenchmarkLog(b *testing.B) {
	s, err := logsink.New(logsink.Options{Ident: "x", Console: io.Discard})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	b.ReportAllocs()
	for b.Loop() {
		s.Logger().Info("(VI_1) Entering MASTER STATE")
	}
}
