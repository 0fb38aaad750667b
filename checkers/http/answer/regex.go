package answer

import (
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/dlclark/regexp2/v2"
)

// matchTimeout ends a search that goes round and round; its stack is bounded by the library.
const matchTimeout = time.Second

// RegexOptions are regex_options and the places of a match.
type RegexOptions struct {
	Words []string // words of regex_options
	// Min is the first octet of the body at which a match may begin and Max the last one; Max is
	// only looked at with MaxSet.
	Min, Max int
	MaxSet   bool
}

// Regex is a regular expression of PCRE2. It may be used by several goroutines.
type Regex struct {
	compiled  *regexp2.Regexp
	utf       bool // the body is UTF-8, not octets
	firstLine bool // a match begins in the first line of what is searched
	min, max  int  // max is -1 without a limit
}

// CompileRegex compiles a regular expression. An error says what of it is not understood.
func CompileRegex(pattern string, o RegexOptions) (*Regex, error) {
	has := func(word string) bool { return slices.Contains(o.Words, word) }
	r := &Regex{utf: has("utf") && !has("never_utf"), firstLine: has("firstline"), min: o.Min, max: -1}
	if o.MaxSet {
		r.max = o.Max
	}
	text := pattern
	if !r.utf {
		text = string(octets([]byte(pattern)))
	}
	text, err := translate(text, dialect{
		utf: r.utf, ucp: has("ucp"), ungreedy: has("ungreedy"), extended: has("extended"),
		dollarEnd: has("dollar_endonly") && !has("multiline"), emptyClass: has("allow_empty_class"),
	})
	if err != nil {
		return nil, err
	}
	var options regexp2.RegexOptions
	for _, option := range []struct {
		word string
		bit  regexp2.RegexOptions
	}{
		{"caseless", regexp2.IgnoreCase}, {"multiline", regexp2.Multiline}, {"dotall", regexp2.Singleline},
		{"extended", regexp2.IgnorePatternWhitespace}, {"no_auto_capture", regexp2.ExplicitCapture},
	} {
		if has(option.word) {
			options |= option.bit
		}
	}
	r.compiled, err = regexp2.Compile(text, options)
	if err != nil {
		return nil, fmt.Errorf("compile %q: %w", pattern, err)
	}
	r.compiled.MatchTimeout = matchTimeout
	return r, nil
}

// Match tells whether the expression is found where it may be. An error says that the search was
// given up.
func (r *Regex) Match(text []byte) (bool, error) {
	if r.min > len(text) {
		return false, nil
	}
	runes, start := octets(text), r.min
	if r.utf {
		runes, start = []rune(string(text)), utf8.RuneCount(text[:r.min])
	}
	m, err := r.compiled.FindRunesMatchStartingAt(runes, start)
	switch {
	case errors.Is(err, regexp2.ErrBacktrackingStackLimit):
		return false, errors.New("the search takes too much memory")
	case err != nil:
		return false, fmt.Errorf("the search takes longer than %s", matchTimeout)
	case m == nil:
		return false, nil
	}
	at := m.RuneIndex
	if r.firstLine && slices.Contains(runes[start:at], '\n') {
		return false, nil
	}
	if r.utf {
		at = len(string(runes[:at]))
	}
	return r.max < 0 || at <= r.max, nil
}

// octets makes a character of each octet, as PCRE2 does without utf.
func octets(b []byte) []rune {
	r := make([]rune, len(b))
	for i, c := range b {
		r[i] = rune(c)
	}
	return r
}
