package parser

import "errors"

// Options is what the text of a configuration may depend on besides the text itself.
type Options struct {
	// ConfigID decides @id lines: the -i option, or the host name up to its first dot.
	ConfigID string
	// Instance is $_INSTANCE; empty: ConfigID.
	Instance string
	// Env looks up ${_ENV NAME}; nil: no variable is set.
	Env func(name string) (string, bool)
	// Random returns a number of [min, max] for ${_RANDOM}; nil: min.
	Random func(min, max int64) int64
	// Files opens the file and what it includes.
	Files Files
	// Trace, if not nil, is told how the text came together: see Trace.
	Trace *Trace

	limits limits
}

// limits bound what hostile input may cost. Zero values stand for the constants below.
type limits struct {
	produced   int // lines that definitions and sequences produce in one run
	statements int // lines of one top-level block
}

func (l limits) orDefault() limits {
	if l.produced == 0 {
		l.produced = maxProduced
	}
	if l.statements == 0 {
		l.statements = maxStatements
	}
	return l
}

// Files is the file system as a configuration sees it. Names are as written: relative ones count
// from the working directory, and the parser itself puts the directory of the including file in
// front of what that file includes.
type Files interface {
	// Read returns the text of a regular file. A missing file is fs.ErrNotExist; one that must
	// not be read, such as a directory, a FIFO or an executable file, is a *SkipError.
	Read(name string) (string, error)
	// Glob returns the sorted names that match a pattern of *, ? and [ without braces.
	Glob(pattern string) ([]string, error)
	// Abs makes the name of a directory absolute and free of symbolic links, for $_PWD.
	Abs(dir string) string
}

// ErrTooLarge is why Files refuses a file that is larger than any configuration.
var ErrTooLarge = errors.New("file too large")

// SkipError says why a file that exists is passed over. keepalived skips such files and goes on.
type SkipError struct {
	Name   string
	Reason string // "is a directory"
}

func (e *SkipError) Error() string { return e.Name + " " + e.Reason }

// Limits on hostile input. They are far above what a real configuration needs.
const (
	// maxLine is the longest line in bytes without its line feed, the size of keepalived's buffer.
	maxLine = 1023
	// maxExpanded bounds one line while definitions are put in.
	maxExpanded = 64 << 10
	// maxReplacements bounds how often a definition is put into one line.
	maxReplacements = 1000
	// maxProduced bounds the lines, and maxProducedBytes the bytes, that definitions and
	// sequences produce in one run.
	maxProduced      = 2_000_000
	maxProducedBytes = 256 << 20
	// maxRead bounds the bytes of all files of one run.
	maxRead = 256 << 20
	// maxFrames bounds how deep includes, definitions and sequences lie within one another.
	maxFrames = 1024
	// maxLookups bounds how often the file system is asked for a file to include, found or not.
	maxLookups = 500_000
	// maxName is the longest name of a file, PATH_MAX of Linux.
	maxName = 4096
	// maxKept is about how much of a longer line is kept while it is read.
	maxKept = 64 * maxLine
	// maxDepth bounds nested blocks; the language itself needs five.
	maxDepth = 64
	// maxStatements bounds the lines of one top-level block.
	maxStatements = 250_000
	// maxProblems bounds the problems that are reported.
	maxProblems = 10_000
)
