package datafile

import (
	"strconv"

	"github.com/holdfast-ha/holdfast/parser/config"
)

// fileWeight is what a FILE_CHECK multiplies the number in its file by.
func fileWeight(c *config.Checker) string {
	return strconv.Itoa(c.TrackFileWeight) + word(c.TrackFileReverse, " reverse", "")
}

// trackFiles is the section of the files that checks follow; other files are left out.
func (d *checkDump) trackFiles() {
	begun, list := false, d.checks()
	for i := range d.config.TrackFiles {
		f, used := &d.config.TrackFiles[i], false
		for _, c := range list {
			if c.TrackFile != f.Name {
				continue
			}
			if !begun {
				d.Section("Checker track files")
			}
			if !used {
				d.trackFile(f, &c.state)
			}
			begun, used = true, true
			d.Line(2, "%s, weight %s", c.title(), fileWeight(c.Checker))
		}
	}
}

// trackFile shows the number that is in the file, as a check of it has found it.
func (d *checkDump) trackFile(f *config.TrackFile, state *checkState) {
	d.Line(0, "Track file = %s", f.Name)
	d.Line(1, "File = %s", f.File)
	status := 0
	switch {
	case state.ran:
		status = state.status
	case f.Init:
		status = f.InitValue
	}
	d.Line(1, "Status = %d", status)
	d.Line(1, "Weight = %d%s", f.Weight, word(f.Reverse, " reverse", ""))
	d.Line(1, "Tracking instances :")
}

// trackBFDs is the section of the BFD sessions that checks may follow.
func (d *checkDump) trackBFDs() {
	begun, list := false, d.checks()
	for i := range d.config.BFDs {
		b := &d.config.BFDs[i]
		if !b.Checker {
			continue
		}
		if !begun {
			d.Section("Checker track BFDs")
		}
		begun = true
		d.Line(0, "Checker Track BFD = %s", b.Name)
		d.Line(1, "Tracking RS :")
		for _, c := range list {
			d.LineIf(c.BFD == b.Name, 1, "%s", realName(c.server, c.real))
		}
	}
}
