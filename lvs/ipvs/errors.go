package ipvs

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/lvs"
)

// Errors of this package, for errors.Is.
var (
	// ErrNotLoaded: the kernel has no IPVS and modprobe did not bring it.
	ErrNotLoaded = errors.New("ip_vs is not in this kernel or not loaded: modprobe ip_vs")
	// ErrPermission: the kernel refuses (EPERM).
	ErrPermission = errors.New("not permitted: IPVS needs CAP_NET_ADMIN in the network namespace")
	// ErrLost: the kernel's answer did not arrive (ENOBUFS), so that whether the operation was done
	// is only known after reading the table again.
	ErrLost = errors.New("the kernel's answer was lost")
)

// explain wraps an errno with what was done and, where the cause is known, what it means.
func explain(op lvs.Operation, errno unix.Errno) error {
	if hint := hintFor(op, errno); hint != "" {
		return fmt.Errorf("ipvs %s: %s: %w", op, hint, errno)
	}
	if errno == unix.EPERM {
		return fmt.Errorf("ipvs %s: %w: %w", op, ErrPermission, errno)
	}
	return fmt.Errorf("ipvs %s: %w", op, errno)
}

func hintFor(op lvs.Operation, errno unix.Errno) string {
	service := op.Verb == lvs.AddService || op.Verb == lvs.EditService
	switch {
	case service && errno == unix.ENOENT && op.Service.Persistence != "":
		return fmt.Sprintf("this kernel lacks the scheduler %q (modprobe ip_vs_%s) or the persistence engine %q (modprobe ip_vs_pe_%s)",
			op.Service.Scheduler, op.Service.Scheduler, op.Service.Persistence, op.Service.Persistence)
	case service && errno == unix.ENOENT:
		return fmt.Sprintf("this kernel lacks the scheduler %q: modprobe ip_vs_%s", op.Service.Scheduler, op.Service.Scheduler)
	case !service && errno == unix.ESRCH:
		return "the service is not in the kernel"
	case op.Verb == lvs.AddDestination && errno == unix.EINVAL && op.Destination.Addr.Is4() != (op.Service.Family == 4):
		return "a real server of another address family needs the forwarding method TUN"
	case errno == unix.ERANGE:
		return "the lower threshold is above the upper one"
	}
	return ""
}
