package daemon

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/checkers/http"
	"github.com/holdfast-ha/holdfast/checkers/http/answer"
	"github.com/holdfast-ha/holdfast/internal/director"
)

func TestPageIsCheckedAsTheSettingsSay(t *testing.T) {
	shared := keys{}
	got := shared.httpOptions(&director.HTTPCheck{
		Protocol: "1.0C", SSL: &director.SSL{CA: "a", Certificate: "c", Key: "k", Password: "p"},
		URLs: []director.URL{
			{Path: "/", Host: "h", ServerName: "s", CloseNotify: true, Digest: "d", Status: []director.StatusRange{{First: 1, Last: 2}}},
			{Path: "/r", Regex: "^b$", RegexOptions: []string{"multiline"}, RegexNoMatch: true, RegexMin: 1, RegexMax: 3, RegexMaxSet: true},
			{Path: "/broken", Regex: "("},
		},
	})
	regex := got.URLs[1].Want.Regex
	for text, want := range map[string]bool{"a\nb\nc": true, "b\nc": false, "a\naa\nb": false} {
		if found, err := regex.Match([]byte(text)); found != want || err != nil {
			t.Errorf("%q: %v %v, want %v", text, found, err, want)
		}
	}
	got.URLs[1].Want.Regex = nil
	want := http.Options{
		Protocol: answer.HTTP10Close,
		URLs: []http.URL{
			{Path: "/", Host: "h", ServerName: "s", CloseNotify: true, Want: answer.Want{Digest: "d", Status: []answer.Range{{First: 1, Last: 2}}}},
			{Path: "/r", Want: answer.Want{NoMatch: true}},
			{Path: "/broken"},
		},
	}
	if diff := cmp.Diff(want.URLs, got.URLs); diff != "" || want.Protocol != got.Protocol {
		t.Errorf("%s (-want +got):\n%s", got.Protocol, diff)
	}
	another := shared.httpOptions(&director.HTTPCheck{SSL: &director.SSL{CA: "a", Certificate: "c", Key: "k", Password: "p"}})
	if got.TLS == nil || got.TLS != another.TLS || got.TLS == shared.of(director.SSL{}) {
		t.Error("one key is not one identity")
	}
}
