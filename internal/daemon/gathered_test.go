package daemon

import (
	"fmt"
	"testing"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/ipc"
)

func TestChangesWaitInOneMessageAndNoneIsLostOrTwice(t *testing.T) {
	l := &lvsChild{child: &child{outbox: make(chan message, 2), log: zap.NewNop()}}
	names := func(body any) (list []string) {
		for _, c := range body.([]director.Change) {
			list = append(list, c.VirtualServer)
		}
		return list
	}
	for i := range 3 {
		l.changed(director.Change{VirtualServer: fmt.Sprint(i)})
	}
	if n := len(l.outbox); n != 1 {
		t.Fatalf("three changes wait in %d messages", n)
	}
	m := <-l.outbox
	if got := names(m.take()); m.kind != ipc.Changes || fmt.Sprint(got) != "[0 1 2]" {
		t.Errorf("%v: %v", m.kind, got)
	}
	l.changed(director.Change{VirtualServer: "3"})
	if got := names((<-l.outbox).take()); fmt.Sprint(got) != "[3]" {
		t.Errorf("after these: %v", got)
	}
}

func TestChangesForAParentThatDoesNotReadAreDroppedAndLaterOnesSent(t *testing.T) {
	l := &lvsChild{child: &child{outbox: make(chan message, 1), log: zap.NewNop()}}
	l.tell(ipc.Configured, nil) // the outbox is full
	l.changed(director.Change{VirtualServer: "lost"})
	<-l.outbox
	l.changed(director.Change{VirtualServer: "sent"})
	select {
	case m := <-l.outbox:
		if list := m.take().([]director.Change); len(list) != 1 || list[0].VirtualServer != "sent" {
			t.Errorf("%+v", list)
		}
	default:
		t.Error("once a message was dropped none is sent any more")
	}
}
