package daemon

import (
	"fmt"
	"slices"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/filewatch"
	"github.com/holdfast-ha/holdfast/internal/wiring"
)

// makeFiles makes the files of FILE_CHECKs that have to be there from the start (init_file), each once
// in the life of the daemon. Those of instances the tracker makes.
func (p *parent) makeFiles() {
	for _, f := range wiring.CheckFiles(p.config) {
		if !f.Init || p.made[f.File] {
			continue
		}
		if p.made == nil {
			p.made = map[string]bool{}
		}
		p.made[f.File] = true
		if err := filewatch.Create(f.File, fmt.Sprintf("%d\n", f.InitValue), f.Overwrite); err != nil {
			p.log.Warn(fmt.Sprintf("Track file %s cannot be made", f.Name), zap.Error(err))
		}
	}
}

// watchFiles tells the director what is in the files that checks go by, now and from now on.
func (l *lvsChild) watchFiles(s *director.Settings) {
	paths := s.Files()
	if slices.Equal(paths, l.watched) {
		return
	}
	if l.files != nil {
		l.files.Close()
		l.files = nil
	}
	l.watched = paths
	if len(paths) == 0 {
		return
	}
	var contents map[string]string
	l.files, contents = filewatch.Watch(paths, l.log, func(path, content string) {
		l.director.Files(map[string]string{path: content})
	})
	l.director.Files(contents)
}
