package speaker

import (
	"bytes"
	"net/netip"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/packet"
)

// signedInstance is an instance with auth_hmac and two unicast peers, if any.
func signedInstance(peers ...string) Instance {
	in := testInstance(7, "192.0.2.100/32")
	in.AdvertInt = time.Hour // nothing happens by itself
	in.HMAC = &vrrp.HMAC{Keys: []vrrp.HMACKey{{ID: 3, Secret: bytes.Repeat([]byte{9}, 32)}}, Active: 3, Window: 5 * time.Second}
	for _, p := range peers {
		in.Unicast = true
		in.Peers = append(in.Peers, vrrp.Peer{Addr: netip.MustParseAddr(p), MinTTL: -1, MaxTTL: -1})
	}
	return in
}

// sent sends an advertisement and returns what went out, a packet for each destination.
func (l *loop) sent(id vrrp.ID) [][]byte {
	l.execute([]vrrp.Action{{Kind: vrrp.SendAdvert, Instance: id, Priority: 200}})
	var all [][]byte
	for _, b := range l.members[id].octets {
		all = append(all, bytes.Clone(b))
	}
	return all
}

func TestSignedAdvertIsOnePacketThatAPeerBelieves(t *testing.T) {
	in := signedInstance()
	l, _ := testLoop(t, &Settings{Instances: []Instance{in}})
	b := l.sent(7)[0]
	meta, message, err := packet.Split(b)
	if err != nil || len(message) != packet.Len(3, false, 1)+packet.LenTrailer || len(b) != packet.LenIPv4+len(message) {
		t.Fatalf("%d octets, %v", len(b), err)
	}
	meta.Wall = time.Duration(time.Now().UnixNano())
	peer := vrrp.New([]vrrp.Config{in.Config}, nil)
	if v := peer.Examine(7, &meta, message); !v.Accept || v.Advert.Priority != 200 {
		t.Errorf("%+v", v)
	}
	if v := peer.Examine(7, &meta, message); v.Counter != vrrp.AuthExtReplay {
		t.Errorf("again: %+v", v)
	}
}

func TestCopiesToUnicastPeersHaveOneTrailer(t *testing.T) {
	l, _ := testLoop(t, &Settings{Instances: []Instance{signedInstance("192.0.2.2", "192.0.2.3")}})
	first := l.sent(7)
	second := l.sent(7)
	tail := func(b []byte) []byte { return b[len(b)-packet.LenTrailer:] }
	if len(first) != 2 || !bytes.Equal(tail(first[0]), tail(first[1])) {
		t.Errorf("%x", first)
	}
	if bytes.Equal(tail(first[0]), tail(second[0])) {
		t.Error("two advertisements have one trailer")
	}
}

func TestTwoSignedAdvertsOfOneStepAreTwo(t *testing.T) {
	l, w := testLoop(t, &Settings{Instances: []Instance{signedInstance()}})
	before := w.sent
	a := vrrp.Action{Kind: vrrp.SendAdvert, Instance: 7, Priority: 200}
	l.execute([]vrrp.Action{a, a})
	if w.sent != before+2 {
		t.Errorf("%d sent", w.sent-before)
	}
}

func TestBadTrailersAreCountedByTheirKind(t *testing.T) {
	in := signedInstance()
	l, w := testLoop(t, &Settings{Instances: []Instance{in}})
	other := in
	other.HMAC = &vrrp.HMAC{Keys: []vrrp.HMACKey{{ID: 3, Secret: bytes.Repeat([]byte{8}, 32)}}, Active: 3, Window: 5 * time.Second}
	forger, _ := testLoop(t, &Settings{Instances: []Instance{other}})
	hear := func(b []byte) Stats {
		w.packet, w.left = b, 1
		l.read(l.station1())
		return l.status().Instances[0].Stats
	}
	if s := hear(advert(&in, 200, nil)); s.AuthExtMissing != 1 {
		t.Errorf("unsigned: %+v", s)
	}
	if s := hear(forger.sent(7)[0]); s.AuthExtInvalid != 1 {
		t.Errorf("forged: %+v", s)
	}
	if s := l.status().Instances[0].Stats; s.AdvertReceived != 0 {
		t.Errorf("%+v", s)
	}
	signer, _ := testLoop(t, &Settings{Instances: []Instance{in}})
	b := signer.sent(7)[0]
	hear(b)
	if s := hear(b); s.AuthExtReplay != 1 || s.AdvertReceived != 1 {
		t.Errorf("played twice: %+v", s)
	}
}

func TestNoAllocationPerSignedAdvertisement(t *testing.T) {
	l, w := testLoop(t, &Settings{Instances: []Instance{signedInstance("192.0.2.2", "192.0.2.3")}})
	actions := []vrrp.Action{{Kind: vrrp.SendAdvert, Instance: 7, Priority: 200}}
	before := w.sent
	if n := testing.AllocsPerRun(100, func() { l.execute(actions) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if w.sent-before < 200 {
		t.Errorf("nothing was measured: %d sent", w.sent-before)
	}
}
