package tracking

import (
	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/internal/filewatch"
	"github.com/holdfast-ha/holdfast/internal/procmon"
	"github.com/holdfast-ha/holdfast/track"
)

// watchFiles reads the files and begins to watch them. Two objects may share a file.
func (t *Tracker) watchFiles(s *Settings) {
	owners := map[string][]track.ID{}
	var paths []string
	for i, id := range t.core.IDs() {
		if o := &s.Objects[i]; o.Kind == track.File {
			if owners[o.Path] == nil {
				paths = append(paths, o.Path)
			}
			owners[o.Path] = append(owners[o.Path], id)
		}
	}
	if paths == nil {
		return
	}
	var contents map[string]string
	t.files, contents = filewatch.Watch(paths, t.log, func(path, content string) {
		for _, id := range owners[path] {
			t.tell(track.Event{Kind: track.Value, Object: id, Value: track.ParseValue(content)})
		}
	})
	for _, path := range paths {
		for _, id := range owners[path] {
			t.step(track.Event{Kind: track.Value, Object: id, Value: track.ParseValue(contents[path])})
		}
	}
}

// watchProcesses counts the processes and begins to watch them.
func (t *Tracker) watchProcesses(s *Settings) {
	var owners []track.ID
	var matches []procmon.Match
	for i, id := range t.core.IDs() {
		if o := &s.Objects[i]; o.Kind == track.Process {
			owners, matches = append(owners, id), append(matches, o.Match)
		}
	}
	if owners == nil {
		return
	}
	monitor, counts, err := procmon.Watch(matches, procmon.Options{
		Log: t.log, Buffer: s.Buffer, Force: s.ForceBuffer, Proc: t.deps.Proc, Poll: t.deps.Poll,
		Changed: func(counts []int) {
			for i, id := range owners {
				t.tell(track.Event{Kind: track.Count, Object: id, Value: counts[i]})
			}
		},
	})
	if err != nil {
		t.log.Error("processes cannot be tracked: none counts as running", zap.Error(err))
		counts = make([]int, len(owners))
	}
	t.procs = monitor
	for i, id := range owners {
		t.step(track.Event{Kind: track.Count, Object: id, Value: counts[i]})
	}
}
