package speaker

import (
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/holdfast-ha/holdfast/vrrp"
)

// reporter hands log records to a goroutine that may wait for a slow sink; its callers never do.
type reporter struct {
	log     *zap.Logger
	records chan logRecord
	dropped atomic.Uint64
	last    map[string]time.Time // of limited; effects' goroutine only
	done    chan struct{}
}

type logRecord struct {
	level  zapcore.Level
	text   string
	fields []zap.Field
}

// logQueue is how many records may wait.
const logQueue = 1024

// logInterval is the least time between two records of the same kind about the same thing.
const logInterval = time.Minute

func newReporter(log *zap.Logger) *reporter {
	if log == nil {
		log = zap.NewNop()
	}
	return &reporter{log: log, records: make(chan logRecord, logQueue), last: map[string]time.Time{}, done: make(chan struct{})}
}

func (r *reporter) run() {
	defer close(r.done)
	for rec := range r.records {
		if n := r.dropped.Swap(0); n > 0 {
			r.log.Warn("log records dropped", zap.Uint64("count", n))
		}
		if ce := r.log.Check(rec.level, rec.text); ce != nil {
			ce.Write(rec.fields...)
		}
	}
}

// stop ends run when all records are written.
func (r *reporter) stop() {
	close(r.records)
	<-r.done
}

func (r *reporter) put(level zapcore.Level, text string, fields []zap.Field) {
	if !r.log.Core().Enabled(level) {
		return
	}
	select {
	case r.records <- logRecord{level, text, fields}:
	default:
		r.dropped.Add(1)
	}
}

func (r *reporter) info(text string, fields ...zap.Field) { r.put(zap.InfoLevel, text, fields) }
func (r *reporter) warn(text string, fields ...zap.Field) { r.put(zap.WarnLevel, text, fields) }

// limited writes a warning at most once in logInterval for each what. It is the effects' own.
func (r *reporter) limited(what, text string, fields ...zap.Field) {
	now := time.Now()
	if last, ok := r.last[what]; ok && now.Sub(last) < logInterval {
		return
	}
	r.last[what] = now
	r.warn(text, fields...)
}

// badText says what is wrong with a received packet, by vrrp.Counter.
var badText = [...]string{
	vrrp.LengthError:      "received a packet of wrong length",
	vrrp.TTLError:         "received a packet with invalid TTL",
	vrrp.TypeError:        "received a packet that is no advertisement",
	vrrp.IntervalError:    "received an advertisement with another interval",
	vrrp.AddressError:     "received addresses that are not the configured ones",
	vrrp.VersionError:     "received a packet of another VRRP version",
	vrrp.ChecksumError:    "received a packet with invalid checksum",
	vrrp.SourceError:      "received a packet from a source or to a destination that is not configured",
	vrrp.AuthTypeInvalid:  "received a packet with an unknown authentication type",
	vrrp.AuthTypeMismatch: "received a packet with another authentication type",
	vrrp.AuthFailure:      "received a packet with wrong authentication",
	vrrp.AuthReplay:       "received a packet with an old sequence number",

	vrrp.AuthExtMissing:    "received an advertisement without the authentication trailer that auth_hmac demands",
	vrrp.AuthExtMalformed:  "received an advertisement with a malformed authentication trailer",
	vrrp.AuthExtUnknownKey: "received an advertisement signed with a key that auth_hmac does not have",
	vrrp.AuthExtInvalid:    "received an advertisement with a wrong HMAC",
	vrrp.AuthExtStale:      "received an advertisement that is too old or too new for auth_hmac: are the clocks set?",
	vrrp.AuthExtReplay:     "received an advertisement for the second time, or an old one",
}
