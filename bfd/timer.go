package bfd

import (
	"math"
	"time"
)

// never is the deadline of what is not due at all.
const never = time.Duration(math.MaxInt64)

// unknownMinRx is what a neighbour is taken to want before it has said so (RFC 5880 section 6.8.1).
const unknownMinRx = time.Microsecond

// txInterval is how often to send: as often as wanted, but no more often than the neighbour takes
// (RFC 5880 section 6.8.2). never: the neighbour wants no periodic packets.
func txInterval(minTx, remoteMinRx time.Duration) time.Duration {
	if remoteMinRx == 0 {
		return never
	}
	return max(minTx, remoteMinRx)
}

// detectionTime is how long to wait for a packet: the neighbour's multiplier times what is agreed on
// as its interval (RFC 5880 section 6.8.4).
func detectionTime(remoteMultiplier uint8, minRx, remoteMinTx time.Duration) time.Duration {
	return time.Duration(remoteMultiplier) * max(minRx, remoteMinTx)
}

// jittered shortens an interval at random, so that systems do not fall into step: to 75 to 100 % of
// it, and to 75 to 90 % where one lost packet is enough to bring the session down (RFC 5880 section
// 6.8.7).
func jittered(interval time.Duration, multiplier uint8, random uint64) time.Duration {
	span := interval / 4
	if multiplier == 1 {
		span = interval * 15 / 100
	}
	if span <= 0 {
		return interval
	}
	return interval - interval/4 + time.Duration(random%uint64(span+1))
}

// random is a generator of numbers that are good enough for jitter and discriminators (SplitMix64).
// Who must not guess them is kept out by the seed.
type random uint64

func (r *random) next() uint64 {
	*r += 0x9e3779b97f4a7c15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
