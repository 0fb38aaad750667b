package wiring_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/bfd"
	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/parser/config"
)

func TestSessionBecomesSettings(t *testing.T) {
	c := &config.Config{BFDs: []config.BFD{{
		Name: "peer", Source: addr("2001:db8::1"), Neighbour: addr("2001:db8::2"),
		MinRx: 20 * time.Millisecond, MinTx: 30 * time.Millisecond, IdleTx: 2 * time.Second, Multiplier: 255,
		Passive: true, MultiHop: true, TTL: 64, MaxHops: 255, Weight: 5, VRRP: true,
	}}}
	want := []bfd.Config{{
		Name: "peer", Local: addr("2001:db8::1"), Remote: addr("2001:db8::2"),
		MinRx: 20 * time.Millisecond, MinTx: 30 * time.Millisecond, IdleTx: 2 * time.Second, Multiplier: 255,
		Passive: true, Multihop: true, TTL: 64, MaxHops: 255,
	}}
	if diff := cmp.Diff(want, wiring.BFD(c).Sessions, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
}

func TestCheckThatFollowsASessionHasNoRetries(t *testing.T) {
	c := &config.Config{VirtualServers: []config.VirtualServer{{RealServers: []config.RealServer{
		{Checkers: []config.Checker{{Type: "BFD_CHECK", BFD: "peer", Alpha: true, Retry: 3}}},
	}}}}
	k := wiring.Director(c, wiring.Options{}).VirtualServers[0].RealServers[0].Checks[0]
	if k.Session != "peer" || !k.Alpha || k.Retry != 0 || k.Unsupported {
		t.Errorf("%+v", k)
	}
}
