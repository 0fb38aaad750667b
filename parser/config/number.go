package config

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/holdfast-ha/holdfast/parser"
)

// word returns word i of the statement. Where it is missing keepalived exits at once with
// status 2; so reading stops here and ok is false.
func (d *decoder) word(i int) (w parser.Word, ok bool) {
	if i < len(d.words) {
		return d.words[i], true
	}
	p := d.problem("missing-parameter", d.words[0], "%s needs a value", d.words[0].Text)
	if d.rule != nil && d.rule.spec.Args != "" {
		p.Cure = "write " + d.words[0].Text + " " + d.rule.spec.Args
	}
	p.Severity, p.Class, p.StopsRun = parser.Error, parser.MissingParameter, true
	p.Instead = "nothing after this line is read"
	d.stopped = true
	return parser.Word{}, false
}

// text returns the text of word i, to be kept; ok is false, and reading stops, when it is missing.
func (d *decoder) text(i int) (s string, ok bool) {
	w, ok := d.word(i)
	return d.keep(w.Text), ok
}

// uint reads word i as a decimal number in min..max. A number that does not fit is reported and
// ok is false: the setting keeps its value.
func (d *decoder) uint(i int, min, max uint64) (n uint64, ok bool) {
	w, ok := d.word(i)
	if !ok {
		return 0, false
	}
	return d.uintWord(w, min, max)
}

// uintWord is uint for a word of the caller's choice.
func (d *decoder) uintWord(w parser.Word, min, max uint64) (uint64, bool) {
	n, ok := parseUint(w.Text)
	if !ok || n < min || n > max {
		d.rangeProblem(w, "must be %d to %d", min, max)
		return 0, false
	}
	return n, true
}

// int reads word i as a decimal number in min..max; see uint.
func (d *decoder) int(i int, min, max int64) (n int64, ok bool) {
	w, ok := d.word(i)
	if !ok {
		return 0, false
	}
	return d.intWord(w, min, max)
}

// intWord is int for a word of the caller's choice.
func (d *decoder) intWord(w parser.Word, min, max int64) (int64, bool) {
	n, ok := parseInt(w.Text)
	if !ok || n < min || n > max {
		d.rangeProblem(w, "must be %d to %d", min, max)
		return 0, false
	}
	return n, true
}

// seconds reads word i as seconds with up to six decimals, in min..max; see uint. Further
// decimals are rounded.
func (d *decoder) seconds(i int, min, max time.Duration) (t time.Duration, ok bool) {
	return d.scaled(i, time.Second, min, max)
}

// scaled reads word i as a decimal number of units; see seconds.
func (d *decoder) scaled(i int, unit, min, max time.Duration) (t time.Duration, ok bool) {
	w, ok := d.word(i)
	if !ok {
		return 0, false
	}
	t, ok = parseDecimal(w.Text, unit)
	if !ok || t < min || t > max {
		d.rangeProblem(w, "must be %s to %s", plain(min, unit), plain(max, unit))
		return 0, false
	}
	return t, true
}

// bool reads word i as a boolean; without the word it is true. Only on, true, yes, off, false and
// no in lower case are known; anything else is reported and ok is false.
func (d *decoder) bool(i int) (v, ok bool) {
	if i >= len(d.words) {
		return true, true
	}
	v, ok = parseBool(d.words[i].Text)
	if !ok {
		p := d.problem("boolean", d.words[i], "%s %s: not a boolean", d.words[0].Text, d.words[i].Text)
		p.Instead, p.Cure = "the line is ignored", "write on or off"
	}
	return v, ok
}

// parseBool knows keepalived's words for booleans.
func parseBool(s string) (v, ok bool) {
	switch s {
	case "on", "true", "yes":
		return true, true
	case "off", "false", "no":
		return false, true
	}
	return false, false
}

