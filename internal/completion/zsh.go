package completion

import (
	"fmt"
	"strings"
)

// zsh writes a function for compinit, made of _arguments.
func zsh(c *Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "#compdef %s\n%s", c.Name, header)
	if len(c.Commands) == 0 {
		b.WriteString("_arguments -s \\\n" + zshFlags(c.Flags) + "    '*::" + zshAction("argument", c.Kind, c.Words) + "'\n")
		return b.String()
	}
	if asks(c) {
		fmt.Fprintf(&b, zshAsk, c.Name)
	}
	b.WriteString("local state line curcontext=$curcontext\nlocal -a commands\ncommands=(\n")
	for i := range c.Commands {
		fmt.Fprintf(&b, "    '%s:%s'\n", c.Commands[i].Name, zshQuote(c.Commands[i].Help))
	}
	b.WriteString(")\n_arguments -C \\\n" + zshFlags(c.Flags) + "    '1:command:->command' \\\n    '*::argument:->argument'\n")
	b.WriteString("case $state in\ncommand) _describe command commands ;;\nargument)\n    case $words[1] in\n")
	for i := range c.Commands {
		s := &c.Commands[i]
		action := zshAction("argument", s.Kind, s.Words)
		if s.Ask != "" {
			action = "argument:" + askFunction + " " + s.Ask
		}
		fmt.Fprintf(&b, "    %s)\n        _arguments -s \\\n%s    '*:%s' ;;\n", s.Name, zshFlags(s.Flags), action)
	}
	b.WriteString("    esac ;;\nesac\n")
	return b.String()
}

// zshAsk is a function that offers what a command of the program lists. _arguments adds options of its own
// for compadd to its arguments: the command is the last.
const zshAsk = askFunction + `() {
    local -a given=(${words[2,CURRENT-1]:#-*})
    compadd "${@[1,-2]}" -- ${(f)"$(%[1]s ${@[-1]} $given 2>/dev/null)"}
}
`

func zshFlags(flags []Flag) string {
	var b strings.Builder
	for _, f := range flags {
		value, long := "", "--"+f.Name
		switch {
		case f.Value:
			value, long = ":"+zshAction("value", f.Kind, f.Words), long+"="
		case f.Optional:
			value, long = "::"+zshAction("value", f.Kind, f.Words), long+"=-"
		}
		help := "[" + zshQuote(f.Help) + "]" + value
		fmt.Fprintf(&b, "    '%s%s' \\\n", long, help)
		if f.Short != "" {
			short := "-" + f.Short
			if f.Optional {
				short += "-"
			}
			fmt.Fprintf(&b, "    '%s%s' \\\n", short, help)
		}
	}
	return b.String()
}

// zshAction is what _arguments offers.
func zshAction(message string, k Kind, words []string) string {
	switch {
	case k == File:
		return message + ":_files"
	case len(words) > 0:
		var all []string
		for _, w := range words {
			all = append(all, strings.ReplaceAll(w, ":", `\:`))
		}
		return message + ":(" + strings.Join(all, " ") + ")"
	}
	return message + ":"
}

// zshQuote keeps a help text within its brackets and quotes.
func zshQuote(s string) string {
	return strings.NewReplacer("'", `'\''`, "[", "(", "]", ")", ":", `\:`).Replace(s)
}
