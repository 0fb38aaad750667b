package manual

import (
	"fmt"
	"strings"
)

// date is the date that pages bear; it changes when their text does in earnest.
const date = "2026-11-25"

// Page is a manual page that is being written. Texts are plain; what roff would take for its own is
// escaped.
type Page struct{ b strings.Builder }

// New begins a page of a section with its name and what it is in one line.
func New(name string, section int, summary string) *Page {
	p := &Page{}
	fmt.Fprintf(&p.b, ".\\\" Generated: go test -update; see internal/manual.\n")
	fmt.Fprintf(&p.b, ".TH %s %d %s Holdfast \"Holdfast manual\"\n", strings.ToUpper(name), section, date)
	p.Section("NAME")
	fmt.Fprintf(&p.b, "%s \\- %s\n", escape(name), escape(summary))
	return p
}

// Section begins a section.
func (p *Page) Section(title string) { fmt.Fprintf(&p.b, ".SH \"%s\"\n", escape(title)) }

// Part begins a part of a section.
func (p *Page) Part(title string) { fmt.Fprintf(&p.b, ".SS \"%s\"\n", escape(title)) }

// Text writes paragraphs, parted by empty lines. *word* is bold.
func (p *Page) Text(text string) {
	for i, para := range strings.Split(strings.TrimSpace(text), "\n\n") {
		if i > 0 {
			p.b.WriteString(".PP\n")
		}
		p.lines(para)
	}
}

// Item writes an entry of a list: its head in bold, what follows it in plain, and a text.
func (p *Page) Item(head, rest, text string) {
	fmt.Fprintf(&p.b, ".TP\n\\fB%s\\fR", escape(head))
	if rest != "" {
		fmt.Fprintf(&p.b, " %s", escape(rest))
	}
	p.b.WriteString("\n")
	if strings.TrimSpace(text) == "" {
		text = "No more is to be said of it."
	}
	p.lines(text)
}

// Synopsis writes one line of a synopsis.
func (p *Page) Synopsis(program, rest string) {
	fmt.Fprintf(&p.b, "\\fB%s\\fR %s\n", escape(program), escape(rest))
}

// Code writes an example as it stands.
func (p *Page) Code(text string) {
	p.b.WriteString(".PP\n.nf\n.RS 4\n")
	for _, l := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		p.b.WriteString(guard(escape(l)) + "\n")
	}
	p.b.WriteString(".RE\n.fi\n.PP\n")
}

// String is the page.
func (p *Page) String() string {
	return strings.ReplaceAll(strings.ReplaceAll(p.b.String(), ".PP\n.SH", ".SH"), ".PP\n.SS", ".SS")
}

func (p *Page) lines(text string) {
	line := ""
	for _, w := range strings.Fields(bold(escape(text))) {
		if line != "" && len(line)+1+len(w) > width {
			p.b.WriteString(guard(line) + "\n")
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += w
	}
	p.b.WriteString(guard(line) + "\n")
}

// width is how long lines of the source may be.
const width = 79

// escape makes a text one that roff prints as it is.
func escape(s string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`, "\t", "    ", `"`, `\(dq`, "'", `\(aq`, "^", `\(ha`, "~", `\(ti`, "`", `\(ga`).Replace(s)
}

// guard keeps a line from being taken for a request.
func guard(l string) string {
	if strings.HasPrefix(l, ".") {
		return `\&` + l
	}
	return l
}

// bold sets what stands between stars in bold.
func bold(l string) string {
	for i := 0; strings.Count(l, "*") > 1; i++ {
		l = strings.Replace(strings.Replace(l, "*", `\fB`, 1), "*", `\fR`, 1)
	}
	return l
}
