package logsink

import (
	"strconv"
	"strings"
)

// Facility is a syslog facility, numbered as in RFC 5424 section 6.2.1.
type Facility uint8

// Facilities that keepalived knows.
const (
	User   Facility = 1
	Daemon Facility = 3
	Local0 Facility = 16
)

// ParseFacility reads keepalived's -S: 0 to 7 or local0 to local7, user, daemon.
func ParseFacility(s string) (Facility, bool) {
	switch s {
	case "user":
		return User, true
	case "daemon":
		return Daemon, true
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(s, "local"), 10, 8)
	if err != nil || n > 7 {
		return Daemon, false
	}
	return Local0 + Facility(n), true
}
