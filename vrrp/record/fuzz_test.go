package record_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/holdfast-ha/holdfast/vrrp/record"
)

// FuzzReplay: whatever a file holds, a replay ends, and what it accepts it can tell and write again.
func FuzzReplay(f *testing.F) {
	f.Add(written(&testing.T{}, began))
	f.Fuzz(func(t *testing.T, text []byte) {
		story := record.Story{Out: io.Discard}
		var again []byte
		first, err := record.Replay(bytes.NewReader(text), record.Real, func(e *record.Entry) {
			story.Tell(e)
			again = append(again, written(t, *e)...)
		})
		if err != nil || first.Difference != nil {
			return
		}
		second, err := record.Replay(bytes.NewReader(again), record.Real, nil)
		if err != nil || second.Difference != nil || second.Events != first.Events || second.Actions != first.Actions {
			t.Errorf("written again it is something else: %v\n%v\n%+v\n%+v", err, second.Difference, first, second)
		}
	})
}
