package vrrp_test

import (
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/vrrp"
)

// TestHeldUpMasterStepsBackWhereAsked: with timer_expired_backup a MASTER that was held up for so long that
// another router has taken over does not dispute that. The other's skew time counts.
func TestHeldUpMasterStepsBackWhereAsked(t *testing.T) {
	late := func(p uint8) func(*vrrp.Config) {
		return func(c *vrrp.Config) { c.NoPreempt, c.LatePriority = true, p }
	}
	for _, tt := range []struct {
		name string
		edit func(*vrrp.Config)
		late time.Duration
		want vrrp.State
	}{
		{"not asked for", noPreempt, time.Minute, vrrp.Master},
		{"within the others' patience", late(128), 2500 * ms, vrrp.Master},
		{"beyond it", late(128), 2501 * ms, vrrp.Backup},
		{"the others are of higher priority", late(254), 2100 * ms, vrrp.Backup},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := master(t, v2(tt.edit))
			at, _ := h.r.Next()
			h.now = at + tt.late
			h.do(vrrp.Event{})
			h.is(1, tt.want)
		})
	}
}

func TestHeldUpMasterTakesTheOthersAdvertForTheMasters(t *testing.T) {
	cfg := v2(func(c *vrrp.Config) { c.NoPreempt, c.LatePriority = true, 254 })
	h := master(t, cfg)
	at, _ := h.r.Next()
	h.now = at + time.Minute
	h.same(h.hear(50, lowAddr), "1 leave master", "1 MASTER->BACKUP: held up for longer than others wait")
	h.is(1, vrrp.Backup)
	// It comes back only when the other is silent.
	h.due(cfg.AdvertInt*3 + 156*sec/256)
}

func TestHeldUpMasterTakesItsGroupBack(t *testing.T) {
	one, two := v2(func(c *vrrp.Config) { c.NoPreempt, c.LatePriority = true, 254 }), v2(noPreempt, id(2, "VI_2"))
	h := boot(t, []vrrp.GroupConfig{{Name: "G", Members: []vrrp.ID{1, 2}}}, one, two)
	h.wait(10 * sec)
	h.is(1, vrrp.Master)
	at, _ := h.r.Next()
	h.now = at + time.Minute
	h.do(vrrp.Event{})
	h.is(1, vrrp.Backup)
	h.is(2, vrrp.Backup)
}
