package config

// String is how a file says it.
func (t Tristate) String() string { return [...]string{"unset", "off", "on"}[t] }

// String is the keyword's value.
func (s State) String() string { return [...]string{"BACKUP", "MASTER"}[s] }

// String is the keyword's value, "none" without authentication.
func (a AuthType) String() string { return [...]string{"none", "PASS", "AH"}[a] }

// String is the keyword's value.
func (f Forward) String() string { return [...]string{"NAT", "DR", "TUN"}[f] }

// String names the kind.
func (k Kind) String() string {
	return [...]string{"value", "flag", "block", "list", "directive", "lexical", "removed"}[k]
}

// String says what a keyword does.
func (e Effect) String() string {
	return [...]string{"works", "no effect yet", "own keyword", "nothing to do"}[e]
}
