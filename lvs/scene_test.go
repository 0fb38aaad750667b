package lvs_test

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/lvs"
	"github.com/holdfast-ha/holdfast/lvs/lvstest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// scene plays events on a core with a fake kernel behind it and writes down what happens: the
// event, its changes, the operations, and on request the table.
type scene struct {
	t      *testing.T
	core   *lvs.Director
	kernel *lvstest.Kernel
	text   strings.Builder
}

func newScene(t *testing.T, servers ...lvs.VirtualServer) *scene {
	return &scene{t: t, core: lvs.NewDirector(servers), kernel: &lvstest.Kernel{}}
}

func (s *scene) start() { s.do("start", lvs.Event{Kind: lvs.Started}) }

// adopt is a start over a table that somebody left.
func (s *scene) adopt(ops ...lvs.Operation) {
	s.kernel.Change(ops...)
	fmt.Fprintf(&s.text, "== found\n%s", s.kernel)
	table, _ := s.kernel.Read(nil)
	s.core.Step(lvs.Event{Kind: lvs.Adopted, Table: table})
	s.start()
}

func (s *scene) check(server string, real lvs.DestinationKey, up bool) {
	s.verdict(lvs.Event{Check: lvs.CheckID{Server: server, Real: real}, Up: up})
}

func (s *scene) verdict(e lvs.Event) {
	e.Kind = lvs.Checked
	name := fmt.Sprintf("%s of %s: up %v", e.Check.Real, e.Check.Server, e.Up)
	if e.HasWeight {
		name += fmt.Sprintf(" weight %d", e.Weight)
	}
	s.do(name, e)
}

func (s *scene) masters(instances ...string) {
	s.do("masters "+strings.Join(instances, " "), lvs.Event{Kind: lvs.MastersChanged, Instances: instances})
}

func (s *scene) reload(servers ...lvs.VirtualServer) {
	s.do("reload", lvs.Event{Kind: lvs.Reloaded, Servers: servers})
}

// order gives a real server of web an order; none of them clears what was ordered.
func (s *scene) order(real lvs.DestinationKey, order ...func(*lvs.Override)) {
	o := lvs.Override{Server: web, Real: real}
	for _, f := range order {
		f(&o)
	}
	name := fmt.Sprintf("order for %s: drained %v", real, o.Drained)
	if o.HasWeight {
		name += fmt.Sprintf(" weight %d", o.Weight)
	}
	s.do(name, lvs.Event{Kind: lvs.Overridden, Override: o})
}

func drained(o *lvs.Override) { o.Drained = true }
func ordered(weight uint32) func(*lvs.Override) {
	return func(o *lvs.Override) { o.HasWeight, o.Weight = true, weight }
}

func (s *scene) do(name string, e lvs.Event) {
	s.t.Helper()
	fmt.Fprintf(&s.text, "== %s\n", name)
	for _, c := range s.core.Step(e) {
		s.text.WriteString(describe(c))
	}
	s.core.Dirty()
	have, _ := s.kernel.Read(nil)
	ops := lvs.Diff(have, s.core.Table(), s.core.Owned)
	s.kernel.Apply(ops)
	s.text.WriteString(lvstest.Lines(ops))
	have, _ = s.kernel.Read(nil)
	if again := lvs.Diff(have, s.core.Table(), s.core.Owned); len(again) != 0 {
		s.t.Errorf("%s: after applying the difference there still is one:\n%s", name, lvstest.Lines(again))
	}
}

func (s *scene) table() { fmt.Fprintf(&s.text, "-- table\n%s", s.kernel) }

func describe(c lvs.Change) string {
	words := []string{"#", c.Kind.String() + ":", c.Server}
	if c.Name != "" {
		words = append(words, c.Name)
	}
	switch c.Kind {
	case lvs.QuorumGained, lvs.QuorumLost:
		words = append(words, fmt.Sprintf("weight %d quorum %d hysteresis %d", c.Weight, c.Quorum, c.Hysteresis))
	case lvs.WeightChanged:
		words = append(words, fmt.Sprintf("from %d to %d", c.From, c.To))
	}
	for word, set := range map[string]bool{"initial": c.Initial, "removed": c.Removed} {
		if set {
			words = append(words, "("+word+")")
		}
	}
	return strings.Join(words, " ") + "\n"
}

// golden compares what was written down with testdata/NAME.golden.
func (s *scene) golden() {
	s.t.Helper()
	path := filepath.Join("testdata", strings.ReplaceAll(s.t.Name(), "/", "_")+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(s.text.String()), 0o644); err != nil {
			s.t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		s.t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), s.text.String()); diff != "" {
		s.t.Errorf("scene differs from %s (-want +got):\n%s", path, diff)
	}
}

// real and its relatives build configurations in few words.
func key(n int) lvs.DestinationKey {
	return lvs.DestinationKey{Addr: netip.AddrFrom4([4]byte{10, 0, byte(n >> 8), byte(n)}), Port: 80}
}

func realServer(n int, change ...func(*lvs.RealServer)) lvs.RealServer {
	r := lvs.RealServer{
		Name:        fmt.Sprintf("[%s]:tcp:80", key(n).Addr),
		Destination: lvs.Destination{DestinationKey: key(n), Forward: lvs.Direct, Weight: 1},
		Checked:     true,
	}
	for _, f := range change {
		f(&r)
	}
	return r
}

func weight(w uint32) func(*lvs.RealServer) {
	return func(r *lvs.RealServer) { r.Destination.Weight = w }
}
func inhibit(r *lvs.RealServer)   { r.Inhibit = true }
func alpha(r *lvs.RealServer)     { r.Alpha = true }
func unchecked(r *lvs.RealServer) { r.Checked = false }
func checks(list ...lvs.CheckConfig) func(*lvs.RealServer) {
	return func(r *lvs.RealServer) { r.Checks = list }
}

func service(n int) lvs.Service {
	return lvs.Service{
		ServiceKey: lvs.ServiceKey{Addr: netip.AddrFrom4([4]byte{192, 0, byte(n >> 8), byte(n)}), Port: 80, Protocol: lvs.TCP, Family: 4},
		Scheduler:  "wrr",
	}
}

const web = "[192.0.0.1]:tcp:80"

func virtualServer(real ...lvs.RealServer) lvs.VirtualServer {
	return lvs.VirtualServer{Name: web, Services: []lvs.GatedService{{Service: service(1)}}, Quorum: 1, RealServers: real}
}

func sorryServer() *lvs.Destination {
	return &lvs.Destination{DestinationKey: key(99), Forward: lvs.Direct, Weight: 1}
}
