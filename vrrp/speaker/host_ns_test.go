package speaker_test

import (
	"strings"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/vlan"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// TestNSLocalGroupsAreNotReportedWhereTheyShallNotBe: with disable_local_igmp a switch hears nothing of
// 224.0.0.18, and the host is as it was after the stop.
func TestNSLocalGroupsAreNotReportedWhereTheyShallNotBe(t *testing.T) {
	t.Parallel()
	lan := vlan.New(t)
	quiet, usual, switched := lan.Host("192.0.2.1/24"), lan.Host("192.0.2.2/24"), lan.Host("192.0.2.9/24")
	seen := watch(t, switched, "tcpdump", "-lnni", vlan.Interface, "-v", "igmp")
	eventually(t, "tcpdump listens", func() bool { return strings.Contains(seen.String(), "listening on") })
	s := settings(instance(51, 150, 100*time.Millisecond, "192.0.2.100/32"))
	s.DisableLocalIGMP = true
	s.Instances[0].PromoteSecondaries = true
	a := start(t, quiet, s, nil)
	eventually(t, "it is MASTER", func() bool { return a.state() == "MASTER" && quiet.Has("192.0.2.100") })
	expectSysctls(t, quiet, "ipv4/igmp_link_local_mcast_reports=0", "ipv4/conf/eth0/promote_secondaries=1")
	start(t, usual, settings(instance(51, 100, 100*time.Millisecond, "192.0.2.100/32")), nil)
	report := func(from string) func() bool {
		return func() bool {
			for _, packet := range strings.Split(seen.String(), "IP (") {
				if strings.Contains(packet, from+" > ") && strings.Contains(packet, "224.0.0.18") {
					return true
				}
			}
			return false
		}
	}
	eventually(t, "the other one reports the group", report("192.0.2.2"))
	if report("192.0.2.1")() {
		t.Errorf("reported although it shall not be:\n%s", seen)
	}
	a.Stop(true)
	expectSysctls(t, quiet, "ipv4/igmp_link_local_mcast_reports=1", "ipv4/conf/eth0/promote_secondaries=0")
}

// TestNSUnknownRoutersAreLoggedWhereAsked and not otherwise, when the kernel keeps their packets from us.
func TestNSUnknownRoutersAreLoggedWhereAsked(t *testing.T) {
	t.Parallel()
	lan := vlan.New(t)
	h1, h2 := lan.Host("192.0.2.1/24"), lan.Host("192.0.2.2/24")
	start(t, h1, settings(instance(52, 150, 100*time.Millisecond, "192.0.2.102/32")), nil)
	s := settings(instance(51, 150, 100*time.Millisecond, "192.0.2.101/32"))
	s.LogUnknownVRIDs = true
	n := start(t, h2, s, nil)
	logged := func(n *node) bool {
		return strings.Contains(n.log(), "Unknown VRID(52) received on interface("+vlan.Interface+")")
	}
	eventually(t, "the other router is logged", func() bool { return logged(n) })
	n.Stop(false)
	s.LogUnknownVRIDs = false
	n = start(t, h2, s, nil)
	sent := func() uint64 { return firstStats(n).AdvertSent }
	eventually(t, "both have spoken for a while", func() bool { return sent() > 5 })
	if logged(n) {
		t.Errorf("logged unasked:\n%s", n.log())
	}
}

// firstStats are those of the first instance.
func firstStats(n *node) speaker.Stats {
	if s := n.Status(); len(s.Instances) > 0 {
		return s.Instances[0].Stats
	}
	return speaker.Stats{}
}
