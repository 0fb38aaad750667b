package main

import (
	"bytes"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/lvs"
)

// orderTaker is a daemon that takes orders: the answers one after the other, the last one for good.
type orderTaker struct {
	mu      sync.Mutex
	orders  []director.Order
	answers []director.Ordered
}

func (d *orderTaker) handle(r control.Request) control.Reply {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r.Order == nil {
		return control.Reply{Error: "no order"}
	}
	d.orders = append(d.orders, *r.Order)
	a := d.answers[0]
	if len(d.answers) > 1 {
		d.answers = d.answers[1:]
	}
	return control.Reply{Ordered: &a}
}

func standing(change ...func(*director.Ordered)) director.Ordered {
	o := director.Ordered{VirtualServer: "[192.0.2.1]:tcp:80", Active: true, Quorum: true,
		RealServer: director.RealServerStatus{Label: "10.0.0.1:80", Up: true, Weight: 3, Configured: 3}}
	for _, f := range change {
		f(&o)
	}
	return o
}

func isDrained(o *director.Ordered) { o.RealServer.Drained, o.RealServer.Weight = true, 0 }

func has(active, inactive uint32) func(*director.Ordered) {
	return func(o *director.Ordered) {
		o.Connections = lvs.Connections{Active: active, Inactive: inactive, Persistent: 5}
	}
}

func TestOrdersAreSaidAndAnswered(t *testing.T) {
	target := []string{"192.0.2.1:80", "10.0.0.1"}
	tests := []struct {
		name     string
		args     []string
		answers  []director.Ordered
		order    director.Order // the first one
		code     int
		out, err string
	}{
		{"drain", []string{"drain"}, []director.Ordered{standing(isDrained, has(1, 2))}, director.Order{Kind: director.Drain}, exitOK,
			"10.0.0.1:80 is drained: no new connections; it has 3 connections (1 active, 2 inactive)\n", ""},
		{"wait for active and inactive ones, not for persistence", []string{"drain", "--wait"},
			[]director.Ordered{standing(isDrained, has(1, 1)), standing(isDrained, has(0, 1)), standing(isDrained, has(0, 0))}, director.Order{Kind: director.Drain}, exitOK,
			"10.0.0.1:80 is drained: no new connections; it has 2 connections (1 active, 1 inactive)\n10.0.0.1:80 has no connections left\n", ""},
		{"wait in vain", []string{"drain", "--wait", "--timeout=10ms"}, []director.Ordered{standing(isDrained, has(1, 0))}, director.Order{Kind: director.Drain}, exitProblems,
			"10.0.0.1:80 is drained: no new connections; it has 1 connection (1 active, 0 inactive)\n", "holdfastctl: after 10ms it has 1 connection (1 active, 0 inactive); 10.0.0.1:80 stays drained\n"},
		{"undrained by somebody else", []string{"drain", "--wait"}, []director.Ordered{standing(isDrained, has(1, 0)), standing(has(1, 0))}, director.Order{Kind: director.Drain}, exitFailed,
			"10.0.0.1:80 is drained: no new connections; it has 1 connection (1 active, 0 inactive)\n", "holdfastctl: 10.0.0.1:80 was undrained meanwhile\n"},
		{"undrain", []string{"undrain"}, []director.Ordered{standing()}, director.Order{Kind: director.Undrain}, exitOK, "10.0.0.1:80 is not drained: weight 3\n", ""},
		{"weight 0 is a weight", []string{"weight", "0"}, []director.Ordered{standing(func(o *director.Ordered) { o.RealServer.HasOverride, o.RealServer.Weight = true, 0 })},
			director.Order{Kind: director.SetWeight}, exitOK, "10.0.0.1:80: weight 0 by command (configured: 3)\n", ""},
		{"weight behind drain", []string{"weight", "7"}, []director.Ordered{standing(isDrained, func(o *director.Ordered) { o.RealServer.HasOverride, o.RealServer.Override = true, 7 })},
			director.Order{Kind: director.SetWeight, Weight: 7}, exitOK, "10.0.0.1:80: weight 0, drained by command, weight 7 by command (configured: 3)\n", ""},
		{"clear", []string{"weight", "--clear"}, []director.Ordered{standing()}, director.Order{Kind: director.ClearWeight}, exitOK, "10.0.0.1:80: weight 3\n", ""},
		{"what may surprise is said", []string{"drain"}, []director.Ordered{standing(isDrained, func(o *director.Ordered) {
			o.Active, o.Why, o.Quorum, o.Sorry, o.RealServer.Up = false, "follows VI_1, which is not MASTER", false, true, false
		})}, director.Order{Kind: director.Drain}, exitOK,
			"10.0.0.1:80 is drained: no new connections; it has no connections\nNote: 10.0.0.1:80 is down: its checks decide when it is back\n" +
				"Note: [192.0.2.1]:tcp:80 is not active on this router (follows VI_1, which is not MASTER): say it on the one that is MASTER as well\n" +
				"Note: [192.0.2.1]:tcp:80 has no quorum: the sorry server has taken over\n", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := &orderTaker{answers: tt.answers}
			socket := filepath.Join(t.TempDir(), "s")
			s, err := control.Listen(socket, d.handle)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			var out, errs bytes.Buffer
			args := append([]string{tt.args[0], "--socket=" + socket}, target...)
			code := run(append(args, tt.args[1:]...), output{&out, &errs})
			if code != tt.code || out.String() != tt.out || errs.String() != tt.err {
				t.Errorf("status %d, want %d; %s%s", code, tt.code, cmp.Diff(tt.out, out.String()), cmp.Diff(tt.err, errs.String()))
			}
			tt.order.VirtualServer, tt.order.RealServer = target[0], target[1]
			if d.orders[0] != tt.order {
				t.Errorf("ordered %+v, want %+v", d.orders[0], tt.order)
			}
			for _, o := range d.orders[1:] {
				if o.Kind != director.Look {
					t.Errorf("then ordered %+v", o)
				}
			}
		})
	}
}

func TestNamesListsWhatRuns(t *testing.T) {
	status := control.Status{LVS: &director.Status{VirtualServers: []director.VirtualServerStatus{
		{Label: "192.0.2.1:80/tcp", RealServers: []director.RealServerStatus{{Label: "10.0.0.1:80"}, {Label: "10.0.0.2:80"}}},
		{Label: "fwmark:4"},
	}}}
	socket := filepath.Join(t.TempDir(), "s")
	s, err := control.Listen(socket, func(control.Request) control.Reply { return control.Reply{Status: &status} })
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, tt := range []struct {
		args []string
		want string
	}{
		{nil, "192.0.2.1:80/tcp\nfwmark:4\n"},
		{[]string{"192.0.2.1:80/tcp"}, "10.0.0.1:80\n10.0.0.2:80\n"},
		{[]string{"192.0.2.1:80"}, "10.0.0.1:80\n10.0.0.2:80\n"},
		{[]string{"192.0.2.1:80", "10.0.0.1:80"}, ""},
		{[]string{"nothing"}, ""},
	} {
		var out, errs bytes.Buffer
		if code := run(append([]string{"names", "--socket=" + socket}, tt.args...), output{&out, &errs}); code != exitOK || out.String() != tt.want {
			t.Errorf("names %v: status %d, %q, %q", tt.args, code, out.String(), errs.String())
		}
	}
}
