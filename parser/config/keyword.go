package config

// Kind is the form of a keyword.
type Kind uint8

// Kinds of keywords.
const (
	Value     Kind = iota // keyword and words on one line
	Flag                  // keyword alone, or with a boolean or an option
	Block                 // keyword { lines with keywords of a context of their own }
	List                  // keyword { entries }
	Directive             // include and its relatives: the parser's matter
	Lexical               // form of the language: the parser's matter
	Removed               // keyword of an old release, unknown now
)

// Effect tells how much of a keyword Holdfast carries out.
type Effect uint8

// Effects.
const (
	Works Effect = iota // as keepalived does
	Own                 // Holdfast's own keyword: keepalived does not know it
	Moot                // read and validated; there is nothing here that it could change, and Note says why
)

// Keyword is one row of the table that describes the language. Decoding, did-you-mean, completion
// and the manual come from it.
type Keyword struct {
	Context string // see Contexts
	Name    string
	Kind    Kind
	Effect  Effect
	Args    string // syntax of what follows, e.g. "<int 1-255>"
	Default string
	Since   string // first release of keepalived that has it
	Note    string
}

// section is the part of the table that belongs to one context.
type section struct {
	context  string
	keywords []Keyword
}

// tables lists all sections, in the order of the manual.
func tables() [][]section {
	return [][]section{topRows, globalRows, vrrpRows, trackRows, lvsRows, checkerRows, entryRows}
}

// Keywords returns every keyword, by context, in the order of the manual. The slice is the
// caller's own.
func Keywords() []Keyword {
	var all []Keyword
	for _, t := range tables() {
		for _, s := range t {
			for _, k := range s.keywords {
				k.Context = s.context
				all = append(all, k)
			}
		}
	}
	return all
}

// block tells whether the kind is followed by braces.
func (k Kind) block() bool { return k == Block || k == List }

// line tells whether the kind can stand at the start of a line of its context.
func (k Kind) line() bool { return k <= List }
