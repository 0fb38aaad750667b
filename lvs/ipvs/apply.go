package ipvs

import (
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/lvs"
)

// A batch ends at so many operations or bytes; below 64 the cost of the system calls shows, above
// 200 nothing is gained any more.
const (
	batchOperations = 200
	batchBytes      = 48 << 10
)

// Apply implements lvs.Kernel. An add of what exists becomes an edit, an edit of what is missing
// an add, and a delete of what is missing is done already.
func (k *Kernel) Apply(ops []lvs.Operation) []error {
	k.writing.Lock()
	defer k.writing.Unlock()
	errnos, errs := k.execute(ops)
	k.settle(ops, errnos, errs)
	for i, op := range ops {
		if errs[i] == nil && errnos[i] != 0 {
			errs[i] = explain(op, errnos[i])
		}
		if k.trace != nil {
			k.trace(op, errs[i])
		}
	}
	return errs
}

// settle repeats what failed only because the table was not as expected, once.
func (k *Kernel) settle(ops []lvs.Operation, errnos []unix.Errno, errs []error) {
	var again []lvs.Operation
	var indices []int
	readded := map[lvs.ServiceKey]bool{}
	for i, op := range ops {
		if errnos[i] == 0 || errs[i] != nil {
			continue
		}
		next, repeat, done := settled(op, errnos[i], readded[op.Service.ServiceKey])
		switch {
		case done:
			errnos[i] = 0
		case repeat:
			if next.Verb == lvs.AddService {
				readded[op.Service.ServiceKey] = true
			}
			again, indices = append(again, next), append(indices, i)
		}
	}
	if len(again) == 0 {
		return
	}
	errnos2, errs2 := k.execute(again)
	for j, i := range indices {
		errnos[i], errs[i] = errnos2[j], errs2[j]
	}
}

// settled decides what a failure means: nothing to do any more, or the operation to do instead.
// readded says that the service is missing and is about to be added again, before this one.
func settled(op lvs.Operation, errno unix.Errno, readded bool) (next lvs.Operation, repeat, done bool) {
	next = op
	missing := errno == unix.ENOENT || errno == unix.ESRCH
	switch {
	case op.Verb == lvs.DeleteService || op.Verb == lvs.DeleteDestination:
		return next, false, missing
	case op.Verb == lvs.AddService && errno == unix.EEXIST:
		next.Verb = lvs.EditService
	case op.Verb == lvs.AddDestination && errno == unix.EEXIST:
		next.Verb = lvs.EditDestination
	case op.Verb == lvs.EditService && errno == unix.ESRCH:
		next.Verb = lvs.AddService
	case op.Verb == lvs.EditDestination && errno == unix.ENOENT,
		op.Verb == lvs.EditDestination && errno == unix.ESRCH && readded,
		op.Verb == lvs.AddDestination && errno == unix.ESRCH && readded:
		next.Verb = lvs.AddDestination
	default:
		return next, false, false
	}
	return next, true, false
}

// execute sends the operations in batches. errnos are the kernel's answers, errs what went wrong
// between the kernel and us.
func (k *Kernel) execute(ops []lvs.Operation) ([]unix.Errno, []error) {
	errnos, errs := make([]unix.Errno, len(ops)), make([]error, len(ops))
	for done := 0; done < len(ops); {
		n := k.batch(ops[done:], errnos[done:], errs[done:])
		k.writes.Add(uint64(n))
		done += n
	}
	return errnos, errs
}

// batch sends the first operations of ops and returns how many. Only failures and the last one
// are answered: one send and one receive for a batch that succeeds.
func (k *Kernel) batch(ops []lvs.Operation, errnos []unix.Errno, errs []error) int {
	n := min(len(ops), batchOperations)
	first := k.socket.next(n)
	k.out.reset()
	for i := range n {
		k.out.operation(ops[i], first+uint32(i))
		if len(k.out.b) >= batchBytes {
			n = i + 1
			break
		}
	}
	k.out.acknowledge()
	if err := k.socket.send(k.out.b); err != nil {
		fill(errs[:n], fmt.Errorf("send %d operations to ipvs: %w", n, err))
		return n
	}
	err := k.socket.receive(func(kind uint16, seq uint32, payload []byte) bool {
		i := seq - first
		if kind != unix.NLMSG_ERROR || i >= uint32(n) { // an answer to an earlier batch
			return false
		}
		errnos[i] = errnoOf(payload)
		return i == uint32(n-1)
	})
	if err != nil {
		for i := range n {
			if errnos[i] == 0 {
				errs[i] = fmt.Errorf("ipvs %s: %w", ops[i], err)
			}
		}
	}
	return n
}

func fill(errs []error, err error) {
	for i := range errs {
		errs[i] = err
	}
}
