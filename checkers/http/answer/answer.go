package answer

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"hash"
	"strconv"
	"strings"
)

// What is taken of an answer, in octets. A page is hashed as it comes; only what a regular expression
// looks at is kept.
const (
	MaxHead = 64 << 10
	MaxBody = 64 << 20
	MaxText = 1 << 20
)

// Errors of an answer that is not taken to its end.
var (
	ErrHead = errors.New("the head of the answer is longer than 64 KiB")
	ErrBody = errors.New("the page is longer than 64 MiB")
)

// Answer takes in what a server sends. New makes one.
type Answer struct {
	// Status is the status code; 0 before the head is whole, and for one that has none.
	Status int
	// Head tells that the head is whole.
	Head bool
	// Length is the Content-Length, -1 without one; Received counts octets of the body, those beyond
	// Length left out.
	Length, Received int64

	head []byte
	sum  hash.Hash // nil where nobody asks for a digest
	text []byte    // what is kept of the body for the regular expression
	keep int
}

// New takes an answer of which so much is to be found out: its digest, and what a regular expression
// has to see.
func New(want *Want) *Answer {
	a := &Answer{Length: -1}
	if want.Digest != "" {
		a.sum = md5.New()
	}
	if want.Regex != nil {
		a.keep = want.Regex.min + MaxText
	}
	return a
}

// Hashing takes an answer of which the digest is wanted and so many octets of the page.
func Hashing(keep int) *Answer {
	return &Answer{Length: -1, sum: md5.New(), keep: keep}
}

// Text is what was kept of the page.
func (a *Answer) Text() []byte { return a.text }

// Write takes the next octets in. An error says that no more of them are wanted.
func (a *Answer) Write(b []byte) (int, error) {
	if a.Head {
		return len(b), a.body(b)
	}
	from := max(len(a.head)-3, 0)
	a.head = append(a.head, b...)
	end := headEnd(a.head, from)
	switch {
	case end < 0 && len(a.head) > MaxHead, end > MaxHead:
		return len(b), ErrHead
	case end < 0:
		return len(b), nil
	}
	rest := a.head[end:]
	a.Head, a.Status, a.Length = true, statusCode(a.head[:end]), contentLength(a.head[:end])
	a.head = a.head[:end:end]
	return len(b), a.body(rest)
}

func (a *Answer) body(b []byte) error {
	if left := a.Length - a.Received; a.Length >= 0 && int64(len(b)) > left {
		b = b[:left]
	}
	a.Received += int64(len(b))
	if a.sum != nil {
		a.sum.Write(b)
	}
	if room := a.keep - len(a.text); room > 0 {
		a.text = append(a.text, b[:min(room, len(b))]...)
	}
	if a.Received > MaxBody {
		return ErrBody
	}
	return nil
}

// Complete tells that the whole body is there, by its Content-Length. Without one only the end of the
// connection tells.
func (a *Answer) Complete() bool { return a.Head && a.Length >= 0 && a.Received >= a.Length }

// HeadText is the head with its empty line, as it came.
func (a *Answer) HeadText() string { return string(a.head) }

// Digest is the MD5 sum of the body in hexadecimal digits; empty where none was asked for.
func (a *Answer) Digest() string {
	if a.sum == nil {
		return ""
	}
	return hex.EncodeToString(a.sum.Sum(nil))
}

// headEnd is where the body begins, -1 if the empty line has not come. Line ends without a carriage
// return count.
func headEnd(b []byte, from int) int {
	for i := from; i < len(b); i++ {
		switch {
		case b[i] != '\n':
		case i+1 < len(b) && b[i+1] == '\n':
			return i + 2
		case i+2 < len(b) && b[i+1] == '\r' && b[i+2] == '\n':
			return i + 3
		}
	}
	return -1
}

// statusCode is the number behind the first blank of the first line.
func statusCode(head []byte) int {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	_, rest, found := bytes.Cut(line, []byte(" "))
	if !found || len(rest) < 3 || len(rest) > 3 && rest[3] != ' ' && rest[3] != '\r' {
		return 0
	}
	n, err := strconv.ParseUint(string(rest[:3]), 10, 16)
	if err != nil {
		return 0
	}
	return int(n)
}

// contentLength is that of the head, -1 without one. A body in chunks has none, whatever the head says.
func contentLength(head []byte) int64 {
	length := int64(-1)
	for line := range bytes.Lines(head) {
		name, value, found := bytes.Cut(line, []byte(":"))
		if !found {
			continue
		}
		text := string(bytes.TrimSpace(value))
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 0 {
				length = n
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")) && strings.EqualFold(text, "chunked"):
			return -1
		}
	}
	return length
}
