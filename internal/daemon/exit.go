package daemon

// Exit statuses, as keepalived's.
const (
	exitOK         = 0
	exitFatal      = 1 // bad options; the kernel refuses netlink or IPVS
	exitConfig     = 2 // the configuration cannot be run
	exitPermission = 4
	exitGeneral    = 5 // --config-test: problems were reported
	exitNoConfig   = 6 // no configuration file, or a required include is missing
)

// given is added to the status of a child that cannot work and says so: without it the statuses 1 and 2
// are those of a program that crashed, 2 by the Go runtime, and a child that crashed is started again.
const given = 64

// childStatus is what a child ends with.
func childStatus(status int) int {
	if status == exitOK {
		return exitOK
	}
	return given + status
}

// permanent tells whether a child that ended with status would end so again, and the daemon has to end
// too, with status why.
func permanent(status int) (why int, yes bool) {
	why = status - given
	return why, why == exitFatal || why == exitConfig || why == exitPermission
}

// exitName is keepalived's name of a permanent error.
func exitName(status int) string {
	switch status {
	case exitConfig:
		return "CONFIG"
	case exitPermission:
		return "NO_PERMISSION"
	}
	return "FATAL"
}
