package metrics

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// document is the list of series as docs/metrics.md has it.
func document() string {
	var b strings.Builder
	for _, g := range groups {
		fmt.Fprintf(&b, "### %s\n\n| series | type | labels | meaning |\n|---|---|---|---|\n", g.title)
		for _, s := range g.series {
			labels := "`" + strings.Join(s.labels, "` `") + "`"
			if len(s.labels) == 0 {
				labels = ""
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", s.name, s.kind, labels, s.help)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestDocumentListsEverySeries(t *testing.T) {
	const file, begin, end = "../../docs/metrics.md", "<!-- series: written by go test ./internal/metrics -update -->\n\n", "<!-- end of series -->\n"
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(b), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s lacks %q or %q", file, begin, end)
	}
	want := head + begin + document() + end + tail
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(b)); diff != "" {
		t.Errorf("go test -update rewrites %s (-want +got):\n%s", file, diff)
	}
}
