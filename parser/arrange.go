package parser

import (
	"cmp"
	"slices"
	"strings"
)

// Arrange puts the problems of a configuration into the order in which its lines are read, those of
// a file as a whole last, drops those that say the same of the same place, and gives each the line
// that it is about, with a caret below a whole word, and its notes. Either of trace and files may be
// nil: then what they know is missing.
func Arrange(problems []Problem, trace *Trace, files Files) []Problem {
	slices.SortStableFunc(problems, func(a, b Problem) int { return trace.Compare(a.Pos, b.Pos) })
	problems = distinct(problems)
	attach(problems, func(p *Problem, want func(Pos, *string)) {
		if p.Text == "" {
			want(p.Pos, &p.Text)
		}
	}, files)
	for i := range problems {
		p := &problems[i]
		p.End = wholeWord(p)
		if len(p.Notes) == 0 {
			p.Notes = trace.Notes(p.Pos, p.End)
		}
	}
	attach(problems, func(p *Problem, want func(Pos, *string)) {
		for i := range p.Notes {
			want(p.Notes[i].Pos, &p.Notes[i].Text)
		}
	}, files)
	return problems
}

// distinct drops the problems that say the same of the same place, as those of repeated lines do.
// The gravest class counts, as if all had been kept.
func distinct(problems []Problem) []Problem {
	type said struct {
		pos         Pos
		id, message string
	}
	first := make(map[said]int, len(problems))
	kept := problems[:0]
	for _, p := range problems {
		key := said{p.Pos, p.ID, p.Message}
		i, again := first[key]
		if !again {
			first[key] = len(kept)
			kept = append(kept, p)
			continue
		}
		kept[i].Class = max(kept[i].Class, p.Class)
		kept[i].Severity = max(kept[i].Severity, p.Severity)
		kept[i].StopsRun = kept[i].StopsRun || p.StopsRun
	}
	clear(problems[len(kept):])
	return kept
}

// maxText is how much of a line is kept for a report: a little more than keepalived reads.
const maxText = 1100

// wanted is a line of a file and where it goes.
type wanted struct {
	at   Pos
	into *string
}

// attach fetches the lines that each problem asks for, going through each file once.
func attach(problems []Problem, ask func(p *Problem, want func(Pos, *string)), files Files) {
	var all []wanted
	for i := range problems {
		ask(&problems[i], func(at Pos, into *string) {
			if at.Line > 0 && files != nil {
				all = append(all, wanted{at, into})
			}
		})
	}
	slices.SortStableFunc(all, func(a, b wanted) int {
		return cmp.Or(strings.Compare(a.at.File, b.at.File), cmp.Compare(a.at.Line, b.at.Line))
	})
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].at.File == all[0].at.File {
			n++
		}
		attachFrom(files, all[:n])
		all = all[n:]
	}
}

// attachFrom fetches lines of one file, which are sorted.
func attachFrom(files Files, all []wanted) {
	lines, err := OpenLines(files, all[0].at.File)
	if err != nil {
		return
	}
	defer lines.Close()
	line, n := "", int32(0)
	for _, w := range all {
		for ; n < w.at.Line; n++ {
			line, _ = lines.Next()
		}
		*w.into = strings.Clone(strings.TrimRight(line[:min(len(line), maxText)], "\r"))
	}
}

// wholeWord is where the words meant end in the line as it stands in the file. What a definition
// has put in is longer or shorter than the reference to it, and of some places only the start is
// known: then the word that starts there is meant.
func wholeWord(p *Problem) int32 {
	from := int(p.Pos.Col) - 1
	if from < 0 || from >= len(p.Text) {
		return p.End
	}
	end := wordFrom(p.Text, from)
	if p.Text[from] == '~' { // a line that a sequence has made
		if n := strings.IndexByte(p.Text[from:], ')'); n > 0 {
			return int32(from+n) + 2
		}
	}
	if p.End == 0 || int(p.End)-1 > len(p.Text) || strings.IndexByte(p.Text[from:end], '$') >= 0 {
		return int32(end) + 1
	}
	return p.End
}

// wordFrom is where the word that starts at from ends: at a blank or a brace, but for those within
// quotes and within a reference.
func wordFrom(text string, from int) int {
	quoted, inside := false, false
	for i := from; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case c == '{' && i > 0 && text[i-1] == '$':
			inside = true
		case c == '}' && inside:
			inside = false
		case quoted || inside:
		case (c == '{' || c == '}') && i == from:
			return i + 1
		case blank[c] || c == '{' || c == '}' || c == '#' || c == '!':
			return max(i, from+1)
		}
	}
	return len(text)
}
