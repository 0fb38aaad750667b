package fieldtest

import (
	"regexp"
	"strings"
)

// CheckOf227 turns a keepalived_check.data of keepalived 2.2.7 into the layout of 2.4.3, which says
// "VS alive" of a virtual server.
func CheckOf227(dump string) string {
	lines := strings.Split(dump, "\n")
	inServer := false
	for i, line := range lines {
		switch {
		case strings.HasPrefix(line, " VS "):
			inServer = true
		case line == "   ------< Real server >------":
			inServer = false
		case inServer && strings.HasPrefix(line, "   alive = "):
			lines[i] = "   VS" + line[2:]
		}
	}
	return strings.Join(lines, "\n")
}

// Check227 are the rules for a comparison with keepalived 2.2.7.
var Check227 = []Rule{
	{Text: regexp.MustCompile(`^tls_compliant (un)?set$`), With: Drop, Why: "new in 2.2.8"},
	{Path: regexp.MustCompile(` / sorry server = [^/]*$`), Text: regexp.MustCompile(`^(set|alive) = \d$`), With: Drop, Why: "new since 2.2.7"},
	{Text: regexp.MustCompile(`^Regex options: .*`), With: "Regex options: some", Why: "2.2.7 shows all options where one is set"},
	{Text: regexp.MustCompile(`^Last (ran|errno) = `), With: Drop, Why: "a time; an error number of the last connection"},
	{Text: regexp.MustCompile(`^Failed URL = `), With: Drop, Why: "which url of a check failed"},
}

// CheckResults are the rules that leave out what depends on the results of checks.
var CheckResults = []Rule{
	{Text: regexp.MustCompile(`, WEIGHT = -?\d+ EFF WEIGHT = -?\d+$`), With: "", Why: "checks change weights"},
	{Text: regexp.MustCompile(`^(effective weight|Current weight) = `), With: Drop, Why: "checks change weights"},
	{Text: regexp.MustCompile(`^(Up|Has run) = (yes|no)$`), With: Drop, Why: "results of checks"},
	{Text: regexp.MustCompile(`^(Retries iterations|Last status) = `), With: Drop, Why: "results of checks"},
	{Text: regexp.MustCompile(`^(alive|set|RS set|num failed checkers|quorum_state_up) = \d+$`), With: Drop, Why: "results of checks"},
	{Text: regexp.MustCompile(`^Alive: `), With: Drop, Why: "results of checks"},
	{Path: regexp.MustCompile(`^Checker track files / `), Text: regexp.MustCompile(`^Status = `), With: Drop, Why: "what the file says"},
}
