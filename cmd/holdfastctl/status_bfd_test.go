package main

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	bfdspeaker "github.com/holdfast-ha/holdfast/bfd/speaker"
)

func TestStatusShowsSessions(t *testing.T) {
	const none = "No Diagnostic"
	now := time.Unix(1000, 0)
	s := &bfdspeaker.Status{
		Sessions: []bfdspeaker.SessionStatus{
			{
				Name: "peer", Neighbour: netip.MustParseAddr("192.0.2.2"), State: "Up", Diag: none, RemoteDiag: none, Since: now.Add(-time.Minute),
				Discriminator: 0x10, RemoteDiscriminator: 0xda2cff68, TxInterval: 100 * time.Millisecond, RxInterval: 50 * time.Millisecond,
				Detection: 150 * time.Millisecond, Downs: 1,
			},
			{
				Name: "far", Neighbour: netip.MustParseAddr("2001:db8::2"), State: "Down", Diag: "Control Detection Time Expired",
				RemoteDiag: "Administratively Down", Since: now, Discriminator: 0x6c4d109a, TxInterval: time.Second, SendError: "network is unreachable",
			},
		},
		Discarded: map[string]uint64{"TTL too low": 2, "too short": 1},
	}
	var b strings.Builder
	printSessions(&b, s, now)
	want := `
BFD SESSION  NEIGHBOUR    STATE  SINCE  LOCAL       REMOTE      TX     RX    DETECT  DOWN  DIAGNOSTIC
peer         192.0.2.2    Up     1m0s   0x00000010  0xda2cff68  100ms  50ms  150ms   1     -
far          2001:db8::2  Down   0s     0x6c4d109a  -           1s     -     -       0     Control Detection Time Expired, neighbour: Administratively Down
BFD session far cannot send: network is unreachable
BFD packets discarded: 2 (TTL too low), 1 (too short)
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	b.Reset()
	printSessions(&b, nil, now)
	printSessions(&b, &bfdspeaker.Status{}, now)
	if b.Len() != 0 {
		t.Errorf("without sessions: %q", b.String())
	}
}
