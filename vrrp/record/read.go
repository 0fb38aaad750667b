package record

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/holdfast-ha/holdfast/vrrp"
)

// MaxLine is the longest line in octets that is read: a configuration of 100,000 instances.
const MaxLine = 64 << 20

// ErrTruncated is returned for a last line without its end: the process was killed, or the disk full,
// while it was written.
var ErrTruncated = errors.New("the recording ends within a line")

// ErrNoRecording is returned for a file that does not begin as a recording does.
var ErrNoRecording = errors.New("this is no recording of holdfast --record")

// LineError is a line that cannot be used.
type LineError struct {
	Line int
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }
func (e *LineError) Unwrap() error { return e.Err }

// Reader reads a recording.
type Reader struct {
	in    *bufio.Reader
	text  []byte
	line  int
	began bool
}

// NewReader makes a Reader of r.
func NewReader(r io.Reader) *Reader { return &Reader{in: bufio.NewReader(r)} }

// Next returns the next entry; io.EOF after the last. Errors are *LineError, or those of the file.
func (r *Reader) Next() (Entry, error) {
	for {
		text, err := r.read()
		if err != nil {
			return Entry{}, err
		}
		if len(text) == 0 {
			continue
		}
		e, err := r.parse(text)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			switch next, peek := r.in.Peek(len(runBegins)); {
			case string(next) == runBegins:
				continue // the run before was cut short within this line
			case len(next) == 0 && errors.Is(peek, io.EOF):
				err = ErrTruncated
			}
		}
		if err != nil {
			return Entry{}, &LineError{Line: r.line, Err: err}
		}
		return e, nil
	}
}

// runBegins is how the first line of a run begins.
const runBegins = `{"recording":`

// read returns the next line without its end.
func (r *Reader) read() ([]byte, error) {
	r.text = r.text[:0]
	r.line++
	for {
		part, err := r.in.ReadSlice('\n')
		if len(r.text)+len(part) > MaxLine {
			return nil, &LineError{Line: r.line, Err: fmt.Errorf("longer than %d octets", MaxLine)}
		}
		r.text = append(r.text, part...)
		switch {
		case err == nil:
			return bytes.TrimSpace(r.text), nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(bytes.TrimSpace(r.text)) > 0:
			return nil, &LineError{Line: r.line, Err: ErrTruncated}
		case errors.Is(err, io.EOF):
			return nil, io.EOF
		default:
			return nil, fmt.Errorf("read recording: %w", err)
		}
	}
}

// parse reads one line. What it does not know is refused, since the core would not get it.
func (r *Reader) parse(text []byte) (Entry, error) {
	var l line
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	err := d.Decode(&l)
	if !r.began && (err != nil || l.Recording != kindOfRecording) {
		return Entry{}, ErrNoRecording
	}
	switch {
	case err != nil:
		return Entry{}, err
	case d.More():
		return Entry{}, errors.New("more than one object")
	case l.Recording != "" && l.Format != Format:
		return Entry{}, fmt.Errorf("format %d: this version reads format %d", l.Format, Format)
	}
	r.began = true
	e, err := l.entry()
	e.Line = r.line
	if err == nil {
		err = e.check()
	}
	return e, err
}

func (l *line) entry() (Entry, error) {
	var e Entry
	kinds := 0
	is := func(k Kind) { e.Kind = k; kinds++ }
	if l.Recording != "" {
		is(Began)
		e.Header = Header{Program: l.Program, Host: l.Host, Epoch: l.Epoch}
	} else if l.At == nil {
		return e, errors.New("no time")
	} else {
		e.At = *l.At
	}
	if l.Start != nil {
		is(Started)
		e.Instances, e.Groups = l.Start.Instances, l.Start.Groups
	}
	if l.Reload != nil {
		is(Reloaded)
		e.Instances, e.Groups = l.Reload.Instances, l.Reload.Groups
	}
	if l.Event != nil {
		is(Stepped)
		e.Event = l.Event.core()
	}
	if l.End != "" {
		is(Ended)
		e.Reason = l.End
	}
	if kinds != 1 {
		return e, fmt.Errorf("%d things in one line: there has to be one of recording, start, reload, event, end", kinds)
	}
	for i := range l.Do {
		e.Actions = append(e.Actions, l.Do[i].core())
	}
	return e, nil
}

// maxTime is the longest time that is believed, of any kind: beyond it sums would wrap.
const maxTime = 100 * 365 * 24 * time.Hour

// check refuses what no daemon writes and the core need not be proof against.
func (e *Entry) check() error {
	if e.At < 0 || e.At > maxTime {
		return fmt.Errorf("the time %d is out of range", e.At)
	}
	for _, d := range []time.Duration{e.Event.For, e.Event.Advert.Interval} {
		if d < 0 || d > maxTime/1000 {
			return fmt.Errorf("the duration %d is out of range", d)
		}
	}
	seen := make(map[vrrp.ID]bool, len(e.Instances))
	for i := range e.Instances {
		c := &e.Instances[i]
		if c.ID == 0 || seen[c.ID] {
			return fmt.Errorf("instance %q has the ID %d, which is none or that of another", c.Name, c.ID)
		}
		seen[c.ID] = true
		if c.DownTimerAdverts < 0 || c.DownTimerAdverts > 1000 {
			return fmt.Errorf("instance %q: %d adverts are out of range", c.Name, c.DownTimerAdverts)
		}
		for _, d := range []time.Duration{
			c.AdvertInt, c.PreemptDelay, c.StartupDelay, c.HandoverHold, c.GARP.Delay, c.GARP.Refresh, c.GARP.LowerPrioDelay,
		} {
			if d < 0 || d > maxTime/1000 {
				return fmt.Errorf("instance %q: the duration %d is out of range", c.Name, d)
			}
		}
	}
	return nil
}
