package getopt_test

import (
	"strings"
	"testing"

	"github.com/holdfast-ha/holdfast/internal/getopt"
)

// FuzzParse: whatever is written, every word ends up somewhere, and values belong to options that
// take them.
func FuzzParse(f *testing.F) {
	for _, line := range []string{"", "-lDf file", "-tFILE --config-test=x", "--conf", "-f", "-- -l", "--=", "-l=", "a --use=b c"} {
		f.Add(line)
	}
	arity := map[string]getopt.Arity{}
	for _, o := range options {
		arity[o.Name] = o.Arity
	}
	f.Fuzz(func(t *testing.T, line string) {
		args := strings.Split(line, " ")
		r := getopt.Parse(options, args)
		if len(r.Options)+len(r.Words)+len(r.Mistakes) == 0 && line != "--" {
			t.Errorf("nothing comes of %q", line)
		}
		for _, o := range r.Options {
			a, known := arity[o.Name]
			if !known || a == getopt.None && o.HasValue || a == getopt.Required && !o.HasValue {
				t.Errorf("%q gives %+v", line, o)
			}
		}
	})
}
