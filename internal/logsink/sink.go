package logsink

import (
	"fmt"
	"io"
	"os"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"golang.org/x/sys/unix"
)

// queueSize is how many entries wait at most: a burst of 255 instances with 15 lines each.
const queueSize = 4096

// flushLimit bounds the wait for a stalled log at the end of the process.
const flushLimit = 500 * time.Millisecond

// Options say where entries go.
type Options struct {
	Ident    string // syslog identity, e.g. Keepalived_vrrp
	Syslog   string // path of the syslog socket; empty: no syslog
	Facility Facility
	Console  io.Writer // nil: none
	File     string    // appended to; empty: none
	Sync     bool      // write the file through to the disk after every line
	Detail   bool      // debug entries too
}

// Sink is a running log.
type Sink struct {
	queue *queue
	log   *zap.Logger
}

// New starts a log. The error is about the file; the rest of the log works even then.
func New(o Options) (*Sink, error) {
	var writers []writer
	var kinds []bool // true: syslog
	var failure error
	if o.Syslog != "" {
		writers = append(writers, &syslogWriter{path: o.Syslog, facility: o.Facility, tag: o.Ident, pid: os.Getpid()})
		kinds = append(kinds, true)
	}
	if o.Console != nil {
		writers = append(writers, &streamWriter{out: o.Console})
		kinds = append(kinds, false)
	}
	if o.File != "" {
		f, err := os.OpenFile(o.File, os.O_WRONLY|os.O_CREATE|os.O_APPEND|unix.O_NOFOLLOW, 0o644)
		if err != nil {
			failure = fmt.Errorf("open log file: %w", err)
		} else {
			writers = append(writers, &streamWriter{out: f, owned: true, sync: o.Sync})
			kinds = append(kinds, false)
		}
	}
	level := zapcore.InfoLevel
	if o.Detail {
		level = zapcore.DebugLevel
	}
	q := newQueue(queueSize, writers)
	c := &core{LevelEnabler: level, detail: o.Detail, queue: q, syslog: kinds, facility: o.Facility, tag: o.Ident, pid: os.Getpid()}
	return &Sink{queue: q, log: zap.New(c)}, failure
}

// Logger returns the logger that feeds the sink.
func (s *Sink) Logger() *zap.Logger { return s.log }

// Dropped is how many entries found the queue full since the start.
func (s *Sink) Dropped() uint64 { return s.queue.total.Load() }

// Close writes what waits, for half a second at most, and ends the sink. Later entries are lost.
func (s *Sink) Close() error {
	err := s.queue.flush(flushLimit)
	s.queue.stop()
	if err == nil {
		<-s.queue.done
	}
	return err
}

// core is the zapcore.Core in front of the queue.
type core struct {
	zapcore.LevelEnabler
	detail   bool
	queue    *queue
	fields   []zapcore.Field
	syslog   []bool // by writer
	facility Facility
	tag      string
	pid      int
}

func (c *core) With(fields []zapcore.Field) zapcore.Core {
	clone := *c
	clone.fields = append(c.fields[:len(c.fields):len(c.fields)], fields...)
	return &clone
}

func (c *core) Check(e zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Enabled(e.Level) {
		return ce.AddCore(e, c)
	}
	return ce
}

func (c *core) Write(e zapcore.Entry, fields []zapcore.Field) error {
	if len(c.fields) > 0 {
		fields = append(c.fields[:len(c.fields):len(c.fields)], fields...)
	}
	if e.Level == zapcore.InfoLevel && !c.detail {
		fields = withoutReason(fields)
	}
	message := text(e.Message, fields)
	var line []byte
	for i, syslog := range c.syslog {
		if syslog {
			c.queue.put(record{to: i, data: syslogRecord(e.Time, c.facility, e.Level, c.tag, c.pid, message)})
			continue
		}
		if line == nil {
			line = lineRecord(e.Time, message)
		}
		c.queue.put(record{to: i, data: line})
	}
	return nil
}

// withoutReason takes the reason off an entry: such entries are state changes, whose text without
// -D is keepalived's to the letter for the scripts that look for it.
func withoutReason(fields []zapcore.Field) []zapcore.Field {
	for i := range fields {
		if fields[i].Key == "reason" {
			return append(fields[:i:i], fields[i+1:]...)
		}
	}
	return fields
}

func (c *core) Sync() error { return c.queue.flush(flushLimit) }
