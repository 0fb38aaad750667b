package ipvs

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/lvs"
)

func TestFailuresThatOnlyMeanAnotherTableAreSettled(t *testing.T) {
	const giveUp = lvs.Verb(99)
	const done = lvs.Verb(98)
	for _, c := range []struct {
		verb    lvs.Verb
		errno   unix.Errno
		readded bool
		want    lvs.Verb
	}{
		{lvs.AddService, unix.EEXIST, false, lvs.EditService},
		{lvs.AddService, unix.ENOENT, false, giveUp}, // no such scheduler
		{lvs.AddService, unix.EPERM, false, giveUp},
		{lvs.EditService, unix.ESRCH, false, lvs.AddService},
		{lvs.EditService, unix.ENOENT, false, giveUp}, // no such scheduler
		{lvs.DeleteService, unix.ESRCH, false, done},
		{lvs.DeleteService, unix.EPERM, false, giveUp},
		{lvs.AddDestination, unix.EEXIST, false, lvs.EditDestination},
		{lvs.AddDestination, unix.ESRCH, false, giveUp},
		{lvs.AddDestination, unix.ESRCH, true, lvs.AddDestination},
		{lvs.AddDestination, unix.EINVAL, true, giveUp},
		{lvs.EditDestination, unix.ENOENT, false, lvs.AddDestination},
		{lvs.EditDestination, unix.ESRCH, false, giveUp},
		{lvs.EditDestination, unix.ESRCH, true, lvs.AddDestination},
		{lvs.DeleteDestination, unix.ENOENT, false, done},
		{lvs.DeleteDestination, unix.ESRCH, false, done},
		{lvs.DeleteDestination, unix.EINVAL, false, giveUp},
	} {
		next, repeat, finished := settled(lvs.Operation{Verb: c.verb}, c.errno, c.readded)
		got := next.Verb
		switch {
		case finished:
			got = done
		case !repeat:
			got = giveUp
		}
		if got != c.want {
			t.Errorf("%s answered with %v (service added again: %v): %v, want %v", c.verb, c.errno, c.readded, got, c.want)
		}
	}
}
