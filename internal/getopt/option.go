package getopt

// Arity says whether an option takes a value.
type Arity uint8

// Arities.
const (
	None     Arity = iota // no value: --name=x is a mistake
	Required              // -fFILE, -f FILE, --file=FILE, --file FILE
	Optional              // -fFILE and --file=FILE only; the next word is not taken
)

// Option describes an option. Name is what Found reports, whichever form was written.
type Option struct {
	Name  string // long name without the dashes, and the name in Found
	Short byte   // 0: none
	Arity Arity
}

// Found is one option of a command line.
type Found struct {
	Name     string
	Value    string
	HasValue bool
}

// Mistake is something in a command line that getopt_long refuses.
type Mistake struct {
	Kind   MistakeKind
	Option string // as written, with its dashes
	// Candidates are the long options an ambiguous abbreviation may mean.
	Candidates []string
}

// MistakeKind is the kind of a Mistake.
type MistakeKind uint8

// Kinds of mistakes.
const (
	Unknown MistakeKind = iota
	Ambiguous
	MissingValue
	UnwantedValue
)
