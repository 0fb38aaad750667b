//go:build lab

package ipvs_test

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/lvs"
	"github.com/holdfast-ha/holdfast/lvs/ipvs"
)

// These tests need a kernel with IPVS, root, and ipvsadm: the lab. They empty its table.

func open(t testing.TB, o ipvs.Options) *ipvs.Kernel {
	t.Helper()
	k, err := ipvs.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Flush(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		k.Flush()
		k.Close()
	})
	return k
}

func apply(t testing.TB, k *ipvs.Kernel, ops ...lvs.Operation) {
	t.Helper()
	for _, err := range k.Apply(ops) {
		if err != nil {
			t.Error(err)
		}
	}
}

func read(t testing.TB, k *ipvs.Kernel) lvs.Table {
	t.Helper()
	table, err := k.Read(nil)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func run(t testing.TB, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v: %s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func sorted(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// sameAsIpvsadm compares what we wrote, what we read and what ipvsadm reads.
func sameAsIpvsadm(t testing.TB, k *ipvs.Kernel, want lvs.Table) {
	t.Helper()
	have := read(t, k)
	if diff := cmp.Diff(want.Save(), have.Save()); diff != "" {
		t.Errorf("read back something else (-want +got):\n%s", diff)
	}
	if ops := lvs.Diff(have, want, nil); len(ops) != 0 {
		t.Errorf("what was written still differs: %v", ops)
	}
	plain := have.Clone()
	for key, e := range plain {
		for dk, d := range e.Destinations {
			d.UpperThreshold, d.LowerThreshold = 0, 0 // ipvsadm-save leaves them out
			e.Destinations[dk] = d
		}
		plain[key] = e
	}
	if diff := cmp.Diff(sorted(run(t, "ipvsadm", "-Sn")), sorted(plain.Save())); diff != "" {
		t.Errorf("ipvsadm-save reads something else (-ipvsadm +ours):\n%s", diff)
	}
}

func tcp(addr string, port uint16) lvs.ServiceKey { return keyOf(addr, port, lvs.TCP) }

func keyOf(addr string, port uint16, p lvs.Protocol) lvs.ServiceKey {
	a := netip.MustParseAddr(addr)
	k := lvs.ServiceKey{Addr: a, Port: port, Protocol: p, Family: 4}
	if a.Is6() {
		k.Family = 6
	}
	return k
}

func dest(addr string, port uint16, f lvs.Forward, weight uint32) lvs.Destination {
	return lvs.Destination{DestinationKey: lvs.DestinationKey{Addr: netip.MustParseAddr(addr), Port: port}, Forward: f, Weight: weight}
}

func tableOf(entries ...lvs.Entry) lvs.Table {
	t := lvs.Table{}
	for _, e := range entries {
		t[e.Service.ServiceKey] = e
	}
	return t
}

func entry(s lvs.Service, dests ...lvs.Destination) lvs.Entry {
	e := lvs.Entry{Service: s, Destinations: map[lvs.DestinationKey]lvs.Destination{}}
	for _, d := range dests {
		e.Destinations[d.DestinationKey] = d
	}
	return e
}

func TestKernelTakesEverySchedulerAndReadsItBack(t *testing.T) {
	k := open(t, ipvs.Options{})
	var entries []lvs.Entry
	for i, name := range strings.Fields("rr wrr lc wlc lblc lblcr sh dh fo ovf sed nq mh twos") {
		port := uint16(1000 + i)
		s := lvs.Service{ServiceKey: tcp("192.0.2.1", port), Scheduler: name}
		e := entry(s, dest("10.0.0.1", port, lvs.Direct, 1), dest("10.0.0.2", port, lvs.Direct, 0))
		errs := k.Apply(lvs.Diff(nil, tableOf(e), nil))
		if errs[0] != nil {
			if name == "twos" && errors.Is(errs[0], unix.ENOENT) && strings.Contains(errs[0].Error(), "modprobe ip_vs_twos") {
				t.Logf("not in this kernel: %v", errs[0])
				continue
			}
			t.Errorf("%s: %v", name, errs[0])
		}
		entries = append(entries, e)
	}
	sameAsIpvsadm(t, k, tableOf(entries...))
}

func TestKernelTakesEveryOptionAndReadsItBack(t *testing.T) {
	k := open(t, ipvs.Options{})
	tunnel := func(addr string, kind uint8, port, flags uint16) lvs.Destination {
		d := dest(addr, 443, lvs.Tunnel, 1)
		d.TunnelType, d.TunnelPort, d.TunnelFlags = kind, port, flags
		return d
	}
	limited := dest("10.0.0.1", 80, lvs.Masquerade, 65535)
	limited.UpperThreshold, limited.LowerThreshold = 100, 50
	want := tableOf(
		entry(lvs.Service{ServiceKey: tcp("192.0.2.1", 80), Scheduler: "wrr"},
			limited, dest("10.0.0.2", 8080, lvs.Masquerade, 70000), dest("2001:db8::9", 80, lvs.Tunnel, 1)),
		entry(lvs.Service{ServiceKey: tcp("192.0.2.1", 443), Scheduler: "sh", Persistent: true, Timeout: 300, Netmask: 0xffffff00, Flags: 0x18},
			tunnel("10.0.0.1", 0, 0, 0), tunnel("10.0.0.2", 1, 6080, 1), tunnel("10.0.0.3", 1, 6080, 2), tunnel("10.0.0.4", 1, 6080, 0),
			tunnel("10.0.0.5", 2, 0, 0), tunnel("10.0.0.6", 2, 0, 1)),
		entry(lvs.Service{ServiceKey: keyOf("192.0.2.1", 53, lvs.UDP), Scheduler: "rr", OnePacket: true}, dest("10.0.0.1", 53, lvs.Direct, 1)),
		entry(lvs.Service{ServiceKey: keyOf("192.0.2.1", 5060, lvs.UDP), Scheduler: "rr", OnePacket: true, Persistent: true, Timeout: 60, Persistence: "sip"}),
		entry(lvs.Service{ServiceKey: keyOf("192.0.2.1", 99, lvs.SCTP), Scheduler: "rr"}, dest("10.0.0.1", 99, lvs.Direct, 1)),
		entry(lvs.Service{ServiceKey: tcp("192.0.2.1", 0), Scheduler: "rr", Persistent: true, Timeout: 360}, dest("10.0.0.1", 0, lvs.Direct, 1)),
		entry(lvs.Service{ServiceKey: tcp("2001:db8::1", 80), Scheduler: "mh", Persistent: true, Timeout: 60, Netmask: 64, Flags: 0x10},
			dest("2001:db8::2", 80, lvs.Direct, 1), dest("2001:db8::3", 80, lvs.Masquerade, 1), dest("2001:db8::4", 80, lvs.Tunnel, 1)),
		entry(lvs.Service{ServiceKey: lvs.ServiceKey{FWMark: 4, Family: 4}, Scheduler: "rr"}, dest("10.0.0.1", 3306, lvs.Direct, 1)),
		entry(lvs.Service{ServiceKey: lvs.ServiceKey{FWMark: 4, Family: 6}, Scheduler: "wlc", Flags: 0x38, Persistent: true, Timeout: 9}, dest("2001:db8::2", 0, lvs.Direct, 1)),
		entry(lvs.Service{ServiceKey: lvs.ServiceKey{FWMark: 2147483647, Family: 4}, Scheduler: "rr", Persistent: true, Timeout: 50}),
	)
	apply(t, k, lvs.Diff(nil, want, nil)...)
	sameAsIpvsadm(t, k, want)
	before := k.Writes()
	apply(t, k, lvs.Diff(read(t, k), want, nil)...)
	if k.Writes() != before {
		t.Error("an equal table was written again")
	}

	changed := want.Clone()
	for key, e := range changed { // every option changes in place
		e.Service.Scheduler = "wrr"
		e.Service.Flags ^= 0x8
		e.Service.OnePacket = false
		e.Service.Persistent, e.Service.Timeout = true, e.Service.Timeout+10
		for dk, d := range e.Destinations {
			d.Weight++
			d.UpperThreshold, d.LowerThreshold = d.UpperThreshold+7, d.LowerThreshold+7
			e.Destinations[dk] = d
		}
		changed[key] = e
	}
	ops := lvs.Diff(read(t, k), changed, nil)
	for _, op := range ops {
		if op.Verb != lvs.EditService && op.Verb != lvs.EditDestination {
			t.Errorf("not an edit in place: %s", op)
		}
	}
	apply(t, k, ops...)
	sameAsIpvsadm(t, k, changed)
	apply(t, k, lvs.Diff(read(t, k), lvs.Table{}, nil)...)
	sameAsIpvsadm(t, k, lvs.Table{})
}

func TestKernelReadsOwnAddressAsWritten(t *testing.T) {
	k := open(t, ipvs.Options{})
	want := tableOf(entry(lvs.Service{ServiceKey: tcp("192.0.2.1", 80), Scheduler: "rr"},
		dest("127.0.0.1", 80, lvs.Direct, 1), dest("127.0.0.2", 80, lvs.Masquerade, 1), dest("127.0.0.3", 80, lvs.Tunnel, 1)))
	apply(t, k, lvs.Diff(nil, want, nil)...)
	t.Logf("ipvsadm -Ln:\n%s", run(t, "ipvsadm", "-Ln"))
	sameAsIpvsadm(t, k, want)
}

func TestKernelSettlesWhatDiffersFromExpectation(t *testing.T) {
	s := lvs.Service{ServiceKey: tcp("192.0.2.1", 80), Scheduler: "rr"}
	s2 := s
	s2.Scheduler = "wrr"
	d, d2 := dest("10.0.0.1", 80, lvs.Direct, 1), dest("10.0.0.1", 80, lvs.Direct, 5)
	op := func(v lvs.Verb, s lvs.Service, d lvs.Destination) lvs.Operation {
		return lvs.Operation{Verb: v, Service: s, Destination: d}
	}
	none := lvs.Destination{}
	for _, c := range []struct {
		name        string
		before, ops []lvs.Operation
		want        string
	}{
		{"add of an existing service and destination changes them",
			[]lvs.Operation{op(lvs.AddService, s, none), op(lvs.AddDestination, s, d)},
			[]lvs.Operation{op(lvs.AddService, s2, none), op(lvs.AddDestination, s, d2)},
			"-A -t 192.0.2.1:80 -s wrr\n-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 5\n"},
		{"edit of a missing service adds it and what follows", nil,
			[]lvs.Operation{op(lvs.EditService, s2, none), op(lvs.EditDestination, s, d2)},
			"-A -t 192.0.2.1:80 -s wrr\n-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 5\n"},
		{"edit of a missing destination adds it", []lvs.Operation{op(lvs.AddService, s, none)},
			[]lvs.Operation{op(lvs.EditDestination, s, d2)},
			"-A -t 192.0.2.1:80 -s rr\n-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 5\n"},
		{"deletes of what is missing are done", []lvs.Operation{op(lvs.AddService, s2, none)},
			[]lvs.Operation{op(lvs.DeleteDestination, s, d), op(lvs.DeleteService, s, none), op(lvs.DeleteService, s, none), op(lvs.DeleteDestination, s, d)},
			""},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := open(t, ipvs.Options{})
			apply(t, k, c.before...)
			apply(t, k, c.ops...)
			if diff := cmp.Diff(c.want, read(t, k).Save()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestKernelErrorsBelongToTheirOperationAndSayWhatToDo(t *testing.T) {
	var traced []string
	k := open(t, ipvs.Options{Trace: func(op lvs.Operation, err error) { traced = append(traced, fmt.Sprint(op, " ", err != nil)) }})
	good := lvs.Service{ServiceKey: tcp("192.0.2.1", 80), Scheduler: "rr"}
	bad := lvs.Service{ServiceKey: tcp("192.0.2.1", 81), Scheduler: "nosuch"}
	limits := dest("10.0.0.2", 80, lvs.Direct, 1)
	limits.UpperThreshold, limits.LowerThreshold = 1, 2
	ops := []lvs.Operation{
		{Verb: lvs.AddService, Service: bad},
		{Verb: lvs.AddService, Service: good},
		{Verb: lvs.AddDestination, Service: bad, Destination: dest("10.0.0.1", 80, lvs.Direct, 1)},
		{Verb: lvs.AddDestination, Service: good, Destination: dest("2001:db8::1", 80, lvs.Direct, 1)},
		{Verb: lvs.AddDestination, Service: good, Destination: limits},
		{Verb: lvs.AddDestination, Service: good, Destination: dest("10.0.0.1", 80, lvs.Direct, 1)},
	}
	wantText := []string{"modprobe ip_vs_nosuch", "", "not in the kernel", "needs the forwarding method TUN", "threshold", ""}
	wantErrno := []error{unix.ENOENT, nil, unix.ESRCH, unix.EINVAL, unix.ERANGE, nil}
	for i, err := range k.Apply(ops) {
		if !errors.Is(err, wantErrno[i]) || err != nil && !strings.Contains(err.Error(), wantText[i]) {
			t.Errorf("%s: %v; want %v, %q", ops[i], err, wantErrno[i], wantText[i])
		}
	}
	if len(traced) != len(ops) || !strings.HasSuffix(traced[0], "true") || !strings.HasSuffix(traced[5], "false") {
		t.Errorf("trace: %v", traced)
	}
	sameAsIpvsadm(t, k, tableOf(entry(good, dest("10.0.0.1", 80, lvs.Direct, 1))))
}

func TestKernelKeepsThePersistenceEngineOverAnEdit(t *testing.T) {
	k := open(t, ipvs.Options{})
	s := lvs.Service{ServiceKey: keyOf("192.0.2.1", 5060, lvs.UDP), Scheduler: "rr", OnePacket: true, Persistent: true, Timeout: 60, Persistence: "sip"}
	apply(t, k, lvs.Operation{Verb: lvs.AddService, Service: s})
	s.Scheduler = "wrr"
	apply(t, k, lvs.Operation{Verb: lvs.EditService, Service: s})
	sameAsIpvsadm(t, k, tableOf(entry(s)))
	s.Persistence = ""
	apply(t, k, lvs.Diff(read(t, k), tableOf(entry(s)), nil)...)
	sameAsIpvsadm(t, k, tableOf(entry(s)))
}

func TestKernelReadsOnlyWhatIsAskedFor(t *testing.T) {
	k := open(t, ipvs.Options{})
	if got := read(t, k); len(got) != 0 {
		t.Errorf("an empty table reads as %v", got)
	}
	a := entry(lvs.Service{ServiceKey: tcp("192.0.2.1", 80), Scheduler: "rr"})
	b := entry(lvs.Service{ServiceKey: tcp("192.0.2.2", 80), Scheduler: "rr"}, dest("10.0.0.1", 80, lvs.Direct, 1))
	apply(t, k, lvs.Diff(nil, tableOf(a, b), nil)...)
	got, err := k.Read(func(key lvs.ServiceKey) bool { return key == b.Service.ServiceKey })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(tableOf(b).Save(), got.Save()); diff != "" {
		t.Error(diff)
	}
}

func TestKernelTimeoutsAreSetAndLeftAlone(t *testing.T) {
	k := open(t, ipvs.Options{})
	before, err := k.Timeouts()
	if err != nil {
		t.Fatal(err)
	}
	defer k.SetTimeouts(before)
	if err := k.SetTimeouts(lvs.Timeouts{TCP: 30 * time.Second, UDP: 60 * time.Second}); err != nil {
		t.Fatal(err)
	}
	got, err := k.Timeouts()
	want := lvs.Timeouts{TCP: 30 * time.Second, TCPFin: before.TCPFin, UDP: 60 * time.Second}
	if err != nil || got != want {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
}

func TestKernelRunsSyncDaemons(t *testing.T) {
	k := open(t, ipvs.Options{})
	if got, err := k.Daemons(); err != nil || len(got) != 0 {
		t.Fatalf("%v, %v", got, err)
	}
	if err := k.StartDaemon(lvs.SyncDaemon{Role: lvs.SyncMaster, Interface: "nosuch0", SyncID: 1}); !errors.Is(err, unix.ENODEV) {
		t.Errorf("daemon on a missing interface: %v", err)
	}
	if err := k.StopDaemon(lvs.SyncMaster); err != nil {
		t.Errorf("stop of no daemon: %v", err)
	}
	run(t, "ip", "link", "add", "sync0", "type", "dummy")
	defer run(t, "ip", "link", "del", "sync0")
	run(t, "ip", "addr", "add", "192.0.2.77/24", "dev", "sync0")
	run(t, "ip", "link", "set", "sync0", "up")
	master := lvs.SyncDaemon{Role: lvs.SyncMaster, Interface: "sync0", SyncID: 7, MaxLen: 1400, Group: netip.MustParseAddr("224.0.0.99"), Port: 8849, TTL: 3}
	backup := lvs.SyncDaemon{Role: lvs.SyncBackup, Interface: "sync0", SyncID: 7}
	for _, d := range []lvs.SyncDaemon{master, backup} {
		if err := k.StartDaemon(d); err != nil {
			t.Fatal(err)
		}
		defer k.StopDaemon(d.Role)
	}
	if err := k.StartDaemon(master); err != nil {
		t.Errorf("the same daemon again: %v", err)
	}
	if err := k.StartDaemon(backup); err != nil {
		t.Errorf("the same daemon with defaults again: %v", err)
	}
	other := master
	other.SyncID = 8
	if err := k.StartDaemon(other); !errors.Is(err, unix.EEXIST) {
		t.Errorf("another daemon of a role that is taken: %v", err)
	}
	backup.MaxLen, backup.Group, backup.Port, backup.TTL = 1472, netip.MustParseAddr("224.0.0.81"), 8848, 1
	got, err := k.Daemons()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]lvs.SyncDaemon{master, backup}, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestKernelCountersAreZeroed(t *testing.T) {
	k := open(t, ipvs.Options{})
	run(t, "ip", "link", "add", "zero0", "type", "dummy")
	defer run(t, "ip", "link", "del", "zero0")
	run(t, "ip", "addr", "add", "192.0.2.78/32", "dev", "zero0")
	run(t, "ip", "link", "set", "zero0", "up")
	s := lvs.Service{ServiceKey: keyOf("192.0.2.78", 7777, lvs.UDP), Scheduler: "rr"}
	apply(t, k, lvs.Operation{Verb: lvs.AddService, Service: s},
		lvs.Operation{Verb: lvs.AddDestination, Service: s, Destination: dest("192.0.2.78", 7778, lvs.Masquerade, 1)})
	if c, err := net.Dial("udp", "192.0.2.78:7777"); err != nil {
		t.Fatal(err)
	} else if _, err := c.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	counted := func() string {
		return strings.Fields(strings.Split(run(t, "ipvsadm", "-Ln", "--stats", "--exact"), "\n")[3])[2]
	}
	// The kernel adds its processors' counters up every two seconds.
	for end := time.Now().Add(20 * time.Second); counted() == "0" && time.Now().Before(end); {
		time.Sleep(100 * time.Millisecond)
	}
	if counted() == "0" {
		t.Fatalf("no connection was counted:\n%s", run(t, "ipvsadm", "-Ln", "--stats", "--exact"))
	}
	key := s.ServiceKey
	missing := tcp("127.0.0.9", 1)
	all, err := k.Counts(map[lvs.ServiceKey]struct{}{key: {}, missing: {}})
	here := all[key].Destinations[lvs.DestinationKey{Addr: netip.MustParseAddr("192.0.2.78"), Port: 7778}]
	if want := (lvs.Traffic{Connections: 1, PacketsIn: 1, BytesIn: 29}); err != nil || len(all) != 1 ||
		all[key].Traffic.Connections != 1 || all[key].Traffic.BytesIn != 29 || here.Traffic.PacketsIn != 1 || here.Traffic.BytesIn != 29 || here.Connections.Active+here.Connections.Inactive != 1 {
		t.Errorf("counts %+v, %v; want %+v of the service and its destination, with one connection", all, err, want)
	}
	if err := k.Zero(&key); err != nil || counted() != "0" {
		t.Errorf("%v, %s connections after zero", err, counted())
	}
	if err := k.Zero(nil); err != nil {
		t.Error(err)
	}
	if err := k.Zero(&missing); !errors.Is(err, unix.ESRCH) {
		t.Errorf("zero of a missing service: %v", err)
	}
}

func TestKernelOfAnotherNamespace(t *testing.T) {
	name := fmt.Sprintf("ipvs%d", os.Getpid())
	run(t, "ip", "netns", "add", name)
	defer run(t, "ip", "netns", "del", name)
	run(t, "ip", "-n", name, "link", "set", "lo", "up") // without any address nothing is unicast
	k, other := open(t, ipvs.Options{}), open(t, ipvs.Options{NetNS: name})
	e := entry(lvs.Service{ServiceKey: tcp("192.0.2.1", 80), Scheduler: "rr"}, dest("10.0.0.1", 80, lvs.Direct, 1))
	apply(t, other, lvs.Diff(nil, tableOf(e), nil)...)
	if got := read(t, k); len(got) != 0 {
		t.Errorf("the service of the other namespace is in ours:\n%s", got.Save())
	}
	if diff := cmp.Diff(tableOf(e).Save(), run(t, "ip", "netns", "exec", name, "ipvsadm", "-Sn")); diff != "" {
		t.Error(diff)
	}
	if _, err := ipvs.Open(ipvs.Options{NetNS: "no-such-namespace"}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing namespace: %v", err)
	}
}

func TestKernelPreparesWhatServicesNeed(t *testing.T) {
	k := open(t, ipvs.Options{})
	exec.Command("modprobe", "-r", "ip_vs_sed", "ip_vs_pe_sip").Run()
	k.Prepare([]lvs.Service{{Scheduler: "sed", Persistence: "sip"}, {Scheduler: "nosuch"}})
	for _, m := range []string{"ip_vs_sed", "ip_vs_pe_sip"} {
		if _, err := os.Stat("/sys/module/" + m); err != nil {
			t.Error(err)
		}
	}
}

func TestKernelWithoutModuleSaysSoAndLoadsIt(t *testing.T) {
	for _, m := range strings.Fields(run(t, "sh", "-c", "lsmod | awk '/^ip_vs_/ {print $1}'")) {
		run(t, "modprobe", "-r", m)
	}
	run(t, "modprobe", "-r", "ip_vs")
	// The kernel itself would load the module when it is asked for the family: as with a kernel
	// that has none, the loader is taken away.
	const loader = "/proc/sys/kernel/modprobe"
	program, err := os.ReadFile(loader)
	if err != nil {
		t.Fatal(err)
	}
	restore := func() {
		if err := os.WriteFile(loader, program, 0o644); err != nil {
			t.Error(err)
		}
	}
	defer restore()
	if err := os.WriteFile(loader, []byte("/bin/false\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, no := range []bool{true, false} {
		_, err := ipvs.Open(ipvs.Options{NoModprobe: no})
		if !errors.Is(err, ipvs.ErrNotLoaded) || !strings.Contains(err.Error(), "ip_vs is not in this kernel or not loaded: modprobe ip_vs") {
			t.Errorf("without the module: %v", err)
		}
	}
	restore()
	open(t, ipvs.Options{})
}

// The test runs itself as a user without any rights.
func TestKernelRefusesTheUnprivileged(t *testing.T) {
	if os.Getenv("UNPRIVILEGED") != "" {
		_, err := ipvs.Open(ipvs.Options{})
		if !errors.Is(err, ipvs.ErrPermission) || !errors.Is(err, unix.EPERM) {
			t.Fatalf("unprivileged: %v", err)
		}
		return
	}
	open(t, ipvs.Options{})
	binary, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := errors.Join(os.Chmod(dir, 0o755), os.WriteFile(dir+"/test", binary, 0o755)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(dir+"/test", "-test.run", "^"+t.Name()+"$")
	cmd.Env, cmd.Dir = append(os.Environ(), "UNPRIVILEGED=1"), "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
