package getopt

import (
	"fmt"
	"strings"
)

// Error describes the mistake in lower case and without a full stop.
func (m Mistake) Error() string {
	switch m.Kind {
	case Ambiguous:
		return fmt.Sprintf("ambiguous option %s: it may mean --%s", m.Option, strings.Join(m.Candidates, " or --"))
	case MissingValue:
		return "missing parameter for option " + m.Option
	case UnwantedValue:
		return "option " + m.Option + " takes no parameter"
	default:
		return "unknown option " + m.Option
	}
}

// Result is a command line taken apart.
type Result struct {
	Options  []Found  // in the order written
	Words    []string // positional words, in order
	Mistakes []Mistake
}

// Parse takes the words of a command line apart; args has no program name.
func Parse(options []Option, args []string) Result {
	p := parser{options: options, args: args}
	for p.next < len(p.args) {
		word := p.args[p.next]
		p.next++
		switch {
		case word == "--":
			p.result.Words = append(p.result.Words, p.args[p.next:]...)
			return p.result
		case strings.HasPrefix(word, "--"):
			p.long(word[2:])
		case len(word) > 1 && word[0] == '-':
			p.bundle(word[1:])
		default:
			p.result.Words = append(p.result.Words, word)
		}
	}
	return p.result
}

type parser struct {
	options []Option
	args    []string
	next    int
	result  Result
}

// long handles a word that began with two dashes.
func (p *parser) long(word string) {
	name, value, attached := strings.Cut(word, "=")
	o, candidates := p.lookup(name)
	if o == nil {
		m := Mistake{Kind: Unknown, Option: "--" + name}
		if len(candidates) > 1 {
			m.Kind, m.Candidates = Ambiguous, candidates
		}
		p.mistake(m)
		return
	}
	switch {
	case attached && o.Arity == None:
		p.mistake(Mistake{Kind: UnwantedValue, Option: "--" + o.Name})
	case attached:
		p.found(o, value, true)
	case o.Arity == Required:
		p.takeWord(o, "--"+o.Name)
	default:
		p.found(o, "", false)
	}
}

// lookup finds a long option by its name or by an abbreviation that only one option begins with.
func (p *parser) lookup(name string) (*Option, []string) {
	var match *Option
	var candidates []string
	for i := range p.options {
		o := &p.options[i]
		if o.Name == name {
			return o, nil
		}
		if strings.HasPrefix(o.Name, name) {
			match = o
			candidates = append(candidates, o.Name)
		}
	}
	if len(candidates) != 1 {
		return nil, candidates
	}
	return match, nil
}

// bundle handles the letters behind one dash.
func (p *parser) bundle(letters string) {
	for i := 0; i < len(letters); i++ {
		o := p.short(letters[i])
		if o == nil {
			p.mistake(Mistake{Kind: Unknown, Option: "-" + letters[i:i+1]})
			continue
		}
		rest := letters[i+1:]
		switch {
		case o.Arity == None:
			p.found(o, "", false)
		case rest != "":
			p.found(o, rest, true)
			return
		case o.Arity == Required:
			p.takeWord(o, "-"+letters[i:i+1])
			return
		default:
			p.found(o, "", false)
		}
	}
}

func (p *parser) short(letter byte) *Option {
	for i := range p.options {
		if p.options[i].Short == letter {
			return &p.options[i]
		}
	}
	return nil
}

// takeWord gives o the next word of the command line as its value, whatever it looks like.
func (p *parser) takeWord(o *Option, written string) {
	if p.next == len(p.args) {
		p.mistake(Mistake{Kind: MissingValue, Option: written})
		return
	}
	p.found(o, p.args[p.next], true)
	p.next++
}

func (p *parser) found(o *Option, value string, has bool) {
	p.result.Options = append(p.result.Options, Found{Name: o.Name, Value: value, HasValue: has})
}

func (p *parser) mistake(m Mistake) { p.result.Mistakes = append(p.result.Mistakes, m) }
