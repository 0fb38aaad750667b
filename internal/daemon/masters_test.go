package daemon

import (
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/ipc"
)

// peer connects a masterSender to a connection that the test reads.
func peer(t *testing.T, m *masterSender) *ipc.Conn {
	t.Helper()
	a, b, err := ipc.Pair()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := ipc.New(b)
	if err != nil {
		t.Fatal(err)
	}
	m.attach(ipc.Frame{Kind: ipc.Peer, Files: []*os.File{a}})
	t.Cleanup(func() { conn.Close() })
	return conn
}

func receiveSet(t *testing.T, c *ipc.Conn) ipc.MasterSet {
	t.Helper()
	f, err := c.Receive()
	if err != nil {
		t.Fatal(err)
	}
	var s ipc.MasterSet
	if err := f.Decode(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

func closed(t *testing.T, c <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(limit):
		t.Fatalf("%s is not told that the kernel agrees", what)
	}
}

func open(t *testing.T, c <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-c:
		t.Errorf("%s is told that the kernel agrees before it does", what)
	default:
	}
}

func TestMastersWaitForTheAcknowledgementOfTheirSet(t *testing.T) {
	m := newMasterSender(true)
	defer m.close()
	c := peer(t, m)
	first := m.Masters([]string{"A"}, []string{"G"})
	if diff := cmp.Diff(ipc.MasterSet{Number: 1, Instances: []string{"A"}, Groups: []string{"G"}}, receiveSet(t, c)); diff != "" {
		t.Errorf("set (-want +got):\n%s", diff)
	}
	second := m.Masters([]string{"A", "B"}, nil)
	if s := receiveSet(t, c); s.Number != 2 {
		t.Errorf("set %d, want 2", s.Number)
	}
	if err := c.Send(ipc.Ack, uint64(1)); err != nil {
		t.Fatal(err)
	}
	closed(t, first, "the first caller")
	open(t, second, "the second caller")
	third := m.Masters(nil, nil)
	receiveSet(t, c)
	if err := c.Send(ipc.Ack, uint64(3)); err != nil {
		t.Fatal(err)
	}
	closed(t, second, "the second caller, whose set was overtaken,")
	closed(t, third, "the third caller")
}

func TestNewPeerIsToldTheNewestSet(t *testing.T) {
	m := newMasterSender(true)
	defer m.close()
	m.Masters([]string{"A"}, nil)
	waiting := m.Masters([]string{"A", "B"}, nil) // before there is any peer
	first := peer(t, m)
	if s := receiveSet(t, first); s.Number != 2 {
		t.Errorf("the first peer is told set %d, want the newest alone", s.Number)
	}
	first.Close() // it dies without an answer
	second := peer(t, m)
	if s := receiveSet(t, second); s.Number != 2 || len(s.Instances) != 2 {
		t.Errorf("the successor is told %+v, want the newest set", s)
	}
	if err := second.Send(ipc.Ack, uint64(2)); err != nil {
		t.Fatal(err)
	}
	closed(t, waiting, "a caller from before the restart")
}

func TestNobodyWaitsWithoutAnLVSProcess(t *testing.T) {
	m := newMasterSender(false)
	closed(t, m.Masters([]string{"A"}, nil), "the caller")
	m.expect(true)
	waiting := m.Masters(nil, nil)
	open(t, waiting, "the caller")
	m.expect(false)
	closed(t, waiting, "a caller who waited for a process that is not configured any more")
}

func TestMastersDoNotWaitForAPeerThatDoesNotRead(t *testing.T) {
	m := newMasterSender(true)
	defer m.close()
	c := peer(t, m)
	names := make([]string, 1000)
	for i := range names {
		names[i] = "an instance with a name that is long enough to fill the socket soon"
	}
	for range 1000 { // 67 MB in all: the test hangs here if Masters writes itself
		m.Masters(names, nil)
	}
	for last := uint64(0); last < 1000; {
		s := receiveSet(t, c)
		if s.Number <= last {
			t.Fatalf("set %d after %d", s.Number, last)
		}
		last = s.Number
	}
}
