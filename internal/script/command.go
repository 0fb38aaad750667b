package script

// Command is a program with its arguments and the account it runs as.
type Command struct {
	Args     []string // Args[0] is the program
	UID, GID uint32
	// Groups are the supplementary groups (set_supplementary_groups); nil: none.
	Groups []uint32
}
