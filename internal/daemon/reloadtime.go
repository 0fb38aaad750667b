package daemon

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/internal/filewatch"
)

// reloadClock reloads at the time that is in the reload_time_file. All but what the watcher calls
// belongs to the parent's loop.
type reloadClock struct {
	path    string
	watcher *filewatch.Watcher // nil: there is no file to watch
	text    string             // of the file
	at      time.Time          // zero: nothing is due
	dated   bool               // the text has a date
	timer   *time.Timer
}

// reloadLayouts are the forms of a time, by their length. A Z behind it means UTC.
var reloadLayouts = map[int]string{8: time.TimeOnly, 17: "06-01-02 15:04:05", 19: time.DateTime}

var errPast = errors.New("it is in the past")

// reloadTime reads a time. One without a date is the next of its kind.
func reloadTime(text string, now time.Time) (at time.Time, dated bool, err error) {
	zone := now.Location()
	clock, utc := strings.CutSuffix(text, "Z")
	if utc {
		zone = time.UTC
	}
	layout, ok := reloadLayouts[len(clock)]
	if !ok {
		return at, false, errors.New("it is not HH:MM:SS, YY-MM-DD HH:MM:SS or YYYY-MM-DD HH:MM:SS")
	}
	if dated = layout != time.TimeOnly; !dated {
		layout, clock = time.DateTime, now.In(zone).Format(time.DateOnly)+" "+clock
	}
	if at, err = time.ParseInLocation(layout, clock, zone); err != nil || at.Format(layout) != clock {
		return time.Time{}, false, errors.New("there is no such time")
	}
	switch {
	case at.After(now):
		return at, dated, nil
	case dated:
		return time.Time{}, true, errPast
	}
	return at.AddDate(0, 0, 1), false, nil
}

// watchReloadTime watches the file that the configuration in force names.
func (p *parent) watchReloadTime() {
	c := &p.clock
	path := p.config.Global.ReloadTimeFile
	if path != "" && !filepath.IsAbs(path) {
		path = "/" + path
	}
	if path == c.path {
		return
	}
	p.closeReloadTime()
	c.path = path
	if path == "" {
		return
	}
	watcher, now := filewatch.Watch([]string{path}, p.log, func(path, text string) {
		p.post(func() {
			if path == c.path {
				p.schedule(text)
			}
		})
	})
	c.watcher = watcher
	p.schedule(now[path])
}

func (p *parent) closeReloadTime() {
	c := &p.clock
	if c.watcher != nil {
		// Beside the loop, which the watcher may be about to post to.
		go c.watcher.Close()
	}
	p.cancelReloadTime()
	c.watcher, c.path = nil, ""
}

func (p *parent) cancelReloadTime() {
	c := &p.clock
	if !c.at.IsZero() {
		c.timer.Stop()
		p.log.Info("Cancelling reload scheduled for " + clockText(c.at))
		c.at = time.Time{}
	}
}

func clockText(t time.Time) string { return t.Local().Format(time.DateTime) }

// schedule takes the text of the file: a time, or nothing.
func (p *parent) schedule(text string) {
	c := &p.clock
	c.text, _, _ = strings.Cut(text, "\n")
	if c.text == "" {
		p.cancelReloadTime()
		return
	}
	at, dated, err := reloadTime(c.text, time.Now())
	switch {
	case err != nil:
		p.log.Warn(fmt.Sprintf("Invalid reload time '%s' specified - ignoring", c.text), zap.Error(err))
		p.cancelReloadTime()
		return
	case at.Equal(c.at):
		return
	case c.at.IsZero():
		p.log.Info("Scheduling reload for " + clockText(at))
	default:
		c.timer.Stop()
		p.log.Info(fmt.Sprintf("Reload time updated from %s to %s", clockText(c.at), clockText(at)))
	}
	c.at, c.dated = at, dated
	p.awaitReloadTime(at)
}

// clockLook is how often the clock is looked at: it may be set.
const clockLook = time.Minute

// awaitReloadTime reloads when the time has come.
func (p *parent) awaitReloadTime(at time.Time) {
	p.clock.timer = time.AfterFunc(min(time.Until(at), clockLook), func() {
		p.post(func() {
			switch {
			case !p.clock.at.Equal(at) || p.stop.running: // another one by now
			case time.Now().Before(at):
				p.awaitReloadTime(at)
			default:
				p.reloadInTime()
			}
		})
	})
}

// reloadInTime reloads. The file has done its work, unless it is for every day.
func (p *parent) reloadInTime() {
	c := &p.clock
	c.at = time.Time{}
	if c.dated || !p.config.Global.ReloadRepeat {
		if err := os.Remove(c.path); err != nil {
			p.log.Warn("the reload_time_file stays", zap.Error(err))
		}
	} else {
		p.schedule(c.text)
	}
	p.beginReload(nil)
}
