package config

import "strings"

// context is one kind of block: the keywords that its lines may start with.
type context struct {
	name  string // as in Keyword.Context
	rules map[string]*rule
	gone  map[string]*Keyword // keywords of old releases
}

// rule is a keyword of a context with its handlers. Handlers are called with the statement in
// d.words; d.words[0] is the keyword.
type rule struct {
	spec *Keyword
	// line is called for Value and Flag keywords. nil: the line is accepted as it stands.
	line func(d *decoder)
	// open is called when a Block or List starts; it may call d.skipBlock. closed is called at
	// its }, also when the file ends before.
	open, closed func(d *decoder)
	// sub is the context of a Block's lines.
	sub *context
	// entry is called for each line of a List, d.words[0] being its first word.
	entry func(d *decoder)
	// readers are the processes of keepalived that read this line of the top level.
	readers readers
}

// grammar holds every context by name.
type grammar struct {
	contexts map[string]*context
}

// newGrammar builds the rules from the table and gives them their handlers.
func newGrammar() *grammar {
	g := &grammar{contexts: map[string]*context{}}
	for _, t := range tables() {
		for i := range t {
			g.add(&t[i])
		}
	}
	for _, c := range g.contexts {
		for name, r := range c.rules {
			if r.spec.Kind == Block {
				r.sub = g.subContext(c, name)
			}
		}
	}
	for name, r := range g.contexts["top"].rules {
		r.readers = readersOf(name)
	}
	registerTop(g)
	registerGlobal(g)
	registerVRRP(g)
	registerTracked(g)
	registerLVS(g)
	return g
}

func (g *grammar) add(s *section) {
	c := g.contexts[s.context]
	if c == nil {
		c = &context{name: s.context, rules: make(map[string]*rule, len(s.keywords))}
		g.contexts[s.context] = c
	}
	for i := range s.keywords {
		k := &s.keywords[i]
		switch {
		case k.Kind.line():
			c.rules[k.Name] = &rule{spec: k}
		case k.Kind == Removed:
			if c.gone == nil {
				c.gone = map[string]*Keyword{}
			}
			c.gone[k.Name] = k
		}
	}
}

// subContext finds the context of a block: contexts are named by the path below the top level.
func (g *grammar) subContext(c *context, name string) *context {
	path := name
	if c.name != "top" {
		path = c.name + "/" + name
	}
	return g.contexts[path]
}

// rule returns the rule of a keyword; it must be in the table.
func (g *grammar) rule(context, keyword string) *rule {
	if c := g.contexts[context]; c != nil {
		if r := c.rules[keyword]; r != nil {
			return r
		}
	}
	panic("no keyword " + keyword + " in the table's " + context)
}

// line registers the handler of a Value or Flag keyword.
func (g *grammar) line(context, keyword string, f func(*decoder)) {
	g.rule(context, keyword).line = f
}

// block registers the handlers of a Block; either may be nil.
func (g *grammar) block(context, keyword string, open, closed func(*decoder)) {
	r := g.rule(context, keyword)
	r.open, r.closed = open, closed
}

// list registers the handlers of a List; open and closed may be nil.
func (g *grammar) list(context, keyword string, open, entry, closed func(*decoder)) {
	r := g.rule(context, keyword)
	r.open, r.entry, r.closed = open, entry, closed
}

// quoted tells whether the keyword takes a quoted string with escapes, in which \" is no quote.
func (r *rule) quoted() bool {
	return strings.HasPrefix(r.spec.Args, "\"") || strings.HasPrefix(r.spec.Args, "[\"")
}
