package config

import "strings"

// registerTrackFile registers track_file and its old name.
func registerTrackFile(g *grammar, ctx string, vrrpOnly bool) {
	g.block("top", ctx, func(d *decoder) {
		w, ok := d.word(1)
		if !ok {
			return
		}
		if vrrpOnly {
			d.deprecated("track_file")
		}
		d.vrrp.track = &TrackFile{Pos: d.posOf(w), Name: w.Text, Weight: 1, VRRPOnly: vrrpOnly}
	}, (*decoder).closeTrackFile)
	g.line(ctx, "file", func(d *decoder) {
		if _, ok := d.wanted(1); !ok {
			return
		}
		w := d.words[1]
		if d.vrrp.track.File != "" {
			d.ignored("twice", d.words[0], "track_file %s has two files", d.vrrp.track.Name)
			return
		}
		if dir := parentDir(w.Text); !d.host.DirExists(dir) {
			d.problem("track-file-dir", w, "the directory %s does not exist", dir).Instead = "the track_file is removed"
			return
		}
		d.vrrp.track.File = w.Text
	})
	g.line(ctx, "weight", func(d *decoder) {
		if _, ok := d.wanted(1); !ok {
			return
		}
		if d.vrrp.track.Weight != 1 { // also a second time the weight that it has
			d.ignored("twice", d.words[0], "track_file %s has a weight already", d.vrrp.track.Name)
			return
		}
		if n, rev, ok := d.weight(254); ok {
			d.vrrp.track.Weight, d.vrrp.track.Reverse = n, rev
		}
	})
	g.line(ctx, "init_file", (*decoder).initFile)
}

// parentDir is the directory part of a path.
func parentDir(path string) string {
	i := strings.LastIndexByte(path, '/')
	switch {
	case i < 0:
		return "."
	case i == 0:
		return "/"
	}
	return path[:i]
}

// initFile reads [<number>] [overwrite].
func (d *decoder) initFile() {
	t := d.vrrp.track
	t.Init, t.InitValue = true, 0
	for _, w := range d.words[1:] {
		if w.Text == "overwrite" {
			t.Overwrite = true
			continue
		}
		if n, ok := parseInt(w.Text); ok && n >= -1<<31 && n < 1<<31 {
			t.InitValue = int(n)
			if n < -254 || n > 254 {
				d.problem("init-value", w, "init_file %d: more than 254 makes no sense", n).Instead = "it is used all the same"
			}
			continue
		}
		d.ignored("option", w, "init_file %s: must be a number or overwrite", w.Text)
	}
}

// closeTrackFile adds a track_file that is whole.
func (d *decoder) closeTrackFile() {
	t := d.vrrp.track
	if t.File == "" {
		d.problemAt(t.Pos, d.wordAt(t.Name, t.Pos), "file-missing", "track_file %s has no file", t.Name).Instead = "it is removed"
		return
	}
	if _, taken := d.object("track_file", t.Name); taken {
		hint(d.problemAt(t.Pos, d.wordAt(t.Name, t.Pos), "duplicate-name", "track_file %s is defined twice", t.Name)).Instead = "the first one is used"
		return
	}
	d.define("track_file", t.Name, t.Weight, t.Reverse)
	d.cfg.TrackFiles = append(d.cfg.TrackFiles, *t)
}
