package config

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// quoteWord writes a word so that splitCommand gives it back: in one of the three ways.
func quoteWord(t *rapid.T, word string) string {
	var b strings.Builder
	way := rapid.SampledFrom([]byte{'"', '\'', 0}).Draw(t, "way")
	if word == "" && way == 0 {
		way = '"'
	}
	if way != 0 {
		b.WriteByte(way)
	}
	for i := 0; i < len(word); i++ {
		switch c := word[i]; {
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, `\%03o`, c)
		case c == '\\' || c == way || way == 0 && strings.IndexByte(` "'`, c) >= 0:
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	if way != 0 {
		b.WriteByte(way)
	}
	return b.String()
}

func TestAnyWordsSurviveQuoting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want, quoted []string
		for range rapid.IntRange(1, 5).Draw(t, "count") {
			word := string(rapid.SliceOfN(rapid.ByteRange(1, 255), 0, 8).Draw(t, "word"))
			want = append(want, word)
			quoted = append(quoted, quoteWord(t, word))
		}
		got, err := splitCommand(strings.Join(quoted, " \t"))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%q:\n%s", quoted, diff)
		}
	})
}

func TestAnyRangeSurvivesItsSpelling(t *testing.T) {
	octets := rapid.SliceOfN(rapid.Byte(), 16, 16)
	rapid.Check(t, func(t *rapid.T) {
		b := [16]byte(octets.Draw(t, "address"))
		first := netip.AddrFrom16(b)
		if rapid.Bool().Draw(t, "IPv4") {
			first = netip.AddrFrom4([4]byte(b[:4]))
		}
		last := first
		for range rapid.IntRange(1, 300).Draw(t, "length") {
			if next := last.Next(); next.IsValid() {
				last = next
			}
		}
		if last == first || first.Is4In6() {
			return // no range, or one that has two spellings
		}
		port := rapid.Uint16().Draw(t, "port")
		e, ok, problems := parseGroupEntry(wordsOf(fmt.Sprintf("%s-%s %d", first, last, port)))
		if !ok || e.First != first || e.Last != last || e.Port != port {
			t.Fatalf("%s-%s %d became %+v %v", first, last, port, e, problems)
		}
	})
}

func TestBlockEndsAtItsLastAddress(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "address")))
		p := netip.PrefixFrom(a, rapid.IntRange(1, 32).Draw(t, "bits")).Masked()
		e, ok, problems := parseGroupEntry(wordsOf(p.String() + " 80"))
		if !ok || !p.Contains(e.Last) || e.Last.Next().IsValid() && p.Contains(e.Last.Next()) {
			t.Fatalf("%s became %+v %v", p, e, problems)
		}
	})
}
