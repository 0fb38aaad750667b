package datafile

import (
	"strings"

	"github.com/holdfast-ha/holdfast/parser/config"
)

// command is a command as keepalived writes it: each word in single quotes, the program as it was
// found. A command that only opens a file stands as it is.
func command(s *config.Script, more ...string) string {
	if strings.HasPrefix(s.Args[0], "<") {
		return strings.Join(s.Args, " ")
	}
	words := append([]string{or(s.Program, s.Args[0])}, s.Args[1:]...)
	return "'" + strings.Join(append(words, more...), "' '") + "'"
}
