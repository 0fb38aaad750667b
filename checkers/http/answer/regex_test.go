package answer_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/holdfast-ha/holdfast/checkers/http/answer"
)

// matches are patterns with what PCRE2 10.42 makes of them.
var matches = []struct {
	pattern, options, text string
	want                   bool
}{
	{`OK`, "", "is OK", true},
	{`OK`, "", "is ok", false},
	{`ok`, "caseless", "is OK", true},
	{`^b`, "", "a\nb", false},
	{`^b`, "multiline", "a\nb", true},
	{`a.b`, "", "a\nb", false},
	{`a.b`, "dotall", "a\nb", true},
	{`a b # c`, "extended", "ab", true},
	{`b$`, "", "a\nb\n", true},
	{`b$`, "dollar_endonly", "a\nb\n", false},
	{`b$`, "dollar_endonly multiline", "a\nb\nc", true},
	{`^\d+$`, "", "123", true},
	{`\bfoo\b`, "", "a foo.", true},
	{`\bfoo\b`, "", "afoo", false},
	{`foo\B`, "", "foob", true},
	{`\w`, "", "\xe9", false}, // é in Latin-1 is no letter of ASCII
	{`\w`, "utf ucp", "é", true},
	{`[[:alpha:]]`, "utf ucp", "é", true},
	{`^\W$`, "", "\xe9", true},
	{`^é$`, "", "é", true},
	{`^.$`, "", "é", false}, // two octets
	{`^.$`, "utf", "é", true},
	{`^[\w-]+$`, "", "a-b", true},
	{`^[^\d]+$`, "", "ab", true},
	{`^[\D]+$`, "", "a1", false},
	{`^[]a]+$`, "", "]a", true},
	{`^[^]a]+$`, "", "b", true},
	{`[]`, "allow_empty_class", "a", false},
	{`^[a[b]+$`, "", "a[b", true},
	{`^[a-z-[b]]$`, "", "[]", true},
	{`^[[:alpha:]_]+$`, "", "ab_", true},
	{`^[[:^digit:]]+$`, "", "a1", false},
	{`^[[:punct:]]+$`, "", "!?", true},
	{`\Qa.b\E+`, "", "a.bb", true},
	{`\Qa.b\E`, "", "axb", false},
	{`^a\hb\R$`, "", "a\tb\r\n", true},
	{`^a\Nb$`, "", "a b", true},
	{`\x{41}\x42\x4`, "", "AB\x04", true},
	{`(?P<n>a|b)(?P=n)`, "", "bb", true},
	{`(?P<n>a|b)\k{n}`, "", "ba", false},
	{`(a|b)\g{1}`, "", "ab", false},
	{`(a|b)\g1`, "", "bb", true},
	{`a++a`, "", "aaa", false},
	{`(?>a+)b`, "", "aab", true},
	{`(?<=foo)bar`, "", "foobar", true},
	{`(?<!foo)bar`, "", "foobar", false},
	{`foo(?=bar)`, "", "foobaz", false},
	{`(?i)ok`, "", "OK", true},
	{`(?#note)ok`, "", "ok", true},
	{`a{2}`, "", "aa", true},
	{`a{,2}`, "", "a{,2}", true},
	{`a{x}`, "", "a{x}", true},
	{`^(a+)(a*)$`, "ungreedy", "aa", true},
	{`b`, "firstline", "a\nb", false},
	{`b`, "firstline", "ab\n", true},
	{`<title>[^<]*Shop</title>`, "", "<html><title>The Shop</title>", true},
	{`"status"\s*:\s*"(green|yellow)"`, "", `{"status" : "green"}`, true},
}

func TestRegexMatchesAsPCRE2Does(t *testing.T) {
	for _, tt := range matches {
		r, err := answer.CompileRegex(tt.pattern, answer.RegexOptions{Words: strings.Fields(tt.options)})
		if err != nil {
			t.Errorf("%s: %v", tt.pattern, err)
			continue
		}
		if got, err := r.Match([]byte(tt.text)); got != tt.want || err != nil {
			t.Errorf("%s (%s) in %q: %v %v, want %v", tt.pattern, tt.options, tt.text, got, err, tt.want)
		}
	}
}

