package completion

import (
	"fmt"
	"strings"
)

// bash writes a function for complete -F. It uses nothing of the package bash-completion.
func bash(c *Command) string {
	var b strings.Builder
	function := "_" + c.Name
	b.WriteString(header)
	fmt.Fprintf(&b, "%s() {\n", function)
	b.WriteString("    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= i\n")
	if len(c.Commands) > 0 {
		b.WriteString("    for ((i = 1; i < COMP_CWORD; i++)); do\n        case ${COMP_WORDS[i]} in\n")
		fmt.Fprintf(&b, "            %s) command=${COMP_WORDS[i]}; break ;;\n", strings.Join(names(c.Commands), "|"))
		b.WriteString("        esac\n    done\n")
	}
	b.WriteString("    case $command in\n")
	for i := range c.Commands {
		fmt.Fprintf(&b, "        %s)\n", c.Commands[i].Name)
		bashWords(&b, &c.Commands[i], c.Flags)
		b.WriteString("            ;;\n")
	}
	b.WriteString("        *)\n")
	bashWords(&b, c, nil)
	b.WriteString("            ;;\n    esac\n}\n")
	fmt.Fprintf(&b, "complete -F %s %s\n", function, c.Name)
	return b.String()
}

// bashWords writes what one command completes.
func bashWords(b *strings.Builder, c *Command, more []Flag) {
	flags := append(append([]Flag{}, c.Flags...), more...)
	b.WriteString("            case $prev in\n")
	var all []string
	for _, f := range flags {
		all = append(all, "--"+f.Name)
		if f.Short != "" {
			all = append(all, "-"+f.Short)
		}
		if !f.Value {
			continue
		}
		pattern := "--" + f.Name
		if f.Short != "" {
			pattern += "|-" + f.Short
		}
		fmt.Fprintf(b, "                %s) %s; return ;;\n", pattern, bashOffer(f.Kind, f.Words))
	}
	b.WriteString("            esac\n            if [[ $cur == -* ]]; then\n")
	fmt.Fprintf(b, "                %s\n            else\n", bashOffer(Any, all))
	fmt.Fprintf(b, "                %s\n            fi\n", bashOffer(c.Kind, append(append([]string{}, c.Words...), names(c.Commands)...)))
}

// bashOffer is the statement that fills COMPREPLY.
func bashOffer(k Kind, words []string) string {
	switch {
	case k == File:
		return `COMPREPLY=($(compgen -f -- "$cur"))`
	case len(words) == 0:
		return "COMPREPLY=()"
	}
	return fmt.Sprintf(`COMPREPLY=($(compgen -W '%s' -- "$cur"))`, strings.Join(words, " "))
}

func names(commands []Command) (all []string) {
	for i := range commands {
		all = append(all, commands[i].Name)
	}
	return all
}
