package record

import (
	"encoding/json"
	"fmt"

	"github.com/holdfast-ha/holdfast/vrrp"
)

// Append appends the line of e to b, with its newline. Secrets of a configuration are left out.
func Append(b []byte, e *Entry) ([]byte, error) {
	l := line{At: &e.At}
	switch e.Kind {
	case Began:
		l = line{Recording: kindOfRecording, Format: Format, Program: e.Header.Program, Host: e.Header.Host, Epoch: e.Header.Epoch}
	case Started:
		l.Start = &configuration{Instances: withoutSecrets(e.Instances), Groups: e.Groups}
	case Reloaded:
		l.Reload = &configuration{Instances: withoutSecrets(e.Instances), Groups: e.Groups}
	case Stepped:
		l.Event = writtenEvent(&e.Event)
	case Ended:
		l.End = e.Reason
	}
	l.Do = make([]action, len(e.Actions))
	for i := range e.Actions {
		l.Do[i] = writtenAction(&e.Actions[i])
	}
	text, err := json.Marshal(&l)
	if err != nil {
		return b, fmt.Errorf("write recording: %w", err)
	}
	return append(append(b, text...), '\n'), nil
}

// Text is an action as a recording has it: with all that tells it from others.
func Text(a *vrrp.Action) string {
	text, err := json.Marshal(writtenAction(a))
	if err != nil {
		return a.String()
	}
	return string(text)
}
