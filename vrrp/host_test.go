package vrrp_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/vrrp"
)

const (
	ms  = time.Millisecond
	sec = time.Second
)

var (
	ownAddr = netip.MustParseAddr("192.0.2.10")
	lowAddr = netip.MustParseAddr("192.0.2.9")
	// highAddr is greater as an unsigned number, and less as text.
	highAddr = netip.MustParseAddr("192.0.2.100")
)

// host drives a Router through time.
type host struct {
	t *testing.T
	r *vrrp.Router
	// now is the time of the last event.
	now time.Duration
}

// v2 is a version 2 instance of priority 100 on eth0, changed by edit.
func v2(edit ...func(*vrrp.Config)) vrrp.Config {
	cfg := vrrp.Config{
		ID: 1, Name: "VI_1", Family: 4, VRID: 51, Version: 2, Priority: 100, AdvertInt: sec, DownTimerAdverts: 3,
		Interfaces: []vrrp.TrackedLink{{Name: "eth0"}}, NeedSource: true,
		GARP: vrrp.GARP{Repeat: 5, LowerPrioRep: 5},
	}
	for _, e := range edit {
		e(&cfg)
	}
	return cfg
}

func v3(edit ...func(*vrrp.Config)) vrrp.Config {
	return v2(append([]func(*vrrp.Config){func(c *vrrp.Config) { c.Version = 3 }}, edit...)...)
}

func priority(p uint8) func(*vrrp.Config)         { return func(c *vrrp.Config) { c.Priority = p } }
func interval(d time.Duration) func(*vrrp.Config) { return func(c *vrrp.Config) { c.AdvertInt = d } }
func startMaster(c *vrrp.Config)                  { c.StartMaster = true }
func noPreempt(c *vrrp.Config)                    { c.NoPreempt = true }
func id(i vrrp.ID, name string) func(*vrrp.Config) {
	return func(c *vrrp.Config) { c.ID, c.Name = i, name }
}

// boot starts a router whose links are up and whose instances have a source.
func boot(t *testing.T, groups []vrrp.GroupConfig, cfgs ...vrrp.Config) *host {
	t.Helper()
	h := &host{t: t, r: vrrp.New(cfgs, groups)}
	h.ready(cfgs...)
	h.do(vrrp.Event{Kind: vrrp.Start})
	return h
}

// ready tells what the shell tells before Start.
func (h *host) ready(cfgs ...vrrp.Config) {
	for _, cfg := range cfgs {
		for _, l := range cfg.Interfaces {
			h.do(vrrp.Event{Kind: vrrp.LinkUp, Link: l.Name})
		}
		h.do(vrrp.Event{Kind: vrrp.SourceGained, Instance: cfg.ID, Source: ownAddr})
	}
}

// master is boot and a wait until all are MASTER.
func master(t *testing.T, cfgs ...vrrp.Config) *host {
	t.Helper()
	h := boot(t, nil, cfgs...)
	h.wait(10 * sec)
	for _, cfg := range cfgs {
		h.is(cfg.ID, vrrp.Master)
	}
	return h
}

func (h *host) do(ev vrrp.Event) []string {
	h.t.Helper()
	return text(h.r.Step(h.now, ev, nil))
}

func text(actions []vrrp.Action) []string {
	out := []string{}
	for _, a := range actions {
		out = append(out, a.String())
	}
	return out
}

// wait lets time pass, deadline by deadline.
func (h *host) wait(d time.Duration) []string {
	h.t.Helper()
	out := []string{}
	end := h.now + d
	for {
		at, ok := h.r.Next()
		if !ok || at > end {
			break
		}
		h.now = max(h.now, at)
		out = append(out, h.do(vrrp.Event{})...)
	}
	h.now = end
	return out
}

// hear is an advertisement for instance 1.
func (h *host) hear(priority uint8, from netip.Addr) []string {
	h.t.Helper()
	return h.hearEvery(priority, from, sec)
}

func (h *host) hearEvery(priority uint8, from netip.Addr, interval time.Duration) []string {
	h.t.Helper()
	return h.do(vrrp.Event{Kind: vrrp.Received, Instance: 1, Advert: vrrp.Advert{Source: from, Priority: priority, Interval: interval}})
}

// due is how far away the next deadline is at which something may happen.
func (h *host) due(want time.Duration) {
	h.t.Helper()
	at, ok := h.r.Awaits()
	if !ok {
		h.t.Fatalf("no deadline, want one in %v", want)
	}
	if at-h.now != want {
		h.t.Errorf("next deadline in %v, want %v", at-h.now, want)
	}
}

func (h *host) is(id vrrp.ID, want vrrp.State) {
	h.t.Helper()
	if got := h.r.State(id); got != want {
		h.t.Errorf("instance %d is %v, want %v", id, got, want)
	}
}

func (h *host) same(got []string, want ...string) {
	h.t.Helper()
	if want == nil {
		want = []string{}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		h.t.Errorf("actions (-want +got)\n%s", diff)
	}
}
