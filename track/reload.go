package track

import (
	"time"

	"github.com/holdfast-ha/holdfast/internal/due"
)

// key is what tells objects apart.
type key struct {
	kind Kind
	name string
}

// Reload replaces the settings and returns out with what follows. An object that was there with the
// same Source keeps its state and its ID; any other begins anew, with a new ID. Sums are told only
// where they differ; Sum has them all.
func (c *Core) Reload(now time.Duration, s Settings, out []Action) []Action {
	c.now = max(c.now, now)
	c.out = out
	before := make(map[key]*object, len(c.order))
	for _, o := range c.order {
		before[key{o.Kind, o.Name}] = o
	}
	c.order, c.objects, c.due = make([]*object, 0, len(s.Objects)), make(map[ID]*object, len(s.Objects)), due.Heap[object]{}
	for _, cfg := range s.Objects {
		cfg.normalise()
		o := before[key{cfg.Kind, cfg.Name}]
		if o != nil && o.Source == cfg.Source {
			o.reconfigure(cfg, c.now)
		} else {
			c.last++
			o = newObject(cfg, c.last)
			o.begin(c.now)
		}
		o.users = o.users[:0]
		c.order = append(c.order, o)
		c.objects[o.id] = o
		c.due.Add(&o.Entry, o)
		c.arm(o)
	}
	c.replaceInstances(s.Instances)
	c.runDue()
	c.tell()
	out, c.out = c.out, nil
	return out
}

// replaceInstances keeps the sums that were told.
func (c *Core) replaceInstances(instances []Instance) {
	told := make(map[uint32]Sum, len(c.instances))
	for i := range c.instances {
		told[c.instances[i].ID] = c.instances[i].sum
	}
	c.instances = make([]instance, len(instances))
	c.dirty = make([]int, 0, len(instances))
	for i, in := range instances {
		c.instances[i] = instance{Instance: in, sum: told[in.ID], dirty: true}
		c.dirty = append(c.dirty, i)
		for _, u := range in.Uses {
			o := c.order[u.Object]
			if n := len(o.users); n == 0 || o.users[n-1] != i {
				o.users = append(o.users, i)
			}
		}
	}
}

// reconfigure gives an object another configuration. Its state stays; a run that waits for a longer
// interval than the new one comes earlier.
func (o *object) reconfigure(cfg Object, now time.Duration) {
	o.Object = cfg
	if cfg.Kind == Script {
		o.script.due = min(o.script.due, now+cfg.Interval)
	}
	if cfg.Kind == Process && o.known {
		switch up := o.satisfied(); {
		case up == o.up:
			o.settle = never
		case o.settle == never:
			o.settle = now // the bounds changed, not the number
		}
	}
}
