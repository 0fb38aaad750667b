package expand_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/holdfast-ha/holdfast/internal/reference"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/expand"
	"github.com/holdfast-ha/holdfast/parser/osfiles"
)

func TestRealConfigurationsMeanTheSame(t *testing.T) {
	shared := reference.Dir(t)
	if shared == "" {
		return
	}
	files, err := filepath.Glob(filepath.Join(shared, "corpus", "conf", "*"))
	if err != nil || len(files) < 130 {
		t.Fatalf("only %d files: the corpus is not whole (%v)", len(files), err)
	}
	models, refused := 0, 0
	for _, file := range files {
		for _, id := range []string{"testhost", "id"} {
			opts := parser.Options{ConfigID: id, Files: osfiles.Files{}}
			out, problems, err := expand.Text(file, opts)
			if err != nil {
				refused++
				if why := refusal(err, problems); why == "" {
					t.Errorf("%s: %v", filepath.Base(file), err)
				}
				continue
			}
			if diff := sameModel(file, opts, out); diff != "" {
				t.Errorf("%s: %s", filepath.Base(file), diff)
				continue
			}
			if strings.Contains(body(out), "~SEQ") {
				t.Errorf("%s: a sequence is left", filepath.Base(file))
			}
			models++
		}
	}
	t.Logf("%d of %d models preserved (two hosts each), %d refused", models, 2*len(files), refused)
}
