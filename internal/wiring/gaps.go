package wiring

import (
	"fmt"
	"slices"

	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// Gaps are warnings about what a configuration relies on and Holdfast does not do yet, where it would
// be dangerous not to know: a failover that does not come, a check that is not made, packets that are
// not dropped. That a keyword has no effect is told as a hint, too; this tells what follows from it.
func Gaps(c *config.Config) []parser.Problem {
	var g gaps
	g.checks(c.VirtualServers)
	g.regexes(c.VirtualServers)
	g.global(&c.Global)
	return g.found
}

type gaps struct{ found []parser.Problem }

func (g *gaps) add(pos parser.Pos, id, message, cure string) {
	g.found = append(g.found, parser.Problem{
		Pos: pos, Severity: parser.Warning, Class: parser.Logged, ID: id, Message: message, Cure: cure,
	})
}

// unsupportedCheck tells of a check that is not made.
func unsupportedCheck(c *config.Checker) bool {
	switch c.Type {
	case "TCP_CHECK", "SMTP_CHECK", "DNS_CHECK":
		return false
	case "MISC_CHECK":
		return c.MiscScript == nil
	case "BFD_CHECK":
		return c.BFD == ""
	}
	return !isHTTP(c)
}

// checks tells, once for each kind, of checks that are not made and what that leaves unchecked.
func (g *gaps) checks(servers []config.VirtualServer) {
	type count struct {
		pos         parser.Pos
		real, alone int
	}
	counts := map[string]*count{}
	var kinds []string
	for i := range servers {
		for j := range servers[i].RealServers {
			list := servers[i].RealServers[j].Checkers
			alone := !slices.ContainsFunc(list, func(c config.Checker) bool { return !unsupportedCheck(&c) })
			seen := map[string]bool{}
			for k := range list {
				c := &list[k]
				if !unsupportedCheck(c) || seen[c.Type] {
					continue
				}
				seen[c.Type] = true
				if counts[c.Type] == nil {
					counts[c.Type] = &count{pos: c.Pos}
					kinds = append(kinds, c.Type)
				}
				counts[c.Type].real++
				if alone {
					counts[c.Type].alone++
				}
			}
		}
	}
	for _, kind := range kinds {
		n := counts[kind]
		message := fmt.Sprintf("%s is not done yet, for %d real server(s)", kind, n.real)
		if n.alone > 0 {
			message += fmt.Sprintf("; %d of them without any other check count as up whatever happens", n.alone)
		}
		g.add(n.pos, "gap-check", message, "write TCP_CHECK, or MISC_CHECK with a script that does it")
	}
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

// global tells of output that somebody may wait for.
func (g *gaps) global(c *config.Global) {
	for _, l := range []struct{ keyword, address string }{{"status_listen", c.StatusListen}, {"metrics_listen", c.MetricsListen}} {
		if l.address != "" {
			g.add(parser.Pos{}, "gap-listen", l.keyword+" has no effect yet: nothing listens on "+l.address, "ask holdfastctl status --json")
		}
	}
}
