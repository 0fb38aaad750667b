package completion

import "fmt"

// Kind is what a value or an argument is.
type Kind uint8

// Kinds.
const (
	Any  Kind = iota // the shell has nothing to offer but Words
	File             // a file
)

// Flag is an option.
type Flag struct {
	Name, Short string // without dashes; Short may be empty
	Help        string
	Value       bool // the next word belongs to it
	Optional    bool // only --name=value has a value
	Kind        Kind
	Words       []string // possible values
}

// Command is a program or one of its commands. Help is one line.
type Command struct {
	Name, Help string
	Flags      []Flag
	Commands   []Command
	Kind       Kind     // of the arguments
	Words      []string // possible arguments
	// Ask is a command of the program that lists the possible arguments, a line for each, given those
	// before; empty: none does.
	Ask string
}

// Shells are those that Write knows.
var shells = map[string]func(*Command) string{"bash": bash, "zsh": zsh, "fish": fish}

// FileNames are the names of the scripts of a program by shell, as the shells look for them.
func FileNames(program string) map[string]string {
	return map[string]string{"bash": program + ".bash", "zsh": "_" + program, "fish": program + ".fish"}
}

// Write returns the script for a shell: bash, zsh or fish.
func Write(shell string, c *Command) (string, error) {
	write := shells[shell]
	if write == nil {
		return "", fmt.Errorf("write completion: %q is no shell of bash, zsh and fish", shell)
	}
	return write(c), nil
}

const header = "# Generated: go test -update; see internal/completion.\n"
