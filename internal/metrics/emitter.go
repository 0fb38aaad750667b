package metrics

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// emitter collects the values of one scrape, as lines of Prometheus' text format 0.0.4. They are written as
// they come and need no place but that of the text: there are some 20,000.
type emitter struct {
	lines [][]byte // by series.index; nil: nothing yet
	of    []*series
}

func newEmitter() *emitter {
	return &emitter{lines: make([][]byte, defined), of: make([]*series, defined)}
}

// text is all that has a value, by name.
func (e *emitter) text() []byte {
	all := slices.DeleteFunc(slices.Clone(e.of), func(s *series) bool { return s == nil })
	slices.SortFunc(all, func(a, b *series) int { return strings.Compare(a.name, b.name) })
	var b bytes.Buffer
	size := 0
	for _, s := range all {
		size += len(e.lines[s.index]) + 2*len(s.name) + len(s.help) + 64
	}
	b.Grow(size)
	for _, s := range all {
		fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s %s\n", s.name, helpEscapes.Replace(s.help), s.name, s.kind)
		b.Write(e.lines[s.index])
	}
	return b.Bytes()
}

var (
	helpEscapes  = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	labelEscapes = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
)

// line writes one value, under the series' name with a suffix behind it. Its labels stand in the order in which
// the series has them; a limit is one more, where it is not empty: le or quantile, with the value. Labels are
// names that somebody chose: octets that are no UTF-8 are replaced.
func (e *emitter) line(s *series, suffix string, limit [2]string, v float64, labels []string) {
	if len(labels) != len(s.labels) {
		panic("a value of " + s.name + " has other labels than its series") // a fault here, which tests find
	}
	b := append(append(e.lines[s.index], s.name...), suffix...)
	before := byte('{')
	label := func(name, value string) {
		b = append(append(append(b, before), name...), `="`...)
		b = append(append(b, labelEscapes.Replace(strings.ToValidUTF8(value, "\uFFFD"))...), '"')
		before = ','
	}
	for _, at := range s.sorted {
		label(s.labels[at], labels[at])
	}
	if limit[0] != "" {
		label(limit[0], limit[1])
	}
	if before == ',' {
		b = append(b, '}')
	}
	b = append(appendNumber(append(b, ' '), v), '\n')
	e.lines[s.index], e.of[s.index] = b, s
}

// appendNumber writes a number as the format wants it.
func appendNumber(b []byte, v float64) []byte {
	switch {
	case math.IsInf(v, 1):
		return append(b, "+Inf"...)
	case math.IsInf(v, -1):
		return append(b, "-Inf"...)
	default:
		return strconv.AppendFloat(b, v, 'g', -1, 64)
	}
}

// set sends one value.
func (e *emitter) set(s *series, v float64, labels ...string) { e.line(s, "", [2]string{}, v, labels) }

func (e *emitter) count(s *series, n uint64, labels ...string) { e.set(s, float64(n), labels...) }

func (e *emitter) flag(s *series, is bool, labels ...string) {
	v := 0.0
	if is {
		v = 1
	}
	e.set(s, v, labels...)
}

// when sends a time; none is not sent.
func (e *emitter) when(s *series, t time.Time, labels ...string) {
	if !t.IsZero() {
		e.set(s, float64(t.UnixNano())/1e9, labels...)
	}
}

// sum sends a sum of times and how many there were.
func (e *emitter) sum(s *series, n uint64, took time.Duration, labels ...string) {
	e.line(s, "_sum", [2]string{}, took.Seconds(), labels)
	e.line(s, "_count", [2]string{}, float64(n), labels)
}

// lateness sends a histogram, whose buckets add up from the first on.
func (e *emitter) lateness(l *speaker.Lateness) {
	if len(l.Counts) != len(l.Bounds)+1 {
		return // the VRRP process has not begun
	}
	var n uint64
	for i, count := range l.Counts {
		bound := math.Inf(1)
		if i < len(l.Bounds) {
			bound = l.Bounds[i].Seconds()
		}
		n += count
		e.line(timerLateness, "_bucket", [2]string{"le", string(appendNumber(nil, bound))}, float64(n), nil)
	}
	e.sum(timerLateness, n, l.Sum)
}
