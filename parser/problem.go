package parser

// Severity is how much a problem matters to the reader of a report.
type Severity uint8

// Severities, the gravest last.
const (
	Hint    Severity = iota // works, but probably not what was meant
	Warning                 // ignored by keepalived as well: the rest of the file holds
	Error                   // the daemon would not start, or the block is lost
)

// Class is how keepalived's --config-test counts a problem; it decides the exit status and
// nothing else (behaviour of keepalived 2.4.3, enum chk_exit_code order).
type Class uint8

// Classes in keepalived's order: the highest one seen decides.
const (
	Logged           Class = iota // only logged there: does not touch the exit status
	Fatal                         // exit 4 if nothing higher is reported
	General                       // exit 5
	Security                      // exit 6
	MissingParameter              // exit 2 at that very point; nothing after it is read
	MissingInclude                // exit 6 at that very point
)

// Problem is one finding about a configuration, complete enough to be shown without the file.
type Problem struct {
	Pos      Pos
	End      int32 // column behind the words meant, 0 when only Pos is known
	Severity Severity
	Class    Class
	ID       string // stable name of the kind of problem, e.g. "vrid-range"
	Message  string // what is wrong: no position, no full stop, lower case
	Instead  string // what happens instead, e.g. "100 is used"; may be empty
	Cure     string // what to write; may be empty
	Text     string // the source line as it stands in the file, for the caret
	Notes    []Note // other places that have to do with it: definitions, includes
	StopsRun bool   // a daemon started with this file exits with status 2
}

// Note is another place that has to do with a problem.
type Note struct {
	Pos     Pos
	Message string // "$NAME is defined here"
	Text    string // the source line
}
