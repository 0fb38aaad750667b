package config

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/holdfast-ha/holdfast/internal/bigconf"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/osfiles"
)

// bigFile writes a large configuration and returns its name and the number of its lines.
func bigFile(tb testing.TB, services int) (path string, lines int) {
	tb.Helper()
	text := bigconf.Text(services)
	path = filepath.Join(tb.TempDir(), "big.conf")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		tb.Fatal(err)
	}
	return path, strings.Count(text, "\n")
}

var fromDisk = parser.Options{Files: osfiles.Files{}}

// heap is the memory in use once nothing unused is left, in bytes.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// allocated is all memory that was ever allocated, in bytes.
func allocated() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.TotalAlloc)
}

func benchmarkBigFile(b *testing.B, load func(path string) Result) {
	path, lines := bigFile(b, 10_000)
	b.ReportAllocs()
	var r Result
	before := allocated()
	for b.Loop() {
		if r = load(path); r.TestStatus() != 0 {
			b.Fatalf("status %d: %s", r.TestStatus(), listing(r))
		}
	}
	all := float64(lines) * float64(b.N)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/all, "ns/line")
	b.ReportMetric(float64(allocated()-before)/all, "B/line")
	full := heap()
	runtime.KeepAlive(r)
	r = Result{}
	b.ReportMetric(float64(full-heap())/float64(lines), "kept-B/line")
}

func BenchmarkLoadBigFile(b *testing.B) {
	host := labHost()
	benchmarkBigFile(b, func(path string) Result { return Load(path, fromDisk, host) })
}

func BenchmarkCheckBigFile(b *testing.B) {
	host := labHost()
	benchmarkBigFile(b, func(path string) Result { return Check(path, fromDisk, host, nil) })
}

func TestMemoryForALineOfABigFileStaysSmall(t *testing.T) {
	path, lines := bigFile(t, 2000)
	host := labHost()
	Load(path, fromDisk, host) // what is allocated once
	perLine := func(what string, bytes, most int64) {
		t.Helper()
		t.Logf("%s: %.1f bytes a line", what, float64(bytes)/float64(lines))
		if bytes > most*int64(lines) {
			t.Errorf("%s takes %d bytes a line, want at most %d", what, bytes/int64(lines), most)
		}
	}
	before := heap()
	r := Load(path, fromDisk, host)
	if n := len(r.Config.VirtualServers); n != 2000 {
		t.Fatalf("%d virtual servers", n)
	}
	perLine("the model", heap()-before, 50)
	runtime.KeepAlive(r)

	// While Check reads, the heap holds what the block at hand needs, however much has been read.
	before = heap()
	var peak int64
	servers := 0
	r = Check(path, fromDisk, host, func(*VirtualServer) bool {
		if servers++; servers%500 == 0 {
			peak = max(peak, heap()-before)
		}
		return false
	})
	if len(r.Config.VirtualServers) != 0 || servers != 2000 {
		t.Fatalf("%d virtual servers kept of %d", len(r.Config.VirtualServers), servers)
	}
	t.Logf("Check: %d kB in use", peak>>10)
	if peak > 1<<20 {
		t.Errorf("Check has %d kB in use while it reads, want at most 1024", peak>>10)
	}

	start := allocated()
	Check(path, fromDisk, host, nil)
	perLine("Check with all that it throws away", allocated()-start, 60)
}
