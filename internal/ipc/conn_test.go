package ipc_test

import (
	"errors"
	"io"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/ipc"
	"github.com/holdfast-ha/holdfast/internal/script"
	"github.com/holdfast-ha/holdfast/lvs"
	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

func pair(t *testing.T) (*ipc.Conn, *ipc.Conn) {
	t.Helper()
	a, b, err := ipc.Pair()
	if err != nil {
		t.Fatal(err)
	}
	left, err := ipc.New(a)
	if err != nil {
		t.Fatal(err)
	}
	right, err := ipc.New(b)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { left.Close(); right.Close() })
	return left, right
}

func TestSettingsSurviveTheWire(t *testing.T) {
	left, right := pair(t)
	want := speaker.Settings{
		Instances: []speaker.Instance{{
			Config: vrrp.Config{ID: 3, Name: "VI_1", Family: 4, VRID: 51, Peers: []vrrp.Peer{{Addr: netip.MustParseAddr("192.0.2.1"), MinTTL: -1, MaxTTL: 255}},
				Addresses: []netip.Addr{netip.MustParseAddr("fe80::1%eth0"), {}}},
			UnicastTTL: -1,
			VIPs:       []speaker.Address{{Prefix: netip.MustParsePrefix("192.0.2.9/32"), Interface: "eth0"}, {}},
		}},
		Groups: []vrrp.GroupConfig{{Name: "G", Members: []vrrp.ID{3}}},
	}
	director := director.Settings{VirtualServers: []director.VirtualServer{{
		VirtualServer: lvs.VirtualServer{Sorry: &lvs.Destination{}},
		QuorumUp:      &script.Command{},
		RealServers:   []director.RealServer{{Checks: []director.Check{{TCP: &director.TCPCheck{}}}}},
	}}}
	go func() {
		left.Send(ipc.Configure, want)
		left.Send(ipc.Configure, director)
	}()
	f, err := right.Receive()
	if err != nil {
		t.Fatal(err)
	}
	var got speaker.Settings
	if err := f.Decode(&got); err != nil {
		t.Fatal(err)
	}
	compare := cmp.Options{cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{}), cmpopts.EquateEmpty()}
	if diff := cmp.Diff(want, got, compare); diff != "" {
		t.Errorf("speaker settings (-sent +received):\n%s", diff)
	}
	if f, err = right.Receive(); err != nil {
		t.Fatal(err)
	}
	got2 := director
	got2.VirtualServers = nil
	if err := f.Decode(&got2); err != nil {
		t.Fatal(err)
	}
	// Pointers to empty structs say that a check or a script is there: they must not become nil.
	if diff := cmp.Diff(director, got2, cmp.Options{cmpopts.EquateComparable(netip.Addr{}, netip.AddrPort{}), cmpopts.EquateEmpty()}); diff != "" {
		t.Errorf("director settings (-sent +received):\n%s", diff)
	}
}

func TestDescriptorsArriveWithTheirFrame(t *testing.T) {
	left, right := pair(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := left.Send(ipc.StatusRequest, uint64(1)); err != nil {
		t.Fatal(err)
	}
	if err := left.Send(ipc.Peer, nil, w, w); err != nil {
		t.Fatal(err)
	}
	if err := left.Send(ipc.StatusRequest, uint64(2)); err != nil {
		t.Fatal(err)
	}
	w.Close()
	for i, files := range []int{0, 2, 0} {
		f, err := right.Receive()
		if err != nil {
			t.Fatal(err)
		}
		if len(f.Files) != files {
			t.Fatalf("frame %d carries %d descriptors, want %d", i, len(f.Files), files)
		}
		for _, file := range f.Files {
			if _, err := file.WriteString("x"); err != nil {
				t.Errorf("write through a passed descriptor: %v", err)
			}
			file.Close()
		}
	}
	got, err := io.ReadAll(r) // ends only when no copy of w is left open
	if err != nil || string(got) != "xx" {
		t.Errorf("read %q, %v through the pipe; want \"xx\"", got, err)
	}
}

func TestManyWritersDoNotMixTheirFrames(t *testing.T) {
	left, right := pair(t)
	const writers, frames = 8, 50
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			body := strings.Repeat(string(rune('a'+w)), 20000)
			for range frames {
				if err := left.Send(ipc.Changes, body); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range writers * frames {
		f, err := right.Receive()
		if err != nil {
			t.Fatal(err)
		}
		var s string
		if err := f.Decode(&s); err != nil {
			t.Fatal(err)
		}
		if len(s) != 20000 || strings.Trim(s, s[:1]) != "" {
			t.Fatal("a frame holds octets of another one")
		}
	}
	wg.Wait()
}

func TestClosedPeerIsEOF(t *testing.T) {
	left, right := pair(t)
	left.Close()
	if _, err := right.Receive(); err != io.EOF {
		t.Errorf("Receive from a closed peer = %v, want io.EOF", err)
	}
}

func TestHalfAFrameIsAnError(t *testing.T) {
	a, b, err := ipc.Pair()
	if err != nil {
		t.Fatal(err)
	}
	right, err := ipc.New(b)
	if err != nil {
		t.Fatal(err)
	}
	defer right.Close()
	a.Write([]byte{100, 0, 0, 0, 1, 0, 0, 0, 'x'})
	a.Close()
	if _, err := right.Receive(); err == nil || errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("Receive of half a frame = %v, want io.ErrUnexpectedEOF", err)
	}
}

func TestOversizedFrameIsRefused(t *testing.T) {
	a, b, err := ipc.Pair()
	if err != nil {
		t.Fatal(err)
	}
	right, err := ipc.New(b)
	if err != nil {
		t.Fatal(err)
	}
	defer right.Close()
	a.Write([]byte{0, 0, 0, 0xff, 1, 0, 0, 0})
	if _, err := right.Receive(); err == nil || !strings.Contains(err.Error(), "a frame of") {
		t.Errorf("Receive of a frame of 4 GB = %v, want a refusal", err)
	}
	a.Close()
}
