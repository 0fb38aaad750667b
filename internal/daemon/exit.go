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

// permanent tells whether a child that ended with status would end so again: the daemon ends too.
func permanent(status int) bool {
	return status == exitFatal || status == exitConfig || status == exitPermission
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
