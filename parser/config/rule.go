package config

// ruleEntry reads the statement at hand as a rule-entry; d.words holds the whole entry. ok is
// false when it is dropped.
func (d *decoder) ruleEntry() (r Rule, ok bool) {
	r.Pos = d.pos()
	return r, true
}
