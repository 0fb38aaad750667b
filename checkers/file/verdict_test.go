package file_test

import (
	"testing"

	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/checkers/file"
	"github.com/holdfast-ha/holdfast/track"
)

func TestNumberChangesTheWeightOrFails(t *testing.T) {
	add := func(n int64) checkers.Result {
		return checkers.Result{OK: true, HasWeight: true, Relative: true, Weight: n}
	}
	fail := func(detail string) checkers.Result { return checkers.Result{Detail: "track_file f holds " + detail} }
	cases := []struct {
		name    string
		content string
		weight  int
		reverse bool
		want    checkers.Result
	}{
		{"added", "5\n", 1, false, add(5)},
		{"times the weight", "5\n", 3, false, add(15)},
		{"a negative weight", "5\n", -3, false, add(-15)},
		{"reverse", "5\n", 3, true, add(-15)},
		{"reverse of a negative weight", "5\n", -3, true, add(15)},
		{"a negative number", "-5", 2, false, add(-10)},
		{"nothing in it", "", 3, false, add(0)},
		{"no number", "up\n", 3, false, add(0)},
		{"much", "2147483647", 2147483647, false, add(2147483647)},
		{"as little as can be", "-2147483647", 1, false, add(-2147483647)},
		{"less", "-2147483648", 1, false, fail("-2147483648, times 1")},
		{"less by the weight", "-1073741824", 2, false, fail("-1073741824, times 2")},
		{"less in reverse", "1073741824", 2, true, fail("1073741824, times -2")},
		{"without weight, 0", "0\n", 0, false, checkers.Result{OK: true}},
		{"without weight, 1", "1\n", 0, false, fail("1")},
		{"without weight, nothing", "", 0, false, checkers.Result{OK: true}},
		{"without weight, reverse, 0", "0\n", 0, true, fail("0")},
		{"without weight, reverse, 1", "1\n", 0, true, checkers.Result{OK: true}},
	}
	for _, c := range cases {
		c.want.Status = track.ParseValue(c.content)
		if got := file.Judge("f", c.content, c.weight, c.reverse); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}
