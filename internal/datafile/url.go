package datafile

import (
	"slices"
	"strings"

	"github.com/holdfast-ha/holdfast/parser/config"
)

// http is what HTTP_GET and SSL_GET add.
func (d *checkDump) http(h *config.HTTPCheck) {
	d.LineIf(h.VirtualHostSet, 1, "Virtualhost = %s", h.VirtualHost)
	d.Line(1, "Enable SNI %s", setUnset(h.SNI))
	d.Line(1, "Fast recovery %s", setUnset(h.FastRecovery))
	d.LineIf(h.TLS, 1, "tls_compliant %s", setUnset(h.TLSCompliant))
	for i := range h.URLs {
		d.url(&h.URLs[i])
	}
}

func setUnset(b bool) string { return word(b, "set", "unset") }

func (d *checkDump) url(u *config.URL) {
	d.Line(1, "Checked url = %s", u.Path)
	d.LineIf(u.Digest != "", 2, "digest = %s", u.Digest)
	d.Line(2, "tls_compliant %s", setUnset(u.TLSCompliant))
	d.Line(2, "HTTP Status Code(s)")
	d.LineIf(len(u.Status) == 0, 3, "200-299")
	for _, s := range u.Status {
		if s.First == s.Last {
			d.Line(3, "%d", s.First)
		} else {
			d.Line(3, "%d-%d", s.First, s.Last)
		}
	}
	d.LineIf(u.VirtualHost != "", 2, "Virtual host = %s", u.VirtualHost)
	if u.Regex != "" {
		d.regex(u)
	}
}

// regexKey is what makes two regular expressions one: keepalived compiles them once.
type regexKey struct{ pattern, options string }

func keyOf(u *config.URL) regexKey { return regexKey{u.Regex, regexOptions(u)} }

// countRegexes counts the urls that share a regular expression.
func countRegexes(list []listedCheck) map[regexKey]int {
	count := map[regexKey]int{}
	for _, c := range list {
		if c.HTTP == nil {
			continue
		}
		for i := range c.HTTP.URLs {
			if u := &c.HTTP.URLs[i]; u.Regex != "" {
				count[keyOf(u)]++
			}
		}
	}
	return count
}

func (d *checkDump) regex(u *config.URL) {
	d.Line(2, "Regex = \"%s\"", u.Regex)
	d.LineIf(u.RegexNoMatch, 2, "Regex no match")
	switch {
	case u.RegexMaxSet:
		d.Line(2, "Regex min offset = %d, max_offset = %d", u.RegexMin, u.RegexMax)
	case u.RegexMin > 0:
		d.Line(2, "Regex min offset = %d", u.RegexMin)
	}
	d.Line(2, "Regex options:%s", regexOptions(u))
	d.Line(2, "Regex ref count = %d", d.regexes[keyOf(u)])
	d.LineIf(u.RegexStack != [2]int{}, 2, "Regex stack start %d, max %d", u.RegexStack[0], u.RegexStack[1])
}

// regexOrder are the options in keepalived's order.
var regexOrder = []string{
	"allow_empty_class", "alt_bsux", "auto_callout", "caseless", "dollar_endonly", "dotall", "dupnames",
	"extended", "firstline", "match_unset_backref", "multiline", "never_ucp", "never_utf", "no_auto_capture",
	"no_auto_possess", "no_dotstar_anchor", "no_start_optimize", "ucp", "ungreedy", "utf", "never_backslash_c",
	"alt_circumflex", "alt_verbnames", "use_offset_limit",
}

// regexOptions lists the options that are set, each behind a blank.
func regexOptions(u *config.URL) string {
	var b strings.Builder
	for _, name := range regexOrder {
		if slices.Contains(u.RegexOptions, name) {
			b.WriteString(" " + name)
		}
	}
	return b.String()
}
