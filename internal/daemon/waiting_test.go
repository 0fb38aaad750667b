package daemon

import (
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/holdfast-ha/holdfast/parser/config"
)

// preparing is a parent whose children are processes of their own.
func preparing(t *testing.T) (*parent, *observer.ObservedLogs) {
	t.Helper()
	t.Setenv(testDaemon, "1")
	core, logs := observer.New(zap.WarnLevel)
	p := &parent{options: &Options{}, config: &config.Config{Instances: make([]config.Instance, 1), BFDs: make([]config.BFD, 1)}, log: zap.New(core)}
	p.prepare()
	t.Cleanup(func() {
		for _, child := range p.waiting {
			child.dismiss()
		}
	})
	return p, logs
}

// TestChildrenAreThereBeforeTheFormerDaemonIsEnded: what takes over waits, without a configuration and
// without the pid file, which the former one may still hold.
func TestChildrenAreThereBeforeTheFormerDaemonIsEnded(t *testing.T) {
	p, logs := preparing(t)
	p.awaitChildren()
	if len(p.waiting) != 2 || !p.waiting[VRRP].there || !p.waiting[BFD].there || logs.Len() != 0 {
		t.Fatalf("%d wait: %v", len(p.waiting), logs.All())
	}
	p.awaitChildren() // once is enough
	for _, role := range []Role{VRRP, BFD} {
		child := p.waiting[role]
		delete(p.waiting, role)
		child.conn.Close()
		if err := child.cmd.Wait(); err == nil {
			t.Errorf("the %s process ended well although it was never told anything", role)
		}
	}
}

// TestChildThatDoesNotComeUpIsStartedAnew: it does not keep the others from taking over.
func TestChildThatDoesNotComeUpIsStartedAnew(t *testing.T) {
	p, logs := preparing(t)
	if err := p.waiting[VRRP].cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_, _ = p.waiting[VRRP].cmd.Process.Wait()
	p.awaitChildren()
	if p.waiting[VRRP] != nil && !p.waiting[VRRP].there || p.waiting[BFD] == nil || !p.waiting[BFD].there {
		t.Fatalf("%+v", p.waiting)
	}
	if p.waiting[VRRP] == nil && logs.FilterMessageSnippet("did not come up").Len() != 1 {
		t.Error("nobody was told of it")
	}
}
