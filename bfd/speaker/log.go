package speaker

import (
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/bfd"
)

// logInterval is the least time between two records of the same complaint.
const logInterval = time.Minute

// maxComplaints bounds what is remembered of them.
const maxComplaints = 1000

// complaint tells complaints apart.
type complaint struct {
	what    string
	session bfd.ID
	fault   bfd.Fault
}

// complain writes a warning at most once in logInterval for each complaint.
func (l *loop) complain(c complaint, text string, fields ...zap.Field) {
	now := l.now()
	if last, ok := l.lastSaid[c]; ok && now-last < logInterval {
		return
	}
	if len(l.lastSaid) >= maxComplaints {
		clear(l.lastSaid)
	}
	l.lastSaid[c] = now
	l.log.Warn(text, fields...)
}

// report logs what a session did, in keepalived's words: scripts look for them.
func (l *loop) report(a *bfd.Action) {
	if a.Kind == bfd.Discarded {
		l.discarded(a)
		return
	}
	name := l.nameOf(a.Session)
	switch a.Kind {
	case bfd.Changed:
		switch a.To {
		case bfd.Up:
			l.log.Info(fmt.Sprintf("(%s) Entering Up state", name))
		case bfd.Init:
			l.log.Debug(fmt.Sprintf("(%s) Entering Init state", name))
		default:
			l.log.Info(fmt.Sprintf("(%s) Entering %s state (Local diagnostic - %s, Remote diagnostic - %s)", name, a.To, a.Diag, a.RemoteDiag))
		}
	case bfd.Expired:
		l.log.Info(fmt.Sprintf("(%s) Expired after %d ms (%d usec overdue)", name, a.Detection.Milliseconds(), a.Late.Microseconds()))
	case bfd.Polling:
		l.log.Debug(fmt.Sprintf("(%s) Starting poll sequence", name))
	case bfd.Renegotiated:
		l.log.Debug(fmt.Sprintf("(%s) Detection time is %d us, packets are sent every %d us", name, a.Detection.Microseconds(), a.Tx.Microseconds()))
	}
}

func (l *loop) nameOf(id bfd.ID) string {
	if s := l.senders[id]; s != nil {
		return s.config.Name
	}
	return "?"
}

// discarded tells of a packet that was not taken.
func (l *loop) discarded(a *bfd.Action) {
	text := "Discarding packet from " + a.Source.String()
	if a.Session != 0 {
		text = fmt.Sprintf("(%s) %s", l.nameOf(a.Session), text)
	}
	l.complain(complaint{"discard", a.Session, a.Fault}, fmt.Sprintf("%s (%s)", text, a.Fault))
}

// sendingTurned tells that packets go out no more, or again.
func (l *loop) sendingTurned(s *sender) {
	if s.failure != nil {
		l.log.Warn(fmt.Sprintf("(%s) Error sending packet", s.config.Name), zap.Error(s.failure))
		return
	}
	l.log.Info(fmt.Sprintf("(%s) packets are sent again", s.config.Name))
}
