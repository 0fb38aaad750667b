package director

import (
	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/lvs"
)

// entry names what an operation is about: a service, or a destination of one.
type entry struct {
	service     lvs.ServiceKey
	destination lvs.DestinationKey
}

func entryOf(op lvs.Operation) entry {
	e := entry{service: op.Service.ServiceKey}
	if op.Verb >= lvs.AddDestination {
		e.destination = op.Destination.DestinationKey
	}
	return e
}

// noteRefusals keeps and logs, once, what the kernel did not do. A destination that fails only
// because its service did is not worth a line.
func (d *Director) noteRefusals(ops []lvs.Operation, errs []error) {
	logged, more := 0, 0
	missing := map[lvs.ServiceKey]bool{}
	for i, op := range ops {
		e := entryOf(op)
		said, known := d.table.refused[e]
		if errs[i] == nil {
			if known {
				delete(d.table.refused, e)
				d.log.Info("IPVS operation refused before is done", zap.Stringer("operation", op))
			}
			continue
		}
		text := errs[i].Error()
		d.table.refused[e] = text
		consequence := op.Verb >= lvs.AddDestination && missing[e.service]
		missing[e.service] = missing[e.service] || op.Verb == lvs.AddService
		switch {
		case consequence || known && said == text:
		case logged == loggedRepairs:
			more++
		default:
			logged++
			d.log.Error("writing IPVS failed", zap.Error(errs[i]))
		}
	}
	if more > 0 {
		d.log.Error("writing IPVS failed, and more", zap.Int("operations", more))
	}
}

func (r *reconciler) wasRefused(op lvs.Operation) bool {
	_, refused := r.refused[entryOf(op)]
	return refused
}

// split sets those operations apart that are about services with which the kernel had a problem
// before: looking for a scheduler that does not exist, it keeps the others waiting for modprobe.
func (r *reconciler) split(ops []lvs.Operation) (sound, doubtful []lvs.Operation) {
	if len(r.refused) == 0 {
		return ops, nil
	}
	services := make(map[lvs.ServiceKey]bool, len(r.refused))
	for e := range r.refused {
		services[e.service] = true
	}
	return r.parted(ops, func(op lvs.Operation) bool { return !services[op.Service.ServiceKey] })
}

// parted divides operations and keeps their order.
func (r *reconciler) parted(ops []lvs.Operation, first func(lvs.Operation) bool) (a, b []lvs.Operation) {
	if len(r.refused) == 0 {
		return ops, nil
	}
	for _, op := range ops {
		if first(op) {
			a = append(a, op)
		} else {
			b = append(b, op)
		}
	}
	return a, b
}

// accepted forgets the refusal of what the kernel turned out to have: an answer can be lost. What is
// not wanted at the moment stays doubtful.
func (r *reconciler) accepted(ops []lvs.Operation, core *lvs.Director) {
	if len(r.refused) == 0 {
		return
	}
	open := make(map[entry]bool, len(ops))
	for _, op := range ops {
		open[entryOf(op)] = true
	}
	for e := range r.refused {
		if _, wanted := core.Want(e.service); wanted && !open[e] {
			delete(r.refused, e)
		}
	}
}
