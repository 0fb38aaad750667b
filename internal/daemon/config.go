package daemon

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"

	"github.com/holdfast-ha/holdfast/internal/hostinfo"
	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/parser/osfiles"
)

// findings are what this program has to say of a configuration.
func findings(c *config.Config) []parser.Problem {
	return slices.Concat(wiring.Gaps(c), wiring.Remarks(c))
}

// patient is the host to a daemon, which looks the mail server up when there is a mail to send: a name
// server that does not answer must not delay a start.
type patient struct{ *hostinfo.Host }

// LookupIP implements config.Host.
func (patient) LookupIP(string) (netip.Addr, bool) { return netip.Addr{}, true }

// check is load for --config-test, which needs the problems and not the configuration, and shows no
// hints.
func check(o *Options) config.Result {
	r := config.Check(o.ConfigFile, parserOptions(o.ConfigID), hostinfo.New(), mayGap)
	r.Add(osfiles.Files{}, wiring.Gaps(r.Config)...)
	return r
}

// mayGap tells whether wiring.Gaps may have something to say of a virtual server.
func mayGap(v *config.VirtualServer) bool {
	for i := range v.RealServers {
		if slices.ContainsFunc(v.RealServers[i].Checkers, func(c config.Checker) bool { return c.HTTP != nil }) {
			return true
		}
	}
	return false
}

// parserOptions is what the text of a configuration may depend on.
func parserOptions(id string) parser.Options {
	if id == "" {
		id = hostID()
	}
	return parser.Options{
		ConfigID: id,
		Env:      os.LookupEnv,
		Random:   func(low, high int64) int64 { return low + rand.Int64N(high-low+1) },
		Files:    osfiles.Files{},
	}
}

// hostID is the host's name up to its first dot, the default of -i.
func hostID() string {
	name, err := os.Hostname()
	if err != nil {
		return ""
	}
	short, _, _ := strings.Cut(name, ".")
	return short
}

// unreadable returns what is wrong with the main file itself, nil when it was read.
func unreadable(r *config.Result, file string) *parser.Problem {
	for i := range r.Problems {
		p := &r.Problems[i]
		if (p.ID == "file-unreadable" || p.ID == "file-skipped") && p.Pos == (parser.Pos{File: file}) {
			return p
		}
	}
	return nil
}

// daemonStatus is the exit status of a daemon with that configuration, 0 if it runs.
func daemonStatus(r *config.Result, file string) int {
	if unreadable(r, file) != nil {
		return exitNoConfig
	}
	return r.DaemonStatus()
}

// supplementaryGroups are the groups of a user besides the primary one.
func supplementaryGroups(name string) []uint32 {
	u, err := user.Lookup(name)
	if err != nil {
		if u, err = user.LookupId(name); err != nil {
			return nil
		}
	}
	ids, err := u.GroupIds()
	if err != nil {
		return nil
	}
	var groups []uint32
	for _, id := range ids {
		if n, err := strconv.ParseUint(id, 10, 32); err == nil {
			groups = append(groups, uint32(n))
		}
	}
	return groups
}

// summary counts problems for a log line: "2 errors, 1 warning".
func summary(problems []parser.Problem) string {
	counts := map[parser.Severity]int{}
	for i := range problems {
		counts[problems[i].Severity]++
	}
	var parts []string
	for _, s := range []parser.Severity{parser.Error, parser.Warning, parser.Hint} {
		switch n := counts[s]; n {
		case 0:
		case 1:
			parts = append(parts, "1 "+s.String())
		default:
			parts = append(parts, fmt.Sprintf("%d %ss", n, s))
		}
	}
	if parts == nil {
		return "no problems"
	}
	return strings.Join(parts, ", ")
}
