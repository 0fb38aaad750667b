package config

import (
	"strconv"
	"strings"

	"github.com/holdfast-ha/holdfast/parser"
)

// urlDraft is the url block that is being read.
type urlDraft struct {
	URL
	pathSet, stack bool
	start          parser.Pos
}

// registerHTTP registers HTTP_GET or SSL_GET with its url blocks.
func registerHTTP(g *grammar, kind string) {
	context := rsContext + "/" + kind
	tls := kind == "SSL_GET"
	g.block(rsContext, kind, func(d *decoder) {
		d.openCheck(true)
		d.lvs.check.HTTP = &HTTPCheck{TLS: tls, Protocol: "1.0"}
	}, (*decoder).closeHTTP)
	line := func(keyword string, f func(d *decoder, h *HTTPCheck)) {
		g.line(context, keyword, func(d *decoder) { f(d, d.lvs.check.HTTP) })
	}
	line("nb_get_retry", func(d *decoder, _ *HTTPCheck) {
		d.problem("deprecated", d.words[0], "nb_get_retry is deprecated").Cure = "write retry"
		d.checkRetry(&d.lvs.check)
	})
	line("virtualhost", func(d *decoder, h *HTTPCheck) {
		d.textLine(&h.VirtualHost)
		h.VirtualHostSet = h.VirtualHost != ""
	})
	line("http_protocol", (*decoder).httpProtocol)
	line("enable_sni", func(d *decoder, h *HTTPCheck) { d.setBool(&h.SNI) })
	line("sni_name", (*decoder).sniName)
	line("fast_recovery", func(d *decoder, h *HTTPCheck) { d.setBool(&h.FastRecovery) })
	if tls {
		line("tls_compliant", func(d *decoder, h *HTTPCheck) { d.setBool(&h.TLSCompliant) })
		g.line(context+"/url", "tls_compliant", func(d *decoder) { d.setBool(&d.lvs.url.TLSCompliant) })
	}
	g.block(context, "url", func(d *decoder) { d.lvs.url = urlDraft{start: d.pos()} }, (*decoder).closeURL)
	registerURL(g, context+"/url")
}

// setBool reads an optional boolean into a plain field.
func (d *decoder) setBool(into *bool) {
	if v, ok := d.bool(1); ok {
		*into = v
	}
}

// httpProtocol reads the version of the protocol.
func (d *decoder) httpProtocol(h *HTTPCheck) {
	var s string
	d.textLine(&s)
	switch s {
	case "":
	case "1.0", "1.1", "1.0C":
		h.Protocol = s
	case "1.0c":
		h.Protocol = "1.0C"
	default:
		d.dropLine("http-protocol", d.words[1], "write 1.0, 1.0C or 1.1", "http_protocol %s is unknown", quote(s))
	}
}

// sniName reads the name to ask a TLS server for; without a word it is the default name.
func (d *decoder) sniName(h *HTTPCheck) {
	switch {
	case len(d.words) > 1:
		h.SNIName = d.keep(d.words[1].Text)
	case h.SNIName != "":
		d.dropLine("sni-name", d.words[0], "", "sni_name without a name follows sni_name %s", quote(h.SNIName))
		return
	}
	h.SNI = true
}

// closeHTTP keeps the check if it has something to fetch.
func (d *decoder) closeHTTP() {
	c := &d.lvs.check
	if len(c.HTTP.URLs) == 0 {
		d.dropCheck("url-missing", "add url { path /... }", "%s has no url", c.Type)
		return
	}
	d.closeCheck()
}

// registerURL registers the lines of a url block.
func registerURL(g *grammar, context string) {
	line := func(keyword string, f func(d *decoder, u *urlDraft)) {
		g.line(context, keyword, func(d *decoder) { f(d, &d.lvs.url) })
	}
	line("path", func(d *decoder, u *urlDraft) {
		if s, ok := d.text(1); ok {
			u.Path, u.pathSet = s, true
		}
	})
	line("digest", (*decoder).digest)
	line("status_code", (*decoder).statusCodes)
	line("virtualhost", func(d *decoder, u *urlDraft) { d.textLine(&u.VirtualHost) })
	line("regex", (*decoder).regex)
	line("regex_no_match", func(_ *decoder, u *urlDraft) { u.RegexNoMatch = true })
	line("regex_options", func(d *decoder, u *urlDraft) {
		for _, w := range d.words[1:] {
			u.RegexOptions = append(u.RegexOptions, d.keep(w.Text))
		}
	})
	line("regex_min_offset", func(d *decoder, u *urlDraft) { u.RegexMin = d.offset() })
	line("regex_max_offset", func(d *decoder, u *urlDraft) { u.RegexMax, u.RegexMaxSet = d.offset(), true })
	line("regex_stack", (*decoder).regexStack)
}

