package agentx

import (
	"encoding/binary"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tree is a view of numbers by name.
type tree []VarBind

func (t tree) Get(name OID) Value {
	for _, v := range t {
		if v.Name.Compare(name) == 0 {
			return v.Value
		}
	}
	return Value{Type: NoSuchInstance}
}

func (t tree) Next(name OID, include bool) (VarBind, bool) {
	for _, v := range t {
		if c := v.Name.Compare(name); c > 0 || c == 0 && include {
			return v, true
		}
	}
	return VarBind{}, false
}

type handler struct {
	tree
	set []VarBind
}

func (h *handler) View() View                        { return h.tree }
func (h *handler) Test(binds []VarBind) (Error, int) { h.set = binds; return WrongValue, 1 }
func (h *handler) Commit() Error                     { return CommitFailed }
func oid(parts ...uint32) OID                        { return OID{1, 3, 6, 1, 4}.Append(parts...) }
func leaf(n int, parts ...uint32) VarBind            { return VarBind{oid(parts...), Int(n)} }
func end(parts ...uint32) VarBind                    { return VarBind{oid(parts...), Value{Type: EndOfMIBView}} }
func ask(k kind, from, to OID, include bool) request {
	return request{header: header{kind: k}, ranges: []searchRange{{from, include, to}}}
}
func (r request) more(from OID, repetitions int) request {
	r.ranges = append(r.ranges, searchRange{from: from})
	r.repetitions = repetitions
	return r
}

// answered are the variables of the answer to a request.
func answered(t *testing.T, h Handler, r request) (binds []VarBind, err Error, index uint16) {
	t.Helper()
	d := decoder{b: answer(h, r), order: binary.BigEndian}
	d.long()
	err, index = Error(d.short()), d.short()
	for len(d.b) > 0 && d.err == nil {
		binds = append(binds, d.bind())
	}
	if d.err != nil {
		t.Fatalf("the answer cannot be read: %v", d.err)
	}
	return binds, err, index
}

func TestRequestsAreAnsweredAsTheProtocolSays(t *testing.T) {
	h := &handler{tree: tree{leaf(1, 1), leaf(-2, 2, 1), leaf(3, 2, 2), leaf(4, 9)}}
	missing := VarBind{oid(7), Value{Type: NoSuchInstance}}
	for _, tt := range []struct {
		name string
		ask  request
		want []VarBind
	}{
		{"get", ask(kindGet, oid(2, 1), nil, false), []VarBind{leaf(-2, 2, 1)}},
		{"get of what is not there", ask(kindGet, oid(7), nil, false), []VarBind{missing}},
		{"next", ask(kindGetNext, oid(1), nil, false), []VarBind{leaf(-2, 2, 1)}},
		{"next that may be the first", ask(kindGetNext, oid(1), nil, true), []VarBind{leaf(1, 1)}},
		{"next before the end of the range", ask(kindGetNext, oid(2, 1), oid(2, 2), false), []VarBind{end(2, 1)}},
		{"next behind the last", ask(kindGetNext, oid(9), nil, false), []VarBind{end(9)}},
		{"bulk", ask(kindGetBulk, oid(2), nil, false).more(oid(5), 2), []VarBind{leaf(-2, 2, 1), leaf(4, 9), leaf(3, 2, 2), end(9)}},
		{"bulk ends when all ranges have", ask(kindGetBulk, oid(9), nil, false).more(oid(9), 50), []VarBind{end(9), end(9)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err, _ := answered(t, h, tt.ask)
			if diff := cmp.Diff(tt.want, got); diff != "" || err != NoError {
				t.Errorf("error %d, variables (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestBulkIsBounded(t *testing.T) {
	var all tree
	for i := range uint32(3 * maxBinds) {
		all = append(all, leaf(0, i))
	}
	got, _, _ := answered(t, &handler{tree: all}, ask(kindGetBulk, oid(), nil, false).more(oid(), 65535))
	if len(got) != maxBinds {
		t.Errorf("%d variables, not %d", len(got), maxBinds)
	}
}

func TestSetsGoToTheHandler(t *testing.T) {
	h := &handler{}
	binds := []VarBind{leaf(5, 1)}
	if _, err, index := answered(t, h, request{header: header{kind: kindTestSet}, binds: binds}); err != WrongValue || index != 1 {
		t.Errorf("error %d at %d, not that of the handler", err, index)
	}
	if diff := cmp.Diff(binds, h.set); diff != "" {
		t.Error(diff)
	}
	if _, err, _ := answered(t, h, request{header: header{kind: kindCommitSet}}); err != CommitFailed {
		t.Errorf("error %d of a commit", err)
	}
	if payload := answer(h, request{header: header{kind: kindCleanupSet}}); payload != nil {
		t.Error("a CleanupSet is answered, which the protocol forbids")
	}
}

// every is a value of each type.
var every = []VarBind{
	{oid(1), Int(-1)}, {oid(2), Text("abc")}, {oid(3), Bytes(nil)}, {oid(4), Unsigned(1 << 31)}, {oid(5), Count(7)},
	{oid(6), Count64(1 << 40)}, {oid(7), Ticks(100)}, {oid(8), Identifier(OID{1, 3, 6, 1, 2, 1, 68})},
	{OID{2, 5, 4294967295}, Value{Type: Null}}, {oid(9), Value{Type: IPAddress, Octets: []byte{192, 0, 2, 1}}},
}

func TestVariablesSurviveTheWire(t *testing.T) {
	var e encoder
	for _, v := range every {
		e.bind(v)
	}
	if len(e.b)%4 != 0 {
		t.Error("the payload does not end at a multiple of four octets")
	}
	r, err := parse(header{kind: kindTestSet, flags: flagNetworkOrder}, e.b)
	if err != nil {
		t.Fatal(err)
	}
	empty := cmp.Transformer("nil", func(b []byte) []byte { return append([]byte{}, b...) })
	if diff := cmp.Diff(every, r.binds, cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Octets" }, empty)); diff != "" {
		t.Error(diff)
	}
}

func TestHeaders(t *testing.T) {
	good := pdu(header{kind: kindGet, session: 1, transaction: 2, packet: 3}, make([]byte, 8))
	h, err := parseHeader(good)
	if want := (header{kindGet, flagNetworkOrder, 1, 2, 3, 8}); err != nil || h != want {
		t.Errorf("header %+v, %v, not %+v", h, err, want)
	}
	for name, damage := range map[string]func([]byte) []byte{
		"short": func(b []byte) []byte { return b[:headerSize-1] }, "version": func(b []byte) []byte { b[0] = 2; return b },
		"odd size": func(b []byte) []byte { b[19] = 7; return b }, "huge": func(b []byte) []byte { b[16] = 1; return b },
	} {
		if _, err := parseHeader(damage(slices.Clone(good))); err == nil {
			t.Errorf("%s: a damaged header is taken", name)
		}
	}
}

func TestAddressesAreThoseOfNetSNMP(t *testing.T) {
	for address, want := range map[string][2]string{
		"":                      {"unix", "/var/agentx/master"},
		"/run/agentx":           {"unix", "/run/agentx"},
		"unix:/run/agentx":      {"unix", "/run/agentx"},
		"tcp:localhost:705":     {"tcp", "localhost:705"},
		"udp:192.0.2.1:705":     {"udp", "192.0.2.1:705"},
		"localhost:7050":        {"tcp", "localhost:7050"},
		"tcp:agent.example.org": {"tcp", "agent.example.org:705"},
		"tcp6:[2001:db8::1]":    {"tcp6", "[2001:db8::1]:705"},
		"tcpv6:[::1]:7050":      {"tcp6", "[::1]:7050"},
	} {
		if network, a := splitAddress(address); [2]string{network, a} != want {
			t.Errorf("%q is %s %s, not %v", address, network, a, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	var e encoder
	for _, v := range every {
		e.bind(v)
	}
	f.Add(uint8(kindTestSet), uint8(flagNetworkOrder), e.b)
	e = encoder{}
	e.oid(oid(1), true)
	e.oid(oid(2), false)
	f.Add(uint8(kindGetNext), uint8(flagNetworkOrder), e.b)
	f.Add(uint8(kindGet), uint8(0), []byte{255, 4, 0, 0})
	f.Add(uint8(kindResponse), uint8(flagContext|flagNetworkOrder), []byte{0, 0, 0, 9, 1})
	f.Fuzz(func(t *testing.T, k, flags uint8, payload []byte) {
		r, err := parse(header{kind: kind(k), flags: flags}, payload)
		if err != nil {
			return
		}
		for _, v := range r.binds {
			var again encoder
			again.bind(v)
			if d := (&decoder{b: again.b, order: binary.BigEndian}); d.bind().Name.Compare(v.Name) != 0 {
				t.Errorf("%v does not survive", v)
			}
		}
		if len(r.ranges) > 0 && len(answer(&handler{tree: tree{leaf(1, 1)}}, r)) == 0 {
			t.Error("no answer")
		}
	})
}
