package fieldtest

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const dump = `------< A >------
 x = 1
 Object = o
   list:
     one
     two
   time = 17
------< B >------
     deep
     deep too
 gone
   too
 stays
`

var rules = []Rule{
	{Text: regexp.MustCompile(`^gone$`), With: Drop, Why: "test"},
	{Path: regexp.MustCompile(`^A / Object`), Text: regexp.MustCompile(`^time = \d+`), With: "time = T", Why: "test"},
}

func TestFieldsHaveTheLinesTheyStandUnder(t *testing.T) {
	want := []Field{
		{"A", "x = 1"}, {"A", "Object = o"}, {"A / Object = o", "list:"}, {"A / Object = o / list:", "one"},
		{"A / Object = o / list:", "two"}, {"A / Object = o", "time = T"}, {"B", "deep"}, {"B", "deep too"}, {"B", "stays"},
	}
	if diff := cmp.Diff(want, Fields(dump, rules)); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

func TestEveryDifferenceIsFound(t *testing.T) {
	a, b, c := Field{"p", "a"}, Field{"p", "b"}, Field{"q", "a"}
	tests := []struct {
		name             string
		keepalived, ours []Field
		want             int
	}{
		{"equal", []Field{a, b, c}, []Field{a, b, c}, 0},
		{"missing", []Field{a, b}, []Field{a}, 1},
		{"too many", []Field{a}, []Field{a, c}, 1},
		{"twice", []Field{a}, []Field{a, a}, 1},
		{"another path", []Field{a}, []Field{c}, 2},
		{"another order", []Field{a, b}, []Field{b, a}, 1},
	}
	for _, tt := range tests {
		if got := Compare(tt.keepalived, tt.ours); len(got) != tt.want {
			t.Errorf("%s: %d differences, want %d: %v", tt.name, len(got), tt.want, got)
		}
	}
}
