package wiring_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/mail"
	"github.com/holdfast-ha/holdfast/internal/notify"
	"github.com/holdfast-ha/holdfast/internal/script"
	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/parser/config"
)

func TestFIFOsOfOnePathAreOne(t *testing.T) {
	reader := func(name string) *config.Script { return &config.Script{Args: []string{name}, UID: 7} }
	ready := func(name string) *script.Command { return &script.Command{Args: []string{name}, UID: 7} }
	fifo := func(path string, s *config.Script) config.FIFO {
		return config.FIFO{Path: path, UID: 1, GID: 2, Script: s}
	}
	vrrp, lvs := []config.Instance{{Name: "A"}}, []config.VirtualServer{{}}
	for _, tt := range []struct {
		name string
		c    config.Config
		want []notify.FIFO
	}{
		{"three", config.Config{Instances: vrrp, VirtualServers: lvs, Global: config.Global{
			NotifyFIFO: fifo("/a", nil), VRRPNotifyFIFO: fifo("/v", reader("r")), LVSNotifyFIFO: fifo("/l", nil)}},
			[]notify.FIFO{{Path: "/a", UID: 1, GID: 2, VRRP: true, LVS: true}, {Path: "/v", UID: 1, GID: 2, VRRP: true, Reader: ready("r")}, {Path: "/l", UID: 1, GID: 2, LVS: true}}},
		{"one for VRRP and LVS, the reader of VRRP", config.Config{Instances: vrrp, VirtualServers: lvs, Global: config.Global{
			VRRPNotifyFIFO: fifo("/x", reader("v")), LVSNotifyFIFO: fifo("/x", reader("l"))}},
			[]notify.FIFO{{Path: "/x", UID: 1, GID: 2, VRRP: true, LVS: true, Reader: ready("v")}}},
		{"each line once", config.Config{Instances: vrrp, Global: config.Global{NotifyFIFO: fifo("/x", nil), VRRPNotifyFIFO: fifo("/x", reader("v"))}},
			[]notify.FIFO{{Path: "/x", UID: 1, GID: 2, VRRP: true, Reader: ready("v")}}},
		{"nothing to tell", config.Config{Global: config.Global{NotifyFIFO: fifo("/a", nil)}}, nil},
		{"no VRRP", config.Config{VirtualServers: lvs, Global: config.Global{NotifyFIFO: fifo("/a", nil), VRRPNotifyFIFO: fifo("/v", nil)}},
			[]notify.FIFO{{Path: "/a", UID: 1, GID: 2, LVS: true}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, wiring.Notify(&tt.c, "host", wiring.Options{}).FIFOs); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheHostStandsInForWhatMailsLack(t *testing.T) {
	bare := config.Global{SMTPServer: "192.0.2.25", SMTPPort: 25, EmailTo: []string{"a@x.example"}}
	full := bare
	full.EmailFrom, full.SMTPHelo, full.SMTPTimeout = "d@x.example", "d.x.example", 9*time.Second
	for _, tt := range []struct {
		name   string
		global config.Global
		want   mail.Settings
	}{
		{"bare", bare, mail.Settings{Server: "192.0.2.25", Port: 25, Helo: "lb1", From: "root@lb1", To: []string{"a@x.example"}, Timeout: time.Second}},
		{"full", full, mail.Settings{Server: "192.0.2.25", Port: 25, Helo: "d.x.example", From: "d@x.example", To: []string{"a@x.example"}, Timeout: 9 * time.Second}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, wiring.Notify(&config.Config{Global: tt.global}, "lb1", wiring.Options{}).Mail); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
