package config

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/holdfast-ha/holdfast/parser"
)

// row is a line of testdata/keywords.tsv or testdata/oddities.tsv: what some lines of a
// configuration change in the model. The last two fields are written by -update.
type row struct {
	subject []string // context and keyword, or number and text of a fact
	kind    string   // see the heads of the files
	place   string   // the surroundings of the lines; "" is the context itself
	given   string   // lines that stand before them, also where the model is compared with
	lines   string
	shows   string // lines of the dump that come (+) and go (-); = for none
	exit    string // of --config-test
	told    bool   // there is a problem, be it a hint
}

const rowFields = 8

// readRows reads a file of rows; the lines of its head begin with #.
func readRows(t *testing.T, path string) (head []string, rows []row) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		if strings.HasPrefix(line, "# ") || line == "#" {
			head = append(head, line)
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != rowFields {
			t.Fatalf("%s:%d: %d fields, want %d", path, i+1, len(f), rowFields)
		}
		rows = append(rows, row{subject: f[:2], kind: f[2], place: f[3], given: f[4], lines: f[5], shows: f[6], exit: f[7]})
	}
	return head, rows
}

// checkRows compares what rows say with what the model shows.
func checkRows(t *testing.T, path string) []row {
	t.Helper()
	head, rows := readRows(t, path)
	for i := range rows {
		r := &rows[i]
		shows, exit, problems := r.outcome()
		if !*update && (shows != r.shows || exit != r.exit) {
			t.Errorf("%s %s: %s\n%s\n got exit %s: %s\nwant exit %s: %s\n%s", r.subject[0], r.subject[1], r.kind,
				strings.TrimSpace(r.given+" ; "+r.lines), exit, shows, r.exit, r.shows, problems)
		}
		r.shows, r.exit, r.told = shows, exit, problems != ""
	}
	if *update {
		out := slices.Clone(head)
		for _, r := range rows {
			out = append(out, strings.Join(append(slices.Clone(r.subject), r.kind, r.place, r.given, r.lines, r.shows, r.exit), "\t"))
		}
		if err := os.WriteFile(path, []byte(strings.Join(out, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return rows
}

// where is the name of the row's surroundings.
func (r *row) where() string {
	if r.place != "" {
		return r.place
	}
	return r.subject[0]
}

// text is a configuration with some of the row's lines.
func (r *row) text(parts ...string) string {
	sep := "\n"
	if inline[strings.Fields(r.where() + " ")[0]] {
		sep = " "
	}
	body := strings.ReplaceAll(strings.TrimSpace(strings.Join(parts, sep)), " ; ", "\n")
	body = strings.NewReplacer("<tab>", "\t", "<nul>", "\x00", "<2000>", strings.Repeat("x", 2000),
		"<1020>", strings.Repeat("x", 1020), "<bom>", "\ufeff", "<cr>", "\r").Replace(body)
	return strings.Replace(places[r.where()], "%s", body, 1)
}

// outcome loads the configuration with and without the lines of the row.
func (r *row) outcome() (shows, exit, problems string) {
	base := r.text(r.given)
	full := r.text(r.given, r.lines)
	switch r.kind {
	case "means": // given says in other words what lines say
		full = r.text(r.lines)
	case "file": // compared with a sound configuration
		base, full = places[r.place], (&row{subject: []string{"file"}}).text(r.lines)
	}
	before, after := loadRow(base), loadRow(full)
	return difference(shown(before.Config), shown(after.Config)), strconv.Itoa(after.TestStatus()), listing(after)
}

// loadRow loads a text on a host with some files to include.
func loadRow(text string) Result {
	files := fakeFiles{"test.conf": text, "part.conf": "priority 51\n", "d/a.conf": "priority 51\n", "d/b.conf": "advert_int 2\n"}
	host := labHost()
	host.dirs["/usr/bin"] = true
	host.namespaces = map[string]bool{"blue": true}
	return Load("test.conf", parser.Options{ConfigID: "me", Instance: "me", Files: files,
		Env: func(name string) (string, bool) { return "51", name == "PRIORITY" }}, host)
}

// shown is a dump, each line with what it belongs to, without places and words as they were written.
func shown(c *Config) []string {
	var b bytes.Buffer
	if err := Dump(&b, c); err != nil {
		panic(err)
	}
	var path, lines []string
	for _, l := range strings.Split(b.String(), "\n") {
		text := strings.TrimLeft(l, " ")
		name, _, _ := strings.Cut(text, " ")
		path = append(path[:min(len(path), (len(l)-len(text))/2)], name)
		if text == "" || name == "Pos" || name == "Words" {
			continue
		}
		if n := len(path); n > 1 {
			text = path[n-2] + "." + text
		}
		lines = append(lines, text)
	}
	return lines
}

// difference lists the lines that come and go.
func difference(before, after []string) string {
	count := map[string]int{}
	for _, l := range before {
		count[l]--
	}
	for _, l := range after {
		count[l]++
	}
	var d []string
	for l, n := range count {
		for ; n > 0; n-- {
			d = append(d, "+"+l)
		}
		for ; n < 0; n++ {
			d = append(d, "-"+l)
		}
	}
	if len(d) == 0 {
		return "="
	}
	slices.Sort(d)
	return strings.Join(d, " | ")
}

// TestEveryKeywordIsSeenInTheModel goes over all rows of the keyword table: each has an example of
// which the dump of the model shows something, and what lies at and beyond the ends of its range.
func TestEveryKeywordIsSeenInTheModel(t *testing.T) {
	rows := checkRows(t, filepath.Join("testdata", "keywords.tsv"))
	cases := map[string]map[string]bool{}
	counts := map[string]int{}
	for _, r := range rows {
		key := r.subject[0] + "\t" + r.subject[1]
		if cases[key] == nil {
			cases[key] = map[string]bool{}
		}
		cases[key][r.kind] = true
		counts[r.kind]++
		r.mustMean(t)
	}
	table := map[string]bool{}
	for _, k := range Keywords() {
		key := k.Context + "\t" + k.Name
		table[key] = true
		has := cases[key]
		if !has["example"] && !has["means"] && !has["unknown"] {
			t.Errorf("%s has no example in testdata/keywords.tsv", key)
		}
		for _, kind := range wantedCases(k) {
			if !has[kind] && !has[kind+"-changed"] && !has[kind+"-default"] {
				t.Errorf("%s takes %s: no case %q in testdata/keywords.tsv", key, k.Args, kind)
			}
		}
	}
	for key := range cases {
		if !table[key] {
			t.Errorf("%s has a case, but is no row of the table", key)
		}
	}
	t.Logf("%d rows of the table, %d cases: %v", len(Keywords()), len(rows), counts)
}

// mustMean holds what the kind of a case promises.
func (r *row) mustMean(t *testing.T) {
	bad := func(why string) {
		t.Errorf("%s %s: %s: %s %q: %s", r.subject[0], r.subject[1], why, r.kind, r.lines, r.shows)
	}
	switch r.kind {
	case "example", "lowest", "highest", "word", "below-changed", "above-changed":
		if r.shows == "=" {
			bad("the model shows nothing of it")
		}
	case "lowest-default":
		if r.shows != "=" || r.exit != "0" {
			bad("it is not the default")
		}
	case "below", "above", "refused":
		if r.shows != "=" {
			bad("the old value is not kept")
		}
		if !r.told {
			bad("nobody is told")
		}
	case "unknown":
		if r.shows != "=" || r.exit == "0" {
			bad("an old keyword is taken")
		}
	case "means":
		if r.shows != "=" {
			bad("it does not mean the same")
		}
	default:
		bad("no such kind of case")
	}
}

// ranges find a range in the arguments of a keyword.
var ranges = regexp.MustCompile(`<[^<>|]*-?[0-9.]+ ?(-|\.\.)-?[0-9.]+[^<>]*>|<u?int(32|64)?\b|>=`)

// wantedCases are the cases that a keyword must have because of its arguments.
func wantedCases(k Keyword) (kinds []string) {
	switch {
	case !k.Kind.line() || k.Kind == Block:
	case strings.Contains(k.Args, "on|true|yes"):
		kinds = append(kinds, "word")
	case ranges.MatchString(k.Args):
		kinds = append(kinds, "lowest", "highest", "below", "above")
	case strings.Contains(k.Args, "max "):
		kinds = append(kinds, "highest", "above")
	}
	return kinds
}

// TestOddConfigurationsLeaveWhatKeepalivedLeaves goes over the facts about bad and odd configurations.
func TestOddConfigurationsLeaveWhatKeepalivedLeaves(t *testing.T) {
	rows := checkRows(t, filepath.Join("testdata", "oddities.tsv"))
	facts := map[string]int{}
	for _, r := range rows {
		facts[r.subject[0]]++
	}
	for n := 1; n <= 156; n++ {
		if name := "errors " + strconv.Itoa(n); facts[name] == 0 && !commandLine[n] {
			t.Errorf("%s has no case", name)
		}
	}
	for n := 1; n <= 10; n++ {
		if name := "behaviour 9." + strconv.Itoa(n); facts[name] == 0 && n != 8 {
			t.Errorf("%s has no case", name)
		}
	}
	t.Logf("%d facts, %d configurations", len(facts), len(rows))
}

// commandLine are the facts of errors.md about the name of the file rather than about its text, as is
// behaviour 9.8: TestMainFileThatCannotBeReadIsAProblem, TestMainFileMayBeAPattern and
// TestOnlyPlainFilesAreRead have them.
var commandLine = map[int]bool{145: true, 146: true}
