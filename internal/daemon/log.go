package daemon

import (
	"io"
	"os"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/internal/logsink"
)

// syslogSocket is where the C library's syslog(3) writes.
const syslogSocket = "/dev/log"

// open starts the log of a process.
func (l logSettings) open() (*logsink.Sink, *zap.Logger) {
	var console io.Writer
	if l.Console {
		console = os.Stderr
	}
	sink, err := logsink.New(logsink.Options{
		Ident: l.Ident, Syslog: l.Syslog, Facility: l.Facility,
		Console: console, File: l.File, Sync: l.Sync, Detail: l.Detail,
	})
	log := sink.Logger()
	if err != nil {
		log.Warn("the log file cannot be used", zap.Error(err))
	}
	return sink, log
}

// logSettingsFor are the settings of a role's log: keepalived's identities and file names.
func logSettingsFor(o *Options, p Paths, role Role, suffix string) logSettings {
	ident, file := "Keepalived", ""
	switch role {
	case VRRP:
		ident, file = "Keepalived_vrrp", "vrrp"
	case LVS:
		ident, file = "Keepalived_healthcheckers", "check"
	case BFD:
		ident, file = "Keepalived_bfd", "bfd"
	}
	if suffix != "" {
		ident += "_" + suffix
	}
	l := logSettings{
		Ident: ident, Facility: o.Facility, Console: o.Console && o.DontFork, Detail: o.Detail > 0,
		File: p.LogFile(o, file, suffix), Sync: o.FlushFile,
	}
	if !o.NoSyslog {
		l.Syslog = syslogSocket
	}
	return l
}
