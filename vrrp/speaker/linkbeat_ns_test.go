package speaker_test

import (
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/vlan"
)

// TestNSAskedInterfaceIsFollowed: the goroutine that asks comes and goes with the settings.
func TestNSAskedInterfaceIsFollowed(t *testing.T) {
	h := vlan.New(t).Host("192.0.2.1/24")
	s := settings(instance(51, 150, 100*time.Millisecond, "192.0.2.100/32"))
	s.Linkbeat = map[string]string{vlan.Interface: "ETHTOOL", "eth9": ""}
	n := start(t, h, s, nil)
	eventually(t, "MASTER", func() bool { return n.state() == "MASTER" })
	h.Cut()
	eventually(t, "FAULT without a link", func() bool { return n.state() == "FAULT" })
	h.Mend()
	eventually(t, "MASTER with one", func() bool { return n.state() == "MASTER" })
	n.Reload(settings(s.Instances...))
	n.Reload(s)
	n.Stop(true)
}

// TestNSInterfaceThatComesLater: with dynamic_interfaces it need not be there at the start, and may go, come
// back and have another name for a while.
func TestNSInterfaceThatComesLater(t *testing.T) {
	h := vlan.New(t).Host()
	in := instance(51, 150, 100*time.Millisecond, "198.51.100.100/24")
	in.Interface, in.Interfaces[0].Name, in.VIPs[0].Interface = "late0", "late0", "late0"
	in.PromoteSecondaries = true
	n := start(t, h, settings(in), nil)
	defer func() {
		if t.Failed() {
			t.Log(n.log())
		}
	}()
	fault := func() bool { return n.state() == "FAULT" && !h.Has("198.51.100.100") }
	master := func() bool { return n.state() == "MASTER" && h.Has("198.51.100.100") }
	add := func() {
		h.Run("ip", "link", "add", "late0", "type", "veth", "peer", "name", "peer0")
		h.Run("ip", "link", "set", "peer0", "up")
		h.Run("ip", "addr", "add", "198.51.100.1/24", "dev", "late0")
		h.Run("ip", "link", "set", "late0", "up")
	}
	eventually(t, "FAULT without it", fault)
	add()
	eventually(t, "MASTER with it", master)
	expectSysctls(t, h, "ipv4/conf/late0/promote_secondaries=1")
	h.Run("ip", "link", "del", "late0")
	eventually(t, "FAULT when it is deleted", fault)
	add()
	eventually(t, "MASTER when it is added again", master)
	expectSysctls(t, h, "ipv4/conf/late0/promote_secondaries=1")
	h.Run("ip", "link", "set", "late0", "name", "other0")
	eventually(t, "FAULT when it is renamed", func() bool { return n.state() == "FAULT" })
	h.Run("ip", "link", "set", "other0", "name", "late0")
	eventually(t, "MASTER when it has its name again", master)
}
