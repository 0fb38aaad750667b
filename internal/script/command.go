package script

import (
	"strings"

	"github.com/holdfast-ha/holdfast/parser"
)

// Command is a program with its arguments and the account it runs as.
type Command struct {
	Args     []string // Args[0] is the program
	Path     string   // what is executed as Args[0]; empty: Args[0] itself
	UID, GID uint32
	// Groups are the supplementary groups (set_supplementary_groups); nil: none.
	Groups []uint32
}

// Split splits the command of a configuration into program and arguments as keepalived does:
// blanks separate, single and double quotes group, a backslash makes the next byte plain.
func Split(command string) []string { return parser.CommandArgs(command) }

// String is the command as a person would type it.
func (c Command) String() string {
	var b strings.Builder
	for i, arg := range c.Args {
		if i > 0 {
			b.WriteByte(' ')
		}
		if arg == "" || strings.ContainsAny(arg, " \t\n\"'\\") {
			arg = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
		b.WriteString(arg)
	}
	return b.String()
}

// With is the command with more arguments, as notify scripts get them.
func (c Command) With(args ...string) Command {
	c.Args = append(append(make([]string, 0, len(c.Args)+len(args)), c.Args...), args...)
	return c
}

// OpenTest tells whether a command is no program but "</path" or "< /path", which only tests
// whether the file can be opened.
func OpenTest(args []string) (name string, ok bool) {
	if len(args) == 0 || !strings.HasPrefix(args[0], "<") {
		return "", false
	}
	if name = strings.TrimLeft(args[0][1:], " \t"); name == "" && len(args) > 1 {
		name = args[1]
	}
	return name, name != ""
}
