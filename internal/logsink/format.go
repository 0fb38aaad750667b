package logsink

import (
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap/zapcore"
)

// severity is the syslog severity of a zap level.
func severity(l zapcore.Level) int {
	switch {
	case l >= zapcore.DPanicLevel:
		return 2
	case l == zapcore.ErrorLevel:
		return 3
	case l == zapcore.WarnLevel:
		return 4
	case l == zapcore.DebugLevel:
		return 7
	}
	return 6
}

// text is the message with its fields behind it as key=value; line breaks become blanks, since a
// record is one line.
func text(message string, fields []zapcore.Field) string {
	if len(fields) > 0 {
		message = appendFields(message, fields)
	}
	if strings.ContainsAny(message, "\n\r\x00") {
		message = strings.NewReplacer("\n", " ", "\r", " ", "\x00", " ").Replace(message)
	}
	return message
}

func appendFields(message string, fields []zapcore.Field) string {
	var b strings.Builder
	b.WriteString(message)
	for _, f := range fields {
		m := zapcore.NewMapObjectEncoder()
		f.AddTo(m)
		for key, value := range m.Fields {
			b.WriteByte(' ')
			b.WriteString(key)
			b.WriteByte('=')
			b.WriteString(quote(toText(value)))
		}
	}
	return b.String()
}

func toText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case time.Duration:
		return v.String()
	case time.Time:
		return v.Format(time.RFC3339Nano)
	}
	return sprint(v)
}

func quote(s string) string {
	if s == "" || strings.ContainsAny(s, " \"=\n\t") {
		return strconv.Quote(s)
	}
	return s
}

// syslogRecord is the datagram that the C library's syslog(3) sends: "<PRI>Mmm dd hh:mm:ss tag[pid]: text".
func syslogRecord(at time.Time, f Facility, level zapcore.Level, tag string, pid int, message string) []byte {
	b := make([]byte, 0, len(message)+len(tag)+40)
	b = append(b, '<')
	b = strconv.AppendInt(b, int64(f)<<3|int64(severity(level)), 10)
	b = append(b, '>')
	b = at.AppendFormat(b, time.Stamp)
	b = append(b, ' ')
	b = append(b, tag...)
	b = append(b, '[')
	b = strconv.AppendInt(b, int64(pid), 10)
	b = append(b, "]: "...)
	return append(b, message...)
}

// lineRecord is keepalived's line on the console and in log files: "Sat Nov 21 01:20:49 2026: text".
func lineRecord(at time.Time, message string) []byte {
	b := make([]byte, 0, len(message)+28)
	b = at.AppendFormat(b, time.ANSIC)
	b = append(b, ": "...)
	b = append(b, message...)
	return append(b, '\n')
}
