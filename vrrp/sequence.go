package vrrp

// sequenceEnd is where keepalived's counter of AH packets is spent.
const sequenceEnd = 0xfffffffd

// nextSequence is the sequence number of the next packet to send (RFC 2402 section 3.3.2). There is
// one counter for both directions, so that whoever is MASTER next goes on from the last one's.
func (in *instance) nextSequence() uint32 {
	if in.cfg.Auth != AH {
		return 0
	}
	in.sequence++
	return in.sequence
}

// renewSequence starts again when the numbers are spent, which only a new MASTER may do.
func (in *instance) renewSequence() {
	if in.sequence >= sequenceEnd {
		in.sequence = 0
	}
}

// fresh tells whether a received number is above all before it, and remembers it. A MASTER that
// hears a rival thereby goes on above the rival's numbers, and is believed.
func (in *instance) fresh(sequence uint32) bool {
	if in.cfg.Auth != AH {
		return true
	}
	if sequence <= in.sequence {
		return false
	}
	in.sequence = sequence
	return true
}
