package fieldtest

import (
	"strconv"
	"strings"
)

// CheckResult is what a dump tells of the last result of one check.
type CheckResult struct {
	Up, Ran  bool
	Failures int // "Retries iterations"
}

// CheckResults reads the results of all checks from keepalived's dump, by the title under which it
// shows them ("[192.0.2.1]:tcp:80 -> [192.0.2.10]:tcp:80"), in its order.
func CheckResults(dump string) map[string][]CheckResult {
	results := map[string][]CheckResult{}
	title := ""
	for _, f := range Fields(dump, nil) {
		name, value, _ := strings.Cut(f.Text, " = ")
		switch {
		case f.Path == "Health checkers":
			title = f.Text
			results[title] = append(results[title], CheckResult{})
		case !strings.HasPrefix(f.Path, "Health checkers / "):
		default:
			last := &results[title][len(results[title])-1]
			switch name {
			case "Up":
				last.Up = value == "yes"
			case "Has run":
				last.Ran = value == "yes"
			case "Retries iterations":
				last.Failures, _ = strconv.Atoi(value)
			}
		}
	}
	return results
}
