package smtp

import (
	"bytes"
	"fmt"
)

// maxReply is how much of a reply, of all its lines, is taken.
const maxReply = 4096

// step is what the dialogue waits for.
type step uint8

const (
	greeting step = iota // 220
	hello                // 250 to HELO
	quit                 // any reply to QUIT
	over
)

// steps says of each step which code it wants, as text, and what is wrong without it.
var steps = [...]struct{ code, what string }{
	greeting: {"220", "greeting"},
	hello:    {"250", "reply to HELO"},
	quit:     {"", "reply to QUIT"},
}

// dialogue is a mail server's side of a check (RFC 5321, 4.2 and 4.3.2): bytes in, what to send out.
type dialogue struct {
	helo string
	step step
	held []byte // the reply so far
	line int    // where its last line begins
}

// newDialogue waits for the greeting.
func newDialogue(helo string) *dialogue { return &dialogue{helo: helo} }

// feed takes what has arrived and returns what to send. done says that the check has succeeded; an
// error that it has failed. How the bytes are cut into pieces makes no difference.
func (d *dialogue) feed(data []byte) (send string, done bool, err error) {
	for _, b := range data {
		if d.step == over {
			break // what comes after the reply to QUIT
		}
		if len(d.held) == maxReply {
			return send, false, fmt.Errorf("%s is longer than %d bytes", d.what(), maxReply)
		}
		d.held = append(d.held, b)
		if b != '\n' {
			continue
		}
		line := bytes.TrimRight(d.held[d.line:], "\r\n")
		if continues(line) {
			d.line = len(d.held)
			continue
		}
		next, err := d.reply(line)
		if err != nil {
			return send, false, err
		}
		send += next
		d.held, d.line = d.held[:0], 0
	}
	return send, d.step == over, nil
}

// continues tells whether a reply goes on after this line: code, hyphen, text.
func continues(line []byte) bool {
	if len(line) < 4 || line[3] != '-' {
		return false
	}
	for _, b := range line[:3] {
		if b < '0' || b > '9' {
			return false
		}
	}
	return true
}

// reply takes the last line of a reply.
func (d *dialogue) reply(line []byte) (send string, err error) {
	want := steps[d.step].code
	if !bytes.HasPrefix(line, []byte(want)) {
		return "", fmt.Errorf("%s is %s, not %s", d.what(), shown(line), want)
	}
	d.step++
	switch d.step {
	case hello:
		return "HELO " + d.helo + "\r\n", nil
	case quit:
		return "QUIT\r\n", nil
	}
	return "", nil
}

// what names what is waited for.
func (d *dialogue) what() string { return steps[min(d.step, quit)].what }

// maxShown is how much of a line a log line shows.
const maxShown = 80

func shown(line []byte) string {
	if len(line) > maxShown {
		return fmt.Sprintf("%q...", line[:maxShown])
	}
	return fmt.Sprintf("%q", line)
}
