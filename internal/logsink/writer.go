package logsink

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"go.uber.org/zap/zapcore"
	"golang.org/x/sys/unix"
)

// redialEvery is how long a syslog socket that failed is left alone.
const redialEvery = time.Second

// syslogWriter sends datagrams to a unix socket and connects again when the daemon behind it was
// restarted.
type syslogWriter struct {
	path     string
	facility Facility
	tag      string
	pid      int
	conn     *net.UnixConn
	failed   time.Time
}

func (w *syslogWriter) write(b []byte) error {
	if w.conn == nil {
		if time.Since(w.failed) < redialEvery {
			return errors.New("no connection to the syslog socket")
		}
		if err := w.dial(); err != nil {
			return err
		}
	}
	if _, err := w.conn.Write(b); err == nil || errors.Is(err, unix.EMSGSIZE) {
		return err
	}
	// The syslog daemon made a new socket: once more on that one.
	w.conn.Close()
	w.conn = nil
	if err := w.dial(); err != nil {
		return err
	}
	_, err := w.conn.Write(b)
	return err
}

func (w *syslogWriter) dial() error {
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: w.path, Net: "unixgram"})
	if err != nil {
		w.failed = time.Now()
		return fmt.Errorf("connect to syslog: %w", err)
	}
	w.conn = conn
	return nil
}

func (w *syslogWriter) joins() bool { return false }

func (w *syslogWriter) dropNote(n uint64) []byte {
	return syslogRecord(time.Now(), w.facility, zapcore.WarnLevel, w.tag, w.pid, dropText(n))
}

func (w *syslogWriter) close() {
	if w.conn != nil {
		w.conn.Close()
	}
}

// streamWriter writes lines to the console or to a file.
type streamWriter struct {
	out   io.Writer
	owned bool // close it at the end
	sync  bool // --flush-log-file: to the disk after every write
}

func (w *streamWriter) write(b []byte) error {
	_, err := w.out.Write(b)
	if f, ok := w.out.(*os.File); ok && w.sync && err == nil {
		err = f.Sync()
	}
	return err
}

// joins: a burst of lines, such as one for each of a thousand virtual servers, takes few system calls.
func (w *streamWriter) joins() bool { return true }

func (w *streamWriter) dropNote(n uint64) []byte { return lineRecord(time.Now(), dropText(n)) }

func (w *streamWriter) close() {
	if f, ok := w.out.(*os.File); ok && w.owned {
		f.Close()
	}
}

func dropText(n uint64) string {
	return fmt.Sprintf("%d log entries dropped because the log could not be written fast enough", n)
}

func sprint(v any) string { return fmt.Sprint(v) }
