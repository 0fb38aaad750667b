package parser_test

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

func BenchmarkParseBigFile(b *testing.B) {
	text := bigconf.Text(10_000)
	lines := strings.Count(text, "\n")
	path := filepath.Join(b.TempDir(), "big.conf")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for b.Loop() {
		blocks := 0
		problems := parser.Parse(path, parser.Options{Files: osfiles.Files{}}, func(*parser.Statement) { blocks++ })
		if blocks != 10_001 || len(problems) > 0 {
			b.Fatalf("%d blocks, %d problems", blocks, len(problems))
		}
	}
	runtime.ReadMemStats(&after)
	all := float64(lines) * float64(b.N)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/all, "ns/line")
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/all, "B/line")
}

func BenchmarkParseDefinitions(b *testing.B) {
	text := "$VI= \\\n vrrp_instance VI_${N} { \\\n interface eth${N} \\\n virtual_router_id ${N} \\\n }\n~SEQ(N,1,250) $VI\n"
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		parser.ParseText("seq.conf", text, parser.Options{}, func(*parser.Statement) { n++ })
		if n != 250 {
			b.Fatal(n)
		}
	}
}