// rangeProblem reports a number that does not fit, or a word that is none.
func (d *decoder) rangeProblem(w parser.Word, format string, args ...any) {
	what := w.Text
	if name := d.words[0].Text; name != w.Text {
		what = name + " " + what
	}
	if _, ok := parseDecimal(strings.TrimPrefix(w.Text, "-"), time.Second); !ok {
		what += ": no number"
	}
	p := d.problem("range", w, "%s: "+format, append([]any{what}, args...)...)
	p.Instead, p.Cure = "the setting keeps its value", numberCure(w.Text)
}

// numberCure proposes the number that was probably meant: those of the file are decimal, whole in
// most places, and have no unit.
func numberCure(text string) string {
	if n, err := strconv.ParseInt(text, 0, 64); err == nil && strings.ContainsAny(text, "xX") {
		return "write " + strconv.FormatInt(n, 10) + ": numbers are decimal"
	}
	digits := len(text) - len(strings.TrimLeft(text, "0123456789"))
	switch {
	case digits == 0 || digits == len(text):
		return "" // the usual cure
	case text[digits] == '.':
		return "write a whole number"
	}
	return "write " + text[:digits] + ": nothing may follow the number"
}

// trimBlanks takes the blanks in front of a number off; they can only stand in quotes.
func trimBlanks(s string) string {
	for s != "" && isBlank(s[0]) {
		s = s[1:]
	}
	return s
}

// parseUint reads a decimal number as strtoul does, with a sign and leading blanks allowed, but
// with nothing behind it.
func parseUint(s string) (uint64, bool) {
	s = trimBlanks(s)
	if s != "" && s[0] == '+' {
		s = s[1:]
	}
	if s == "" || len(s) > 40 {
		return 0, false
	}
	var n uint64
	for i := 0; i < len(s); i++ {
		c := s[i] - '0'
		if c > 9 {
			return 0, false
		}
		if n > (math.MaxUint64-uint64(c))/10 {
			return 0, false
		}
		n = n*10 + uint64(c)
	}
	return n, true
}

// parseInt is parseUint with a minus sign allowed.
func parseInt(s string) (int64, bool) {
	s = trimBlanks(s)
	neg := s != "" && s[0] == '-'
	if neg {
		s = s[1:]
		if s != "" && (s[0] < '0' || s[0] > '9') {
			return 0, false
		}
	}
	n, ok := parseUint(s)
	if !ok || n > math.MaxInt64 {
		return 0, false
	}
	if neg {
		return -int64(n), true
	}
	return int64(n), true
}

// parseDecimal reads a number with an optional fraction, in units; ".5" and "5." are numbers, "-1"
// and "1e0" are not. Digits beyond a millionth of the unit are rounded.
func parseDecimal(s string, unit time.Duration) (time.Duration, bool) {
	s = trimBlanks(s)
	if s != "" && s[0] == '+' {
		s = s[1:]
	}
	whole, frac, _ := strings.Cut(s, ".")
	if whole == "" && frac == "" {
		return 0, false
	}
	var n uint64
	if whole != "" {
		var ok bool
		if whole[0] < '0' || whole[0] > '9' {
			return 0, false
		}
		if n, ok = parseUint(whole); !ok || n > uint64(math.MaxInt64/unit)-1 {
			return 0, false
		}
	}
	t := time.Duration(n) * unit
	scale := float64(unit)
	part := 0.0
	for i := 0; i < len(frac); i++ {
		c := frac[i] - '0'
		if c > 9 {
			return 0, false
		}
		scale /= 10
		part += float64(c) * scale
	}
	micro := float64(max(unit/1e6, 1))
	return t + time.Duration(math.Round(part/micro)*micro), true
}

// plain writes a duration as a number of units, with as many decimals as it needs.
func plain(t, unit time.Duration) string {
	out := strconv.AppendInt(nil, int64(t/unit), 10)
	rest := t % unit
	if rest != 0 {
		out = append(out, '.')
	}
	for ; rest != 0; rest %= unit {
		rest *= 10
		out = append(out, byte('0'+rest/unit))
	}
	return string(out)
}
