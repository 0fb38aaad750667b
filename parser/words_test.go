package parser_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/parser"
)

func TestQuotedWordsHonourQuotesAndEscapes(t *testing.T) {
	cases := []struct {
		text   string
		want   []string
		closed bool
	}{
		{`a b`, []string{"a", "b"}, true},
		{``, nil, true},
		{`script "/bin/echo 'a b' \"c d\" e\ f \x41\102\n$ZZ" root`, []string{"script", "/bin/echo 'a b' \"c d\" e f AB\n$ZZ", "root"}, true},
		{`s "/usr/bin/ec"ho" x"`, []string{"s", "/usr/bin/echo x"}, true},
		{`s '/usr/bin/echo a b'`, []string{"s", "/usr/bin/echo a b"}, true},
		{`s "a\\d \a\b\E\f\r\t\v\cA\0\1234\x\q"`, []string{"s", "a\\d \a\b\x1b\f\r\t\v\x01\x00S4xq"}, true},
		{`""`, []string{""}, true},
		{`a "b c`, []string{"a"}, false},
		{`a\`, []string{`a\`}, true},
	}
	for _, c := range cases {
		got, closed := parser.QuotedWords(c.text)
		if diff := cmp.Diff(c.want, got); diff != "" || closed != c.closed {
			t.Errorf("%s: closed %v (-want +got):\n%s", c.text, closed, diff)
		}
	}
}

func TestCommandArgsSplitAsKeepalivedRunsScripts(t *testing.T) {
	cases := []struct {
		text string
		want []string
	}{
		{"/usr/bin/echo 'a b' \"c d\" e f AB\n$ZZ", []string{"/usr/bin/echo", "a b", "c d", "e", "f", "AB", "$ZZ"}},
		{`/usr/bin/echo 'a'b' c\d`, []string{"/usr/bin/echo", "ab cd"}},
		{`/usr/bin/echo \# a#b`, []string{"/usr/bin/echo", "#", "a#b"}},
		{"  /x  ", []string{"/x"}},
		{"", nil},
		{`a ''`, []string{"a", ""}},
	}
	for _, c := range cases {
		if diff := cmp.Diff(c.want, parser.CommandArgs(c.text)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.text, diff)
		}
	}
}
