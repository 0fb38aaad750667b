package filewatch

import (
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
	"go.uber.org/zap"
)

const (
	// pollInterval is how often files are looked at whatever inotify says.
	pollInterval = time.Second
	// settleTime is how long content without an end has to stay the same.
	settleTime = 50 * time.Millisecond
)

// Watcher watches files until Close.
type Watcher struct {
	log     *zap.Logger
	changed func(path, content string)
	notify  *fsnotify.Watcher // nil: no inotify
	files   map[string]*file  // by clean path
	dirs    map[string]bool   // that are watched, of those wanted
	stop    chan struct{}
	done    sync.WaitGroup
}

// file is what was last told and seen of a file.
type file struct {
	path   string // as given
	told   string
	seen   string // differs from told: has to settle
	settle time.Time
}

// Watch reads the files, returns what is in them by path, and tells changed, from one goroutine,
// each time that it is another. changed must not call the Watcher.
func Watch(paths []string, log *zap.Logger, changed func(path, content string)) (*Watcher, map[string]string) {
	if log == nil {
		log = zap.NewNop()
	}
	w := &Watcher{log: log, changed: changed, files: map[string]*file{}, dirs: map[string]bool{}, stop: make(chan struct{})}
	var err error
	if w.notify, err = fsnotify.NewWatcher(); err != nil {
		log.Warn("tracked files are looked at every second only: there is no inotify", zap.Error(err))
		w.notify = nil
	}
	for _, p := range paths {
		w.files[filepath.Clean(p)] = &file{path: p}
		w.dirs[filepath.Dir(filepath.Clean(p))] = false
	}
	w.watchDirs()
	now := make(map[string]string, len(paths))
	for _, f := range w.files {
		f.told = Read(f.path)
		f.seen = f.told
		now[f.path] = f.told
	}
	w.done.Go(w.run)
	return w, now
}

// Close ends the callbacks.
func (w *Watcher) Close() {
	close(w.stop)
	w.done.Wait()
	if w.notify != nil {
		_ = w.notify.Close()
	}
}

// watchDirs asks for the events of directories that are not watched yet. One that is not there may
// come.
func (w *Watcher) watchDirs() {
	if w.notify == nil {
		return
	}
	for dir, watched := range w.dirs {
		if !watched {
			w.dirs[dir] = w.notify.Add(dir) == nil
		}
	}
}

func (w *Watcher) run() {
	var events chan fsnotify.Event
	var errors chan error
	if w.notify != nil {
		events, errors = w.notify.Events, w.notify.Errors
	}
	poll := time.NewTicker(pollInterval)
	defer poll.Stop()
	settle := time.NewTimer(time.Hour)
	defer settle.Stop()
	for {
		select {
		case <-w.stop:
			return
		case e := <-events:
			w.event(e)
		case <-errors: // events were lost
			w.lookAtAll()
		case <-poll.C:
			w.watchDirs()
			w.lookAtAll()
		case <-settle.C:
			w.lookAtAll()
		}
		if at, any := w.nextSettle(); any {
			settle.Reset(max(time.Until(at), 0))
		}
	}
}

func (w *Watcher) event(e fsnotify.Event) {
	if f := w.files[e.Name]; f != nil {
		w.look(f)
	}
	if _, ours := w.dirs[e.Name]; ours && e.Op&(fsnotify.Remove|fsnotify.Rename) != 0 {
		// The directory itself: another one of that name may come.
		_ = w.notify.Remove(e.Name)
		w.dirs[e.Name] = false
		w.lookAtAll()
	}
}

func (w *Watcher) lookAtAll() {
	for _, f := range w.files {
		w.look(f)
	}
}

// look reads a file and tells what is in it, if that is new and whole.
func (w *Watcher) look(f *file) {
	content := Read(f.path)
	now := time.Now()
	switch {
	case content == f.told:
		f.seen = content
	case whole(content) || content == "" && !exists(f.path):
		w.tell(f, content)
	case content != f.seen:
		f.seen, f.settle = content, now.Add(settleTime)
	case !now.Before(f.settle):
		w.tell(f, content)
	}
}

func (w *Watcher) tell(f *file, content string) {
	f.told, f.seen = content, content
	w.changed(f.path, content)
}

// whole tells whether a writer can be taken to have finished.
func whole(content string) bool {
	return strings.IndexByte(content, '\n') >= 0 || len(content) == MaxSize
}

func (w *Watcher) nextSettle() (at time.Time, any bool) {
	for _, f := range w.files {
		if f.seen != f.told && (!any || f.settle.Before(at)) {
			at, any = f.settle, true
		}
	}
	return at, any
}
