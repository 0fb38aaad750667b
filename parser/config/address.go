package config

// addressEntry reads the statement at hand as an address-entry: d.words[0] is the address. ok is
// false when the entry is dropped; why has been reported then. The interface named by dev is not
// looked up here: the caller resolves Dev and checks that it exists.
func (d *decoder) addressEntry() (a Address, ok bool) {
	a.Pos = d.pos()
	a.Prefix, ok = d.prefixWord(d.words[0])
	return a, ok
}
