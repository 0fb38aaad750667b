package parser

import (
	"fmt"
	"strconv"
	"strings"
)

// sequence repeats the rest of a line for the values of a ~SEQ or ~LST.
type sequence struct {
	rest string
	vars []string
	at   Pos

	// ~SEQ counts from value to end.
	counting       bool
	value, by, end int64
	hex, exhausted bool

	// ~LST has a row of values for each repetition.
	rows [][]string
}

// step defines the variables for the next repetition; it is false when there is none.
func (q *sequence) step(s *source) bool {
	if !q.counting {
		if len(q.rows) == 0 {
			return false
		}
		for i, name := range q.vars {
			value := ""
			if i < len(q.rows[0]) {
				value = q.rows[0][i]
			}
			s.defs[name] = definition{lines: []string{value}, at: q.at}
		}
		q.rows = q.rows[1:]
		return true
	}
	if q.exhausted || q.by > 0 && q.value > q.end || q.by < 0 && q.value < q.end {
		return false
	}
	base := 10
	if q.hex {
		base = 16
	}
	s.defs[q.vars[0]] = definition{lines: []string{strconv.FormatInt(q.value, base)}, at: q.at}
	next := q.value + q.by
	q.exhausted = (next > q.value) != (q.by > 0) // ran over
	q.value = next
	return true
}

// repeat reads a line that starts with ~SEQ, ~SEQx or ~LST and enters its repetitions. It is
// false when the line is none.
func (s *source) repeat(f *fragment) bool {
	q := sequence{at: f.pos}
	var args string
	switch text := f.text; {
	case strings.HasPrefix(text, "~SEQx"):
		q.hex, q.counting, args = true, true, text[5:]
	case strings.HasPrefix(text, "~SEQ"):
		q.counting, args = true, text[4:]
	case strings.HasPrefix(text, "~LST"):
		args = text[4:]
	default:
		return false
	}
	args = trim(args)
	if args == "" || args[0] != '(' {
		return false
	}
	end := strings.IndexByte(args, ')')
	if end < 0 {
		s.badSequence(f, "there is no closing )")
		return true
	}
	q.rest = trim(args[end+1:])
	fields, err := splitList(args[1:end])
	if err == "" && q.counting {
		err = q.readRange(s.values(f, fields))
	} else if err == "" {
		err = q.readRows(fields, func(v []string) []string { return s.values(f, v) })
	}
	if err != "" {
		s.badSequence(f, err)
		return true
	}
	s.push(frame{kind: repeatFrame, repeat: q, origin: fragment{pos: f.pos, raw: f.raw}}, f.pos, f.raw)
	return true
}

func (s *source) badSequence(f *fragment, why string) {
	s.report(Problem{
		Pos: f.pos, End: f.pos.Col + 4, Severity: Warning, Class: General, ID: "sequence-invalid", Text: f.raw,
		Message: "invalid sequence: " + why,
		Instead: "the line is ignored",
		Cure:    "write ~SEQ(NAME, start, step, end) text or ~LST(NAME, value, value...) text",
	})
}

// values puts definitions into the arguments of a sequence.
func (s *source) values(at *fragment, fields []string) []string {
	out := make([]string, len(fields))
	for i, field := range fields {
		f := fragment{text: field, pos: at.pos, fixed: true, raw: at.raw}
		s.expandAll(&f)
		out[i] = trim(f.text)
	}
	return out
}

// splitList splits arguments at the commas outside braces.
func splitList(args string) (fields []string, err string) {
	depth, from := 0, 0
	for i := 0; i < len(args); i++ {
		switch args[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth < 0 {
				return nil, "} without {"
			}
		case ',':
			if depth == 0 {
				fields = append(fields, trim(args[from:i]))
				from = i + 1
			}
		}
	}
	if depth > 0 {
		return nil, "there is no closing }"
	}
	return append(fields, trim(args[from:])), ""
}

// readRange reads NAME, [start, [step,]] end.
func (q *sequence) readRange(fields []string) (err string) {
	if len(fields) < 2 || len(fields) > 4 {
		return fmt.Sprintf("it takes a name and one to three numbers, not %d words", len(fields))
	}
	if fields[0] == "" {
		return "the name is missing"
	}
	q.vars = fields[:1]
	var n [3]int64
	for i, text := range fields[1:] {
		v, ok := number(text)
		if !ok {
			return fmt.Sprintf("%q is not a number", text)
		}
		n[i] = v
	}
	switch len(fields) {
	case 2:
		q.value, q.end = 1, n[0]
		if q.end < 0 {
			q.value = -1
		}
	case 3:
		q.value, q.end = n[0], n[1]
	case 4:
		q.value, q.by, q.end = n[0], n[1], n[2]
		if q.by == 0 || q.by > 0 && q.end < q.value || q.by < 0 && q.end > q.value {
			return fmt.Sprintf("a step of %d does not lead from %d to %d", q.by, q.value, q.end)
		}
	}
	if q.by == 0 {
		if q.by = 1; q.end < q.value {
			q.by = -1
		}
	}
	if q.hex && (q.value < 0 || q.end < 0) {
		return "~SEQx counts positive numbers only"
	}
	return ""
}

// number reads a whole number in C's notation: 0x for hexadecimal, 0 for octal, a sign. Nothing
// at all is 0.
func number(text string) (int64, bool) {
	if text == "" {
		return 0, true
	}
	digits := strings.TrimLeft(text, "+-")
	if len(text)-len(digits) > 1 || digits == "" {
		return 0, false
	}
	base := 10
	switch {
	case strings.HasPrefix(digits, "0x") || strings.HasPrefix(digits, "0X"):
		base, digits = 16, digits[2:]
	case len(digits) > 1 && digits[0] == '0':
		base, digits = 8, digits[1:]
	}
	if text[0] == '-' {
		digits = "-" + digits
	}
	n, err := strconv.ParseInt(digits, base, 64)
	return n, err == nil
}

// readRows reads NAME, value... or {NAME, NAME}, {value, value}...
func (q *sequence) readRows(fields []string, values func([]string) []string) (err string) {
	if len(fields) < 2 {
		return "no values are given"
	}
	names, err := row(fields[0])
	if err != "" {
		return err
	}
	for _, name := range names {
		if name == "" {
			return "a name is missing"
		}
	}
	q.vars = names
	for _, field := range fields[1:] {
		r := []string{field}
		if len(names) > 1 || strings.HasPrefix(field, "{") {
			if r, err = row(field); err != "" {
				return err
			}
		}
		if len(r) > len(names) {
			return fmt.Sprintf("%s has more values than there are names", field)
		}
		for _, v := range r {
			if strings.ContainsAny(v, " \t") {
				return fmt.Sprintf("a blank in %q", v)
			}
		}
		q.rows = append(q.rows, values(r))
	}
	return ""
}

// row splits {a, b}; text without braces is a row of one.
func row(text string) (fields []string, err string) {
	if !strings.HasPrefix(text, "{") {
		if strings.ContainsAny(text, "{}") {
			return nil, fmt.Sprintf("%q has a brace in the middle", text)
		}
		return []string{text}, ""
	}
	inner, ok := strings.CutSuffix(text[1:], "}")
	if !ok {
		return nil, fmt.Sprintf("%q has text behind its }", text)
	}
	return splitList(inner)
}
