package datafile_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	bfdspeaker "github.com/holdfast-ha/holdfast/bfd/speaker"
	"github.com/holdfast-ha/holdfast/internal/datafile"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// What keepalived 2.2.7 writes of a session that is up, of one that is passive and has heard nothing,
// and of one over IPv6 that has expired, less its descriptors and threads.
const sessionsOfKeepalived = `------< BFD Data >------
------< BFD Topology >------
 BFD Instance = peer
   Neighbor IP = 10.9.0.2
   Source IP = 10.9.0.1
   Required min RX interval = 100500 us
   Desired min TX interval = 100000 us
   Desired idle TX interval = 1000000 us
   Detection multiplier = 3
   TTL = 255
   max_hops = 0
   passive = false
   send event to VRRP process = Yes
   send event to checker process = Yes
   send error = false
   local state = Up
   remote state = Up
   local discriminator = 0x6c4d109a
   remote discriminator = 0xda2cff68
   local diag = No Diagnostic
   remote diag = No Diagnostic
   remote min tx intv = 100000 us
   remote min rx intv = 100000 us
   local demand = 0
   remote demand = 0
   remote detect multiplier = 3
   !poll, !final
   local tx intv = 100000 us
   remote tx intv = 100000 us
   local detection time = 300000 us
   remote detection time = 300000 us
   last seen = 1795649099.499996 (Wed Nov 25 23:24:59 2026.499996)
 BFD Instance = silent
   Neighbor IP = fd09::2
   Required min RX interval = 10000 us
   Desired min TX interval = 10000 us
   Desired idle TX interval = 1000000 us
   Detection multiplier = 5
   hoplimit = 200
   max_hops = 2
   passive = true
   send event to VRRP process = No
   send event to checker process = Yes
   send error = true
   local state = Down
   remote state = Down
   local discriminator = 0xd75f5d56
   remote discriminator = 0x0
   local diag = Control Detection Time Expired
   remote diag = No Diagnostic
   remote min tx intv = 0 us
   remote min rx intv = 0 us
   local demand = 0
   remote demand = 0
   remote detect multiplier = 0
   !poll, !final
   local tx intv = 1000000 us
   remote tx intv = 0 us
   local detection time = 0 us
   remote detection time = 0 us
   last_seen = [never]
`

func TestSessionsAreWrittenAsByKeepalived(t *testing.T) {
	const ms = time.Millisecond
	addr := netip.MustParseAddr
	c := &config.Config{BFDs: []config.BFD{
		{
			Name: "peer", Neighbour: addr("10.9.0.2"), Source: addr("10.9.0.1"), MinRx: 100*ms + 500*time.Microsecond, MinTx: 100 * ms,
			IdleTx: time.Second, Multiplier: 3, TTL: 255, VRRP: true, Checker: true,
		},
		{
			Name: "silent", Neighbour: addr("fd09::2"), MinRx: 10 * ms, MinTx: 10 * ms, IdleTx: time.Second, Multiplier: 5,
			TTL: 200, MaxHops: 2, Passive: true, Checker: true,
		},
	}}
	const none = "No Diagnostic"
	s := &bfdspeaker.Status{Sessions: []bfdspeaker.SessionStatus{
		{
			Name: "silent", State: "Down", RemoteState: "Down", Diag: "Control Detection Time Expired", RemoteDiag: none,
			Discriminator: 0xd75f5d56, TxInterval: time.Second, SendError: "network is unreachable",
		},
		{
			Name: "peer", State: "Up", RemoteState: "Up", Diag: none, RemoteDiag: none, Discriminator: 0x6c4d109a, RemoteDiscriminator: 0xda2cff68,
			RemoteMinTx: 100 * ms, RemoteMinRx: 100 * ms, RemoteMultiplier: 3, TxInterval: 100 * ms, RxInterval: 100 * ms,
			Detection: 300 * ms, RemoteDetection: 300 * ms, LastSeen: time.Unix(1795649099, 499996000).UTC(),
		},
	}}
	var w datafile.Writer
	datafile.BFD(&w, c, s)
	if diff := cmp.Diff(sessionsOfKeepalived, w.String()); diff != "" {
		t.Errorf("(-keepalived +ours):\n%s", diff)
	}
}
