package parser

import (
	"bytes"
	"errors"
	"io"
	"strings"
)

// Opener is a Files that can also hand a file out piece by piece, so that memory does not grow
// with its length. Open fails as Files.Read does; so does reading, when the file turns out larger
// than it may be.
type Opener interface {
	Open(name string) (io.ReadCloser, error)
}

// Identified is a file that can tell which one it is: the readers of an Opener may be, so that a file
// is known under another name.
type Identified interface {
	// ID is the same for two readers of one file, and for no others.
	ID() any
}

// window is how many bytes of a file are read at a time.
const window = 32 << 10

// Lines walks the lines of a file. A line stays valid, but keeps those in memory that were read with
// it: who keeps a few of many clones them.
type Lines struct {
	text string        // what has been read and not yet handed out
	rest io.ReadCloser // what has not been read; nil at the end
	id   io.ReadCloser // rest, also when it has been closed
	buf  []byte        // for reading: may be shared between files
	read *int64        // bytes of all files
	left int           // bytes that were taken out of the middle of the line at hand
	err  error
}

// OpenLines opens a file. The lines are read as they are asked for if files is an Opener.
func OpenLines(files Files, name string) (*Lines, error) {
	l := &Lines{read: new(int64)}
	return l, l.open(files, name)
}

// open makes l the lines of a file.
func (l *Lines) open(files Files, name string) (err error) {
	if o, ok := files.(Opener); ok {
		l.rest, err = o.Open(name)
		if err != nil {
			l.rest = nil // no typed nil
		}
		l.id = l.rest
		return err
	}
	l.text, err = files.Read(name)
	*l.read += int64(len(l.text))
	return err
}

// Next returns the next line without its line feed; ok is false at the end of the file, or where it
// cannot be read on: see Err.
//
// Of a line that is much longer than keepalived's buffer the middle is left out, a whole number of
// buffers: keepalived drops those.
func (l *Lines) Next() (line string, ok bool) {
	l.left = 0
	i := strings.IndexByte(l.text, '\n')
	for i < 0 && l.rest != nil {
		if len(l.text) > maxKept {
			l.shorten()
		}
		i = l.fill()
	}
	switch {
	case i >= 0:
		line, l.text = l.text[:i], l.text[i+1:]
		return line, true
	case l.text == "" || l.err != nil:
		return "", false
	}
	line, l.text = l.text, ""
	return line, true
}

// shorten takes bytes out of the middle of the line at hand: the first maxLine bytes stay for reports,
// and so does what may be the last part.
func (l *Lines) shorten() {
	drop := (len(l.text)/maxLine - 2) * maxLine
	l.text = l.text[:maxLine] + l.text[maxLine+drop:]
	l.left += drop
}

// fill reads on and returns the place of the first line feed in what is there now, or -1. It
// reads at least as much as there is already, so that a line of any length is copied only a few
// times.
func (l *Lines) fill() int {
	had := len(l.text)
	if need := had + max(window, had); cap(l.buf) < need {
		l.buf = make([]byte, need)
	}
	buf := l.buf[:cap(l.buf)]
	copy(buf, l.text)
	n, err := l.rest.Read(buf[had:])
	*l.read += int64(n)
	at := bytes.IndexByte(buf[had:had+n], '\n')
	l.text = string(buf[:had+n])
	if err != nil {
		if !errors.Is(err, io.EOF) {
			l.err = err
		}
		l.Close()
	}
	if at >= 0 {
		at += had
	}
	return at
}

// Err is why a file could not be read to its end.
func (l *Lines) Err() error { return l.err }

// Close ends the reading before the end of the file.
func (l *Lines) Close() {
	if l.rest != nil {
		l.rest.Close()
		l.rest = nil
	}
}
