package lint

import (
	"slices"
	"strings"

	"github.com/holdfast-ha/holdfast/parser"
)

// silenceRules are about the comments that silence findings.
var silenceRules = []Rule{
	{ID: "silence-unused", Severity: parser.Hint},
	{ID: "silence-unknown", Severity: parser.Hint},
}

// Silences are the comments of files that keep findings quiet:
//
//	priority 90   # holdfast: ignore state-priority
//	# holdfast: ignore state-priority,auth-plain
//	...the next line that is not empty and no comment alone
//	# holdfast: ignore-file auth-plain
//
// Errors are never kept quiet.
type Silences struct {
	list  []silence
	files map[string]bool
}

// silence is one id of one comment.
type silence struct {
	file     string
	at       parser.Pos // of the id
	id       string
	line     int32 // that it is about; 0: the whole file
	used     bool
	text     string
	grumbled bool // a finding that it cannot keep quiet was told
}

// mark is what a comment for us begins with.
const mark = "holdfast:"

// Read looks through a file once. A file that cannot be read has no silences: whoever reads the
// configuration says so.
func (s *Silences) Read(files parser.Files, name string) {
	if s.files[name] {
		return
	}
	if s.files == nil {
		s.files = map[string]bool{}
	}
	s.files[name] = true
	lines, err := parser.OpenLines(files, name)
	if err != nil {
		return
	}
	defer lines.Close()
	waiting := len(s.list) // from here on: for the next line
	for n := int32(1); ; n++ {
		text, ok := lines.Next()
		if !ok {
			return
		}
		code := strings.TrimLeft(text, " \t\r")
		empty, alone := code == "", code != "" && (code[0] == '#' || code[0] == '!')
		if !empty && !alone {
			for i := waiting; i < len(s.list); i++ {
				s.list[i].line = n
			}
			waiting = len(s.list)
		}
		if !strings.Contains(text, mark) {
			continue
		}
		s.comment(name, text, n)
		if alone {
			s.settleFileWide(&waiting)
			continue
		}
		waiting = len(s.list)
	}
}

// settleFileWide takes what is about the whole file out of the row of those that wait for a line.
func (s *Silences) settleFileWide(waiting *int) {
	slices.SortStableFunc(s.list[*waiting:], func(a, b silence) int {
		switch {
		case a.line == wholeFile && b.line != wholeFile:
			return -1
		case a.line != wholeFile && b.line == wholeFile:
			return 1
		}
		return 0
	})
	for *waiting < len(s.list) && s.list[*waiting].line == wholeFile {
		*waiting++
	}
}

// wholeFile stands for the line of what is about a whole file.
const wholeFile = -1

// comment reads what a line says to us.
func (s *Silences) comment(file, text string, n int32) {
	start := strings.Index(text, mark)
	before := strings.TrimRight(text[:start], " \t")
	if !strings.HasSuffix(before, "#") && !strings.HasSuffix(before, "!") {
		return
	}
	at := start + len(mark)
	word := func() string {
		for at < len(text) && (text[at] == ' ' || text[at] == '\t' || text[at] == ',') {
			at++
		}
		from := at
		for at < len(text) && !strings.ContainsRune(" \t,\r", rune(text[at])) {
			at++
		}
		return text[from:at]
	}
	about := n
	switch word() {
	case "ignore":
	case "ignore-file":
		about = wholeFile
	default:
		return
	}
	for id := word(); id != ""; id = word() {
		if strings.HasPrefix(id, "#") || strings.HasPrefix(id, "--") || id == "-" {
			return // a remark follows
		}
		s.list = append(s.list, silence{file: file, id: strings.Clone(id), line: about, text: strings.Clone(text),
			at: parser.Pos{File: file, Line: n, Col: int32(at - len(id) + 1)}})
	}
}

// Apply returns the problems that are not kept quiet. main is the file that problems without a place
// belong to.
func (s *Silences) Apply(problems []parser.Problem, main string) []parser.Problem {
	if len(s.list) == 0 {
		return problems
	}
	return slices.DeleteFunc(slices.Clone(problems), func(p parser.Problem) bool {
		file := p.Pos.File
		if file == "" {
			file = main
		}
		quiet := false
		for i := range s.list {
			q := &s.list[i]
			if q.id != p.ID || q.file != file || q.line != wholeFile && q.line != p.Pos.Line {
				continue
			}
			if p.Severity == parser.Error {
				q.grumbled = true
				continue
			}
			q.used, quiet = true, true
		}
		return quiet
	})
}

// Unused are hints about the comments of a file that kept nothing quiet. With paired false those about
// findings of Compare are passed over: nothing was compared.
func (s *Silences) Unused(paired bool) []parser.Problem {
	var list []parser.Problem
	for i := range s.list {
		q := &s.list[i]
		if q.used || !paired && strings.HasPrefix(q.id, "pair-") {
			continue
		}
		p := parser.Problem{Pos: q.at, End: q.at.Col + int32(len(q.id)), Severity: parser.Hint, Class: parser.Logged, ID: "silence-unused", Text: q.text}
		switch {
		case q.grumbled:
			p.Message, p.Cure = q.id+" is an error here, which no comment keeps quiet", "put the error right and remove the comment"
		case Explain(q.id) == nil:
			p.ID, p.Message, p.Cure = "silence-unknown", "there is no finding "+q.id, "holdfastctl explain lists them"
			if near := Nearest(q.id); near != "" {
				p.Cure = "did you mean " + near + "?"
			}
		default:
			p.Message, p.Cure = "nothing here has "+q.id+": there is nothing to keep quiet", "remove the comment, or put it at the end of the line that the finding names"
		}
		list = append(list, p)
	}
	return list
}