func TestRegexThatIsNotUnderstoodIsAnError(t *testing.T) {
	for _, p := range []string{`(`, `)`, `[a`, `a**`, `(?R)`, `(?1)`, `(?|a|b)`, `(*UTF)a`, `a\Kb`, `\g{n}`, `\x{110000}`, `\x{100}`, `[[:nosuch:]]`, `a\`, `(?#`, `[\`} {
		if _, err := answer.CompileRegex(p, answer.RegexOptions{}); err == nil {
			t.Errorf("%s compiles", p)
		}
	}
}

// TestRegexMatchesAsPCRE2DoesAtRandom has patterns that chance has put together, with what PCRE2 10.42
// found in texts of the same kind.
func TestRegexMatchesAsPCRE2DoesAtRandom(t *testing.T) {
	file, err := os.Open("testdata/pcre2.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	n := 0
	for in := json.NewDecoder(file); ; n++ {
		var c struct {
			Pattern, Options, Text string
			Found                  bool
		}
		if err := in.Decode(&c); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		r, err := answer.CompileRegex(c.Pattern, answer.RegexOptions{Words: strings.Fields(c.Options)})
		if err != nil {
			t.Errorf("%s: %v", c.Pattern, err)
			continue
		}
		if found, err := r.Match([]byte(c.Text)); found != c.Found || err != nil {
			t.Errorf("%s (%s) in %q: %v %v, want %v", c.Pattern, c.Options, c.Text, found, err, c.Found)
		}
	}
	if n < 200 {
		t.Errorf("only %d cases", n)
	}
}

// PCRE2 refuses these; the library would take the blank at the end of \s for the start of a range.
func TestClassIsNoEndOfARange(t *testing.T) {
	for text, want := range map[string]bool{"-": true, " ": true, ".": true, "+": false} {
		r, err := answer.CompileRegex(`^[\s-.]$`, answer.RegexOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := r.Match([]byte(text)); got != want || err != nil {
			t.Errorf("%q: %v %v, want %v", text, got, err, want)
		}
	}
}

func TestRegexOffsets(t *testing.T) {
	tests := []struct {
		name, options, text string
		min, max            int
		maxSet, want        bool
	}{
		{"before the first place", "", "xx....", 1, 0, false, false},
		{"at the first place", "", ".xx...", 1, 0, false, true},
		{"at the last place", "", "..xx", 0, 2, true, true},
		{"behind the last place", "", "...xx", 0, 2, true, false},
		{"only at the start", "", "xx", 0, 0, true, true},
		{"first place behind the end", "", "xx", 3, 0, false, false},
		{"places are octets with utf, too", "utf", "éxx", 2, 2, true, true},
	}
	for _, tt := range tests {
		r, err := answer.CompileRegex("xx", answer.RegexOptions{Words: strings.Fields(tt.options), Min: tt.min, Max: tt.max, MaxSet: tt.maxSet})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := r.Match([]byte(tt.text)); got != tt.want || err != nil {
			t.Errorf("%s: %v %v, want %v", tt.name, got, err, tt.want)
		}
	}
}

func TestRegexThatNeverEndsIsEnded(t *testing.T) {
	r, err := answer.CompileRegex(`^(a+)+$`, answer.RegexOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if found, err := r.Match([]byte(strings.Repeat("a", 60) + "!")); found || err == nil {
		t.Errorf("%v %v, want an error", found, err)
	}
}

func FuzzRegex(f *testing.F) {
	for _, tt := range matches {
		f.Add(tt.pattern, tt.options, tt.text)
	}
	f.Fuzz(func(t *testing.T, pattern, options, text string) {
		r, err := answer.CompileRegex(pattern, answer.RegexOptions{Words: strings.Fields(options)})
		if err == nil {
			_, _ = r.Match([]byte(text))
		}
	})
}
