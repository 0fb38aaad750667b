package lint

import (
	"fmt"
	"io/fs"
	"net/netip"
	"slices"

	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// Rule is one thing that bites.
type Rule struct {
	ID       string
	Severity parser.Severity // Hint: works, but look; Warning: does not do what it says
	// One of these looks: at the model, at each statement of the top level, or at two routers.
	model func(*sight)
	text  func(*sight, *parser.Statement)
	pair  func(*match)
}

// Rules lists every rule, in the order of the manual. The slice is the caller's own.
func Rules() []Rule {
	return slices.Concat(electionRules, trackRules, addressRules, unicastRules, groupRules, scriptRules, mailRules,
		serverRules, checkRules, pairRules, silenceRules)
}

// Host answers what rules ask about the machine. Without one the rules that ask are passed over.
type Host interface {
	// Stat tells of a file, following symbolic links.
	Stat(name string) (File, bool)
	// FirstLine returns the first line of a file without its line feed, 256 bytes of it at most.
	FirstLine(name string) (string, bool)
	// Addresses are those that the interfaces have now.
	Addresses() []netip.Addr
}

// File is what rules ask about a file.
type File struct {
	Mode     fs.FileMode
	UID, GID uint32
}

// Input is what the rules look at.
type Input struct {
	Config *config.Config
	Host   Host // nil: nothing is known of the machine
	// Statements calls its argument for each statement of the top level, as parser.Parse does; nil
	// passes over the rules that look at the text, and findings show the head of their block.
	Statements func(each func(*parser.Statement))
}

// most is how many findings of one rule are told one by one.
const most = 20

// Check applies every rule to one configuration. The findings are in the order of the rules.
func Check(in Input) []parser.Problem {
	s := &sight{cfg: in.Config, host: in.Host}
	for _, r := range Rules() {
		if r.model != nil {
			s.rule = r
			r.model(s)
			s.close()
		}
	}
	if in.Statements == nil {
		return s.problems()
	}
	s.readText(in.Statements)
	s.locate(in.Statements)
	return s.problems()
}

// sight is one look at a configuration.
type sight struct {
	cfg     *config.Config
	host    Host
	rule    Rule
	count   int // findings of the rule at hand
	found   []finding
	holders map[netip.Addr]string // instances by virtual address, once asked for
}

// finding is a problem whose place may still be the head of the block that it lies in.
type finding struct {
	parser.Problem
	keyword string // within the block at Pos, e.g. "priority" or "authentication/auth_type"; "" for the head
}

// add records a finding in the block at pos, at a keyword of it. The pointer is valid until the next
// one; it is never nil.
func (s *sight) add(pos parser.Pos, keyword, format string, args ...any) *finding {
	s.count++
	f := finding{keyword: keyword}
	f.Pos, f.Severity, f.Class, f.ID = pos, s.rule.Severity, parser.Logged, s.rule.ID
	f.Message = fmt.Sprintf(format, args...)
	if s.count > most {
		return &f // counted, not kept
	}
	s.found = append(s.found, f)
	return &s.found[len(s.found)-1]
}

// close ends a rule: what was counted and not kept is told with the last that was.
func (s *sight) close() {
	if s.count > most {
		f := &s.found[len(s.found)-1]
		f.Message += fmt.Sprintf(" (and %d more like this in the file)", s.count-most)
	}
	s.count = 0
}

func (s *sight) problems() []parser.Problem {
	list := make([]parser.Problem, len(s.found))
	for i := range s.found {
		list[i] = s.found[i].Problem
	}
	return list
}

// place names a position within the message of a problem that is elsewhere.
func place(p, from parser.Pos) string {
	if p.File == from.File && p.Line > 0 {
		return fmt.Sprintf("line %d", p.Line)
	}
	return p.String()
}
