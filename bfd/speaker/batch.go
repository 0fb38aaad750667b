package speaker

import (
	"encoding/binary"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/mmsg"
)

const (
	// batchSize is how many packets are read in one system call.
	batchSize = 32
	// packetSize holds the longest packet: its length is one octet on the wire.
	packetSize = 256
	// controlSize holds a TTL beside a packet.
	controlSize = 64
)

// hops takes the TTL or hop limit (RFC 3542) from the control messages; -1 if the kernel did not tell.
func hops(control []byte) int {
	for kind, value := range mmsg.Messages(control) {
		switch kind {
		case mmsg.Kind{Level: unix.IPPROTO_IP, Type: unix.IP_TTL}, mmsg.Kind{Level: unix.IPPROTO_IPV6, Type: unix.IPV6_HOPLIMIT}:
			if len(value) >= 4 {
				return int(binary.NativeEndian.Uint32(value))
			}
		}
	}
	return -1
}
