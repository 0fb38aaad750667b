package config

import "slices"

// registerFile registers FILE_CHECK: the number in a track_file changes the weight.
func registerFile(g *grammar) {
	context := rsContext + "/FILE_CHECK"
	g.block(rsContext, "FILE_CHECK", func(d *decoder) { d.openCheck(false) }, (*decoder).closeFile)
	g.line(context, "track_file", func(d *decoder) {
		w, ok := d.word(1)
		if !ok {
			return
		}
		if d.trackFile(w.Text) == nil {
			d.dropLine("track-file-unknown", w, "define track_file "+w.Text+" above", "there is no track_file %s above this line", quote(w.Text))
			return
		}
		d.lvs.check.TrackFile = d.keep(w.Text)
	})
	g.line(context, "weight", (*decoder).fileWeight)
}

// trackFile finds a track_file that checks may use.
func (d *decoder) trackFile(name string) *TrackFile {
	for i := range d.cfg.TrackFiles {
		if f := &d.cfg.TrackFiles[i]; f.Name == name && !f.VRRPOnly {
			return f
		}
	}
	return nil
}

// fileWeight reads NUMBER [reverse|noreverse], the number the file's is multiplied by.
func (d *decoder) fileWeight() {
	if len(d.words) < 2 {
		d.dropLine("value-missing", d.words[0], "", "weight needs a number")
		return
	}
	n, ok := d.int(1, -maxWeight, maxWeight)
	if !ok {
		return
	}
	c := &d.lvs.check
	reverse := false
	if len(d.words) > 2 {
		switch d.words[2].Text {
		case "reverse":
			reverse = true
		case "noreverse":
		default:
			d.dropLine("track-word", d.words[2], "reverse or noreverse", "%s is no word behind a weight", quote(d.words[2].Text))
			return
		}
	}
	c.TrackFileWeight, c.TrackFileReverse, c.weightSet = int(n), reverse, true
}

// closeFile keeps a check that names a file; the weight is the track_file's own if none is given.
func (d *decoder) closeFile() {
	c := &d.lvs.check
	if c.TrackFile == "" {
		d.dropCheck("track-file-missing", "write track_file NAME", "FILE_CHECK names no track_file")
		return
	}
	if f := d.trackFile(c.TrackFile); !c.weightSet && f != nil {
		c.TrackFileWeight, c.TrackFileReverse = f.Weight, f.Reverse
	}
	c.TrackFileSet = c.weightSet
	d.keepCheck()
}

// registerBFDCheck registers BFD_CHECK: the state of a BFD session is the health.
func registerBFDCheck(g *grammar) {
	context := rsContext + "/BFD_CHECK"
	g.block(rsContext, "BFD_CHECK", func(d *decoder) { d.openCheck(false) }, (*decoder).closeBFDCheck)
	g.line(context, "name", (*decoder).bfdName)
	g.line(context, "alpha", func(d *decoder) { d.boolLine(&d.lvs.check.alpha) })
}

// bfdName reads the name of the session; whatever is wrong with it costs the check.
func (d *decoder) bfdName() {
	c := &d.lvs.check
	if c.dropped {
		return
	}
	if len(d.words) != 2 {
		d.dropCheck("bfd-name", "write name BFD_INSTANCE", "BFD_CHECK takes one name")
		return
	}
	name := d.words[1].Text
	switch {
	case !slices.ContainsFunc(d.cfg.BFDs, func(b BFD) bool { return b.Name == name && (b.Checker || !b.VRRP) }):
		d.dropCheck("bfd-unknown", "define bfd_instance "+name+" above", "BFD_CHECK: there is no bfd_instance %s above this line", quote(name))
	case c.BFD != "":
		d.dropCheck("bfd-name", "keep one of the two", "BFD_CHECK: name %s follows name %s", quote(name), quote(c.BFD))
	case len(name) > maxBFDName:
		d.dropCheck("bfd-name", "", "BFD_CHECK: the name %s has more than %d characters", quote(name), maxBFDName)
	case slices.ContainsFunc(d.lvs.checks, func(o Checker) bool { return o.BFD == name }):
		d.dropCheck("bfd-twice", "remove one of the two checks", "BFD_CHECK: the real server follows %s already", quote(name))
	default:
		c.BFD = d.keep(name)
	}
}

// closeBFDCheck keeps a check that names a session.
func (d *decoder) closeBFDCheck() {
	if c := &d.lvs.check; c.BFD == "" && !c.dropped {
		d.dropCheck("bfd-name", "write name BFD_INSTANCE", "BFD_CHECK names no bfd_instance")
	}
	d.keepCheck()
}
