package format_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/holdfast-ha/holdfast/internal/reference"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/parser/config/compare"
	"github.com/holdfast-ha/holdfast/parser/format"
	"github.com/holdfast-ha/holdfast/parser/osfiles"
)

// laidOut is a file system in which one file has been formatted.
type laidOut struct {
	osfiles.Files
	name, text string
}

func (f laidOut) Read(name string) (string, error) {
	if name == f.name {
		return f.text, nil
	}
	return f.Files.Read(name)
}

// Open hides that of osfiles, which would not see the text.
func (laidOut) Open() {}

// sameModel holds that two results are equal but for places.
func sameModel(t *testing.T, before, after config.Result, what string) bool {
	t.Helper()
	switch {
	case !compare.Equal(before.Config, after.Config):
		t.Errorf("%s: the models differ:", what)
		for _, c := range compare.Configs(before.Config, after.Config) {
			t.Error(c)
		}
	case before.TestStatus() != after.TestStatus() || before.DaemonStatus() != after.DaemonStatus():
		t.Errorf("%s: exit statuses %d and %d before, %d and %d after", what,
			before.TestStatus(), before.DaemonStatus(), after.TestStatus(), after.DaemonStatus())
	default:
		return true
	}
	return false
}

func TestRealConfigurationsMeanTheSame(t *testing.T) {
	shared := reference.Dir(t)
	if shared == "" {
		return
	}
	files, err := filepath.Glob(filepath.Join(shared, "corpus", "conf", "*"))
	if err != nil || len(files) < 130 {
		t.Fatalf("only %d files: the corpus is not whole (%v)", len(files), err)
	}
	models, changed, lines, raw := 0, 0, 0, 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		check(t, text) // the statements and comments too, and that formatting again changes nothing
		out := format.Text(text)
		opts := parser.Options{ConfigID: "testhost", Files: osfiles.Files{}}
		before := config.Load(file, opts, config.AnyHost{})
		opts.Files = laidOut{name: file, text: out}
		if sameModel(t, before, config.Load(file, opts, config.AnyHost{}), filepath.Base(file)) {
			models++
		}
		if out != text {
			changed++
		}
		for _, l := range strings.Split(strings.TrimSuffix(out, "\n"), "\n") {
			lines++
			if parser.Dissect(l, false).Untouchable {
				raw++
			}
		}
	}
	t.Logf("%d of %d models preserved, %d files laid out anew; %d of %d lines left as they are",
		models, len(files), changed, raw, lines)
}

// FuzzModel looks for a text whose layout has another model.
func FuzzModel(f *testing.F) {
	for _, dir := range []string{"testdata/golden", "../testdata/conf"} {
		files, err := filepath.Glob(dir + "/*.conf")
		if err != nil || len(files) == 0 {
			f.Fatalf("no files in %s: %v", dir, err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(data))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Count(text, "~") > 2 || strings.Contains(text, "~") && large.MatchString(text) {
			return // they are bounded, but large
		}
		out := format.Text(text)
		for _, id := range []string{"left", "other"} {
			opts := parser.Options{ConfigID: id}
			before := config.LoadText("main", text, opts, config.AnyHost{})
			sameModel(t, before, config.LoadText("main", out, opts, config.AnyHost{}), "host "+id)
		}
	})
}
