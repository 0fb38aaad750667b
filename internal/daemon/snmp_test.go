package daemon

import (
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/internal/agentx"
	"github.com/holdfast-ha/holdfast/internal/mib"
	"github.com/holdfast-ha/holdfast/internal/notify"
	"github.com/holdfast-ha/holdfast/internal/tracking"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// TestLoopThatForgetsTheSNMPViewIsNotHeldUp while one is made, which waits for the loop: a change of VRRP that
// met a request would end all that the parent does.
func TestLoopThatForgetsTheSNMPViewIsNotHeldUp(t *testing.T) {
	p := &parent{
		options: &Options{}, config: &config.Config{}, log: zap.NewNop(), posts: make(chan func()),
		tracker: tracking.New(tracking.Deps{Log: zap.NewNop()}), notifier: notify.NewRunner(zap.NewNop()),
	}
	defer p.tracker.Close()
	defer p.notifier.Stop(0)
	a := &snmpAgent{parent: p, parts: mib.Parts{Keepalived: true}}
	made := make(chan agentx.View, 1)
	go func() { made <- a.View() }()
	for {
		select {
		case f := <-p.posts:
			forgotten := make(chan struct{})
			go func() { defer close(forgotten); a.forget() }()
			select {
			case <-forgotten:
			case <-time.After(30 * time.Second):
				t.Fatal("the loop waits for the view, which waits for the loop")
			}
			f()
		case <-made:
			if a.view != nil {
				t.Error("a view of before a change is kept")
			}
			return
		case <-time.After(30 * time.Second):
			t.Fatal("no view is made")
		}
	}
}