// digest reads the MD5 sum of the answer's body.
func (d *decoder) digest(u *urlDraft) {
	w, ok := d.word(1)
	if !ok {
		return
	}
	hex := len(w.Text) == 32
	for i := 0; hex && i < len(w.Text); i++ {
		hex = isHex(w.Text[i])
	}
	switch {
	case u.Digest != "":
		d.dropLine("digest-twice", w, "", "digest %s follows digest %s", quote(w.Text), u.Digest)
	case !hex:
		d.dropLine("digest", w, "genhash prints it", "digest %s is no MD5 sum of 32 hexadecimal digits", quote(w.Text))
	default:
		u.Digest = d.keep(strings.ToLower(w.Text))
	}
}

// statusCodes reads codes and ranges of codes; a wrong one is left out.
func (d *decoder) statusCodes(u *urlDraft) {
	for _, w := range d.words[1:] {
		first, last, ranged := strings.Cut(w.Text, "-")
		if !ranged {
			last = first
		}
		a, ok1 := upTo(first, 599)
		b, ok2 := upTo(last, 599)
		if !ok1 || !ok2 || a < 100 || b < a {
			p := d.problem("status-code", w, "status_code %s is no code or range from 100 to 599", quote(w.Text))
			p.Instead = "it is ignored"
			if ok1 && ok2 && b < a {
				p.Cure = "write " + last + "-" + first
			}
			continue
		}
		u.Status = append(u.Status, StatusRange{First: int(a), Last: int(b)})
	}
}

// regex reads a regular expression: one word, quotes and escapes as in scripts. Whether it
// compiles is seen when it is used, as with keepalived.
func (d *decoder) regex(u *urlDraft) {
	text := d.raw
	if text == "" {
		return
	}
	words, ok := parser.QuotedWords(text)
	switch {
	case !ok:
		d.dropLine("quote", d.words[0], "close the quote", "regex: a quote is not closed")
	case len(words) != 2:
		d.dropLine("regex-words", d.words[0], "put it into double quotes", "regex takes one word")
	default:
		if u.Regex != "" {
			d.problem("regex-twice", d.words[0], "regex is given twice").Instead = "the second one is used"
		}
		u.Regex = words[1]
	}
}

// offset reads the place of a match; keepalived only logs a wrong one.
func (d *decoder) offset() int {
	if len(d.words) == 2 {
		if n, err := strconv.ParseUint(d.words[1].Text, 10, 31); err == nil {
			return int(n)
		}
	}
	p := d.problem("regex-offset", d.words[0], "%s takes one number", d.words[0].Text)
	p.Class, p.Instead = parser.Logged, "0 is used"
	return 0
}

// regexStack reads the initial and the largest size of the stack that matching may use; keepalived
// only logs what it cannot use.
func (d *decoder) regexStack(u *urlDraft) {
	u.stack = true
	if len(d.words) > 2 {
		first, err1 := strconv.ParseUint(d.words[1].Text, 10, 31)
		most, err2 := strconv.ParseUint(d.words[2].Text, 10, 31)
		if err1 == nil && err2 == nil && first <= most {
			u.RegexStack = [2]int{int(first), int(most)}
			return
		}
	}
	p := d.problem("regex-stack", d.words[0], "regex_stack takes two numbers, the second at least the first")
	p.Class, p.Instead = parser.Logged, "the default stack is used"
}

// closeURL keeps a url that has a path.
func (d *decoder) closeURL() {
	u := &d.lvs.url
	if !u.pathSet {
		p := d.problemAt(u.start, parserWord("url"), "path-missing", "url has no path")
		p.Instead, p.Cure = "it is ignored", "write path /..."
		return
	}
	if u.Regex == "" && (u.RegexNoMatch || len(u.RegexOptions) > 0 || u.RegexMin > 0 || u.RegexMaxSet || u.stack) {
		p := d.problemAt(u.start, parserWord("url"), "regex-missing", "the url has settings of a regular expression, but no regex")
		p.Class, p.Instead = parser.Logged, "they are ignored"
		u.RegexNoMatch, u.RegexOptions, u.RegexMin, u.RegexMax, u.RegexMaxSet = false, nil, 0, 0, false
		u.RegexStack = [2]int{}
	}
	if u.RegexMaxSet && u.RegexMin > u.RegexMax {
		p := d.problemAt(u.start, parserWord("url"), "regex-offset", "regex_min_offset %d is above regex_max_offset %d", u.RegexMin, u.RegexMax)
		p.Class, p.Instead = parser.Logged, "both are ignored"
		u.RegexMin, u.RegexMax, u.RegexMaxSet = 0, 0, false
	}
	h := d.lvs.check.HTTP
	u.TLSCompliant = u.TLSCompliant || h.TLSCompliant
	h.URLs = append(h.URLs, u.URL)
}
