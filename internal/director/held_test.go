package director_test

import (
	"testing"
	"testing/synctest"

	"github.com/holdfast-ha/holdfast/internal/director"
)

// TestKernelComesBeforeNews: at the start and at a reload nobody is told of a quorum before the kernel has
// the services: clients wait for these.
func TestKernelComesBeforeNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		var seen []string
		h.deps.Changed = func(c director.Change) { seen = append(seen, h.kernel.String()) }
		first, second := always(settings(1, 2)), always(settings(1, 2, 3))
		for i := range second.VirtualServers {
			second.VirtualServers[i].Quorum = 3
		}
		first.RSInitNotifies, second.RSInitNotifies = true, true
		h.run(first)
		begun := len(seen)
		h.Reload(second)
		if begun == 0 || len(seen) == begun {
			t.Fatalf("%d changes at the start, %d at the reload: the test needs some", begun, len(seen)-begun)
		}
		after := h.kernel.String()
		for i, table := range seen {
			if i >= begun && table != after || table == "" {
				t.Errorf("change %d was told when the kernel had\n%s", i, table)
			}
		}
		h.stop()
	})
}
