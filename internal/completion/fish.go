package completion

import (
	"fmt"
	"strings"
)

// fish writes complete commands.
func fish(c *Command) string {
	var b strings.Builder
	b.WriteString(header)
	fmt.Fprintf(&b, "complete -c %s -f\n", c.Name)
	first := ""
	if len(c.Commands) > 0 {
		first = " -n __fish_use_subcommand"
	}
	fishRest(&b, c.Name, first, c)
	for i := range c.Commands {
		s := &c.Commands[i]
		fmt.Fprintf(&b, "complete -c %s%s -a %s -d '%s'\n", c.Name, first, s.Name, fishQuote(s.Help))
		fishRest(&b, c.Name, fmt.Sprintf(" -n '__fish_seen_subcommand_from %s'", s.Name), s)
	}
	return b.String()
}

// fishRest writes flags and arguments of one command.
func fishRest(b *strings.Builder, program, when string, c *Command) {
	for _, f := range c.Flags {
		fmt.Fprintf(b, "complete -c %s%s -l %s", program, when, f.Name)
		if f.Short != "" {
			fmt.Fprintf(b, " -s %s", f.Short)
		}
		switch {
		case f.Value && f.Kind == File:
			b.WriteString(" -r -F")
		case f.Value:
			b.WriteString(" -x")
		}
		if len(f.Words) > 0 {
			fmt.Fprintf(b, " -a '%s'", strings.Join(f.Words, " "))
		}
		fmt.Fprintf(b, " -d '%s'\n", fishQuote(f.Help))
	}
	switch {
	case c.Ask != "":
		fmt.Fprintf(b, "complete -c %s%s -a '(%s %s (commandline -opc | string match -v -- \"-*\")[3..] 2>/dev/null)'\n", program, when, program, c.Ask)
	case c.Kind == File:
		fmt.Fprintf(b, "complete -c %s%s -F\n", program, when)
	case len(c.Words) > 0:
		fmt.Fprintf(b, "complete -c %s%s -a '%s'\n", program, when, strings.Join(c.Words, " "))
	}
}

// fishQuote keeps a text within single quotes.
func fishQuote(s string) string {
	return strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s)
}
