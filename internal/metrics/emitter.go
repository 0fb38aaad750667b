package metrics

import (
	"cmp"
	"slices"
	"strings"
	"time"

	dto "github.com/prometheus/client_model/go"

	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// emitter collects the values of one scrape.
type emitter struct {
	byIndex []*dto.MetricFamily // by series.index; nil: nothing yet
	// Values are made by the hundred: there are many.
	metrics    slab[dto.Metric]
	gauges     slab[dto.Gauge]
	counters   slab[dto.Counter]
	pairs      slab[dto.LabelPair]
	references slab[*dto.LabelPair]
	numbers    slab[float64]
	texts      slab[string]
}

func newEmitter() *emitter { return &emitter{byIndex: make([]*dto.MetricFamily, defined)} }

// slab hands out places of an array.
type slab[T any] []T

// take returns n places one behind the other.
func (s *slab[T]) take(n int) []T {
	if len(*s) < n {
		*s = make([]T, max(256, n))
	}
	places := (*s)[:n:n]
	*s = (*s)[n:]
	return places
}

func (s *slab[T]) put(v T) *T {
	place := &s.take(1)[0]
	*place = v
	return place
}

// families are all that have a value, by name.
func (e *emitter) families() []*dto.MetricFamily {
	all := slices.DeleteFunc(e.byIndex, func(f *dto.MetricFamily) bool { return f == nil })
	slices.SortFunc(all, func(a, b *dto.MetricFamily) int { return cmp.Compare(*a.Name, *b.Name) })
	return all
}

// types are the kinds in the library's words.
var types = map[kind]dto.MetricType{
	gauge: dto.MetricType_GAUGE, counter: dto.MetricType_COUNTER, histogram: dto.MetricType_HISTOGRAM, summary: dto.MetricType_SUMMARY,
}

// add makes a value of a series with its labels, in the order in which the series has them. Labels are names
// that somebody chose: octets that are no UTF-8 are replaced.
func (e *emitter) add(s *series, labels []string) *dto.Metric {
	if len(labels) != len(s.labels) {
		panic("a value of " + s.name + " has other labels than its series") // a fault here, which tests find
	}
	family := e.byIndex[s.index]
	if family == nil {
		family = &dto.MetricFamily{Name: &s.name, Help: &s.help, Type: types[s.kind].Enum()}
		e.byIndex[s.index] = family
	}
	m := &e.metrics.take(1)[0]
	m.Label = e.references.take(len(labels))
	for i, at := range s.sorted {
		pair := &e.pairs.take(1)[0]
		pair.Name, pair.Value = &s.labels[at], e.texts.put(strings.ToValidUTF8(labels[at], "\uFFFD"))
		m.Label[i] = pair
	}
	family.Metric = append(family.Metric, m)
	return m
}

// set sends one value.
func (e *emitter) set(s *series, v float64, labels ...string) {
	m := e.add(s, labels)
	value := e.numbers.put(v)
	if s.kind == counter {
		m.Counter = &e.counters.take(1)[0]
		m.Counter.Value = value
		return
	}
	m.Gauge = &e.gauges.take(1)[0]
	m.Gauge.Value = value
}

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
	e.add(s, labels).Summary = &dto.Summary{SampleCount: &n, SampleSum: e.numbers.put(took.Seconds())}
}

// lateness sends a histogram, whose buckets add up from the first on.
func (e *emitter) lateness(l *speaker.Lateness) {
	if len(l.Counts) != len(l.Bounds)+1 {
		return // the VRRP process has not begun
	}
	h := &dto.Histogram{SampleSum: e.numbers.put(l.Sum.Seconds())}
	var n uint64
	for i, bound := range l.Bounds {
		n += l.Counts[i]
		total := n
		h.Bucket = append(h.Bucket, &dto.Bucket{UpperBound: e.numbers.put(bound.Seconds()), CumulativeCount: &total})
	}
	n += l.Counts[len(l.Bounds)]
	h.SampleCount = &n
	e.add(timerLateness, nil).Histogram = h
}
