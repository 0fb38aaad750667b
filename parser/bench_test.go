package parser_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/osfiles"
)

// bigConfig is the configuration of the speed goal: services virtual servers of four real servers
// each; 10,000 make 970,006 lines.
func bigConfig(services int) string {
	var b strings.Builder
	b.WriteString("global_defs {\n\trouter_id LVS_BIG\n\tenable_script_security\n\tscript_user root\n}\n\n")
	for i := range services {
		fmt.Fprintf(&b, "virtual_server 10.%d.%d.%d 80 {\n", i>>16, i>>8&0xff, i&0xff)
		b.WriteString("\tdelay_loop 6\n\tlb_algo wrr # weighted\n\tlb_kind DR\n\tpersistence_timeout 50\n\tprotocol TCP\n\n")
		for j := range 4 {
			fmt.Fprintf(&b, "\treal_server 192.168.%d.%d 80 {\n", i&0xff, j+1)
			b.WriteString("\t\tweight 3\n\t\tinhibit_on_failure\n\t\t! the check\n\n")
			b.WriteString("\t\tTCP_CHECK {\n\t\t\tconnect_timeout 10\n\t\t\tretry 3\n\t\t\tdelay_before_retry 3\n")
			b.WriteString("\t\t\tconnect_port 80\n\t\t\tconnect_ip 192.168.1.1\n\t\t}\n\n")
			b.WriteString("\t\tnotify_up \"/usr/bin/logger up\"\n\t\tnotify_down \"/usr/bin/logger down\"\n")
			b.WriteString("\t\tlthreshold 10\n\t\tuthreshold 1000\n\t\tvirtualhost www.example.org\n\n\n\n\t}\n")
		}
		b.WriteString("}\n\n")
	}
	return b.String()
}

func BenchmarkParseBigFile(b *testing.B) {
	text := bigConfig(10_000)
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
