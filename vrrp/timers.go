package vrrp

import "time"

// owner is the priority of the address owner (RFC 9568 section 5.2.4).
const owner = 255

// skewTime is how much longer a router of this priority waits (RFC 9568 and RFC 3768 section 6.1).
// Version 3 scales it with the master's advertisement interval; in version 2 it is a fraction of a
// second, whatever the interval.
func skewTime(version int, priority uint8, interval time.Duration) time.Duration {
	unit := time.Second
	if version == 3 {
		unit = interval
	}
	return time.Duration(256-int(priority)) * unit / 256
}

// masterDown is the silence after which the master is taken for dead: adverts (3 in the RFCs)
// intervals of the master and the skew time.
func masterDown(version int, priority uint8, interval time.Duration, adverts int) time.Duration {
	return time.Duration(adverts)*interval + skewTime(version, priority, interval)
}

// handoverWait is how long a planned stop waits for a successor's first advertisement: the skew
// time of the lowest priority there is, and one interval.
func handoverWait(version int, interval time.Duration) time.Duration {
	return skewTime(version, 1, interval) + interval
}

// farewellRepeat is when the priority 0 advertisement of a planned stop is sent a second time, in
// case the first is lost: soon enough that the skew times which it restarts do not matter.
func farewellRepeat(interval time.Duration) time.Duration {
	return min(interval/10, 10*time.Millisecond)
}

// clampPriority keeps a sum of weights within what a router that owns no address may have.
func clampPriority(p int) uint8 {
	return uint8(min(max(p, 1), owner-1))
}
