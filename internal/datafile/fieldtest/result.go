package fieldtest

import (
	"slices"
	"strconv"
	"strings"

	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// checkResult is what a dump tells of the last result of one check.
type checkResult struct {
	up, ran  bool
	failures int
	weight   int64
}

// checkResults reads the results of all checks from keepalived's dump, by the title under which it
// shows them ("[192.0.2.1]:tcp:80 -> [192.0.2.10]:tcp:80"), in its order.
func checkResults(dump string) map[string][]checkResult {
	results := map[string][]checkResult{}
	title := ""
	for _, f := range Fields(dump, nil) {
		if f.Path == "Health checkers" {
			title = f.Text
			results[title] = append(results[title], checkResult{})
		}
		if f.Path != "Health checkers / "+title {
			continue
		}
		name, value, _ := strings.Cut(f.Text, " = ")
		n, _ := strconv.ParseInt(value, 10, 64)
		last := &results[title][len(results[title])-1]
		switch name {
		case "Up":
			last.up = value == "yes"
		case "Has run":
			last.ran = value == "yes"
		case "Retries iterations":
			last.failures = int(n)
		case "Current weight":
			last.weight = n
		}
	}
	return results
}

// Status is the state of our LVS process as it would be after the results of checks that keepalived's
// dump shows: what follows from them (health, weights, quorum) is our own reckoning.
func Status(c *config.Config, dump string) *director.Status {
	s, results := &director.Status{}, checkResults(dump)
	for i := range c.VirtualServers {
		v := &c.VirtualServers[i]
		vs := director.VirtualServerStatus{Name: wiring.VirtualServerName(v), Active: true}
		var sum int64
		for j := range v.RealServers {
			r := &v.RealServers[j]
			name := wiring.RealServerName(r.Addr, v.Protocol, r.Port)
			rs := realServerStatus(r, results[vs.Name+" -> "+name])
			rs.Name = name
			if rs.Up {
				sum += rs.Weight
			}
			vs.RealServers = append(vs.RealServers, rs)
		}
		vs.Quorum = sum > 0 && sum >= int64(v.Quorum)-int64(v.Hysteresis)
		vs.Sorry = !vs.Quorum && v.SorryServer != nil
		s.VirtualServers = append(s.VirtualServers, vs)
	}
	return s
}

// realServerStatus applies the results of a real server's checks. In keepalived's order those of
// files come last, in ours where they stand.
func realServerStatus(r *config.RealServer, results []checkResult) director.RealServerStatus {
	rs := director.RealServerStatus{Up: true, Weight: r.Weight}
	order := make([]int, 0, len(r.Checkers))
	for _, files := range []bool{false, true} {
		for k := range r.Checkers {
			if (r.Checkers[k].TrackFile != "") == files {
				order = append(order, k)
			}
		}
	}
	for k := range r.Checkers {
		at := slices.Index(order, k)
		if at >= len(results) {
			continue
		}
		result := results[at]
		check := director.CheckStatus{Name: r.Checkers[k].Type, Up: result.up, Failures: result.failures}
		if result.ran {
			check.Runs = 1
		}
		if result.weight != 0 {
			check.HasWeight, check.Weight = true, r.Weight+result.weight
		}
		rs.Up = rs.Up && result.up
		rs.Weight += result.weight
		rs.Checks = append(rs.Checks, check)
	}
	return rs
}
