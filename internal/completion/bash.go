package completion

import (
	"fmt"
	"slices"
	"strings"
)

// bash writes a function for complete -F. It uses nothing of the package bash-completion.
func bash(c *Command) string {
	var b strings.Builder
	function := "_" + c.Name
	b.WriteString(header)
	if asks(c) {
		fmt.Fprintf(&b, bashAsk, c.Name)
	}
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
	if c.Ask != "" {
		fmt.Fprintf(b, "                %s %s\n            fi\n", askFunction, c.Ask)
		return
	}
	fmt.Fprintf(b, "                %s\n            fi\n", bashOffer(c.Kind, append(append([]string{}, c.Words...), names(c.Commands)...)))
}

const askFunction = "_holdfast_ask"

// bashAsk is a function that fills COMPREPLY with what a command of the program lists. bash breaks words at
// colons, so they are read from the line, and only what follows the last colon is offered.
const bashAsk = askFunction + `() {
    local line=${COMP_LINE:0:COMP_POINT} word w after=
    local -a typed given=()
    read -ra typed <<< "$line"
    [[ $line == *' ' ]] && typed+=('')
    word=${typed[-1]}
    for w in "${typed[@]:1:${#typed[@]}-2}"; do
        [[ $after && $w != -* ]] && given+=("$w")
        [[ $w == "$command" ]] && after=1
    done
    mapfile -t COMPREPLY < <(compgen -W "$(%[1]s "$1" "${given[@]}" 2>/dev/null)" -- "$word")
    [[ $word == *:* && $COMP_WORDBREAKS == *:* ]] && COMPREPLY=("${COMPREPLY[@]#"${word%%"${word##*:}"}"}")
}
`

// asks reports whether a command has arguments that another one lists.
func asks(c *Command) bool {
	return slices.ContainsFunc(c.Commands, func(s Command) bool { return s.Ask != "" })
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
