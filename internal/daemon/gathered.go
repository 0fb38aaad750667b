package daemon

import (
	"sync"

	"github.com/holdfast-ha/holdfast/internal/director"
)

// gathered are changes on their way to the parent: a thousand virtual servers that gain their quorum at
// once go in a few messages.
type gathered struct {
	mu   sync.Mutex
	list []director.Change
}

// add reports whether the change is the first one that waits: a message has to be sent for it.
func (g *gathered) add(c director.Change) (first bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.list = append(g.list, c)
	return len(g.list) == 1
}

// take returns those that wait, as the body of a message.
func (g *gathered) take() any {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := g.list
	g.list = nil
	return list
}
