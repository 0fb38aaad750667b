package datafile

import (
	"fmt"
	"strings"
	"time"
)

// Writer collects the lines of a dump. The zero value is ready.
type Writer struct{ b strings.Builder }

// String is what has been written.
func (w *Writer) String() string { return w.b.String() }

// Section starts a section: "------< VRRP Topology >------".
func (w *Writer) Section(title string) { fmt.Fprintf(&w.b, "------< %s >------\n", title) }

// Line writes a line at a depth: an object of a section stands at 0, its settings at 1, the entries of
// a list at 2. A depth is two spaces, after the one that every line begins with.
func (w *Writer) Line(depth int, format string, args ...any) {
	for range depth*2 + 1 {
		w.b.WriteByte(' ')
	}
	fmt.Fprintf(&w.b, format, args...)
	w.b.WriteByte('\n')
}

// LineIf writes a line that is only there when a condition holds.
func (w *Writer) LineIf(ok bool, depth int, format string, args ...any) {
	if ok {
		w.Line(depth, format, args...)
	}
}

// The words that keepalived has for a switch. Which of them a line uses is no system of ours.

func yesNo(b bool) string     { return word(b, "yes", "no") }
func trueFalse(b bool) string { return word(b, "true", "false") }
func onOff(b bool) string     { return word(b, "ON", "OFF") }
func enabled(b bool) string   { return word(b, "enabled", "disabled") }
func oneZero(b bool) string   { return word(b, "1", "0") }
func word(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}

// seconds is a time in seconds with microseconds.
func seconds(d time.Duration) string { return fmt.Sprintf("%.6f", d.Seconds()) }

// whole is a time in whole seconds.
func whole(d time.Duration) int64 { return int64(d / time.Second) }
