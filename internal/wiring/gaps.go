package wiring

import (
	"fmt"

	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// Gaps are warnings about what a configuration relies on and Holdfast does not do yet, where it would
// be dangerous not to know: a page that is judged by less. That a keyword has no effect is told as a hint,
// too; this tells what follows from it.
func Gaps(c *config.Config) []parser.Problem {
	var g gaps
	g.regexes(c.VirtualServers)
	return g.found
}

type gaps struct{ found []parser.Problem }

func (g *gaps) add(pos parser.Pos, id, message, cure string) {
	g.found = append(g.found, parser.Problem{
		Pos: pos, Severity: parser.Warning, Class: parser.Logged, ID: id, Message: message, Cure: cure,
	})
}

// regexes tells, once for each, of regular expressions that are left out because they are not understood.
func (g *gaps) regexes(servers []config.VirtualServer) {
	told := map[string]bool{}
	for i := range servers {
		for j := range servers[i].RealServers {
			for _, c := range servers[i].RealServers[j].Checkers {
				if !isHTTP(&c) {
					continue
				}
				for k := range c.HTTP.URLs {
					if u := &c.HTTP.URLs[k]; u.Regex != "" && !told[u.Regex] {
						told[u.Regex] = true
						g.regex(c.Pos, u)
					}
				}
			}
		}
	}
}

func (g *gaps) regex(pos parser.Pos, u *config.URL) {
	if _, err := CompileRegex(u); err != nil {
		g.add(pos, "gap-regex", fmt.Sprintf("url %s: regex %q cannot be used: %v; the page is judged without it", u.Path, u.Regex, err),
			"write it in another way, or check the page with digest")
	}
}
