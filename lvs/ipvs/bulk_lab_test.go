//go:build lab

package ipvs_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/lvs"
	"github.com/holdfast-ha/holdfast/lvs/ipvs"
)

// bulk is a table of services with four destinations each.
func bulk(services int) lvs.Table {
	table := lvs.Table{}
	for i := range services {
		vip := netip.AddrFrom4([4]byte{10, 99, byte(i >> 8), byte(i)})
		s := lvs.Service{ServiceKey: lvs.ServiceKey{Addr: vip, Port: 80, Protocol: lvs.TCP, Family: 4}, Scheduler: "rr"}
		e := lvs.Entry{Service: s, Destinations: map[lvs.DestinationKey]lvs.Destination{}}
		for j := range 4 {
			key := lvs.DestinationKey{Addr: netip.AddrFrom4([4]byte{10, byte(100 + j), byte(i >> 8), byte(i)}), Port: 80}
			e.Destinations[key] = lvs.Destination{DestinationKey: key, Forward: lvs.Direct, Weight: 1}
		}
		table[s.ServiceKey] = e
	}
	return table
}

func TestKernelTakesTenThousandDestinationsInBatches(t *testing.T) {
	k := open(t, ipvs.Options{})
	want := bulk(2500)
	ops := lvs.Diff(nil, want, nil)

	begin := time.Now()
	apply(t, k, ops...)
	batched := time.Since(begin)

	begin = time.Now()
	have := read(t, k)
	reading := time.Since(begin)
	if left := lvs.Diff(have, want, nil); len(left) != 0 {
		t.Fatalf("%d operations are missing", len(left))
	}
	begin = time.Now()
	apply(t, k, lvs.Diff(have, nil, nil)...)
	deleting := time.Since(begin)

	begin = time.Now()
	for _, op := range ops {
		apply(t, k, op)
	}
	single := time.Since(begin)
	t.Logf("%d operations: batched %v (%v each), one by one %v (%v each); read %v; delete of 2500 services %v",
		len(ops), batched, batched/time.Duration(len(ops)), single, single/time.Duration(len(ops)), reading, deleting)
	if batched >= single {
		t.Error("batches are not faster than single operations")
	}
}

func TestKernelAnswersEveryOperationOfABatchThatFails(t *testing.T) {
	k := open(t, ipvs.Options{})
	s := lvs.Service{ServiceKey: tcp("192.0.2.1", 80), Scheduler: "rr"}
	var ops []lvs.Operation
	for range 5000 {
		ops = append(ops, lvs.Operation{Verb: lvs.AddDestination, Service: s, Destination: dest("10.0.0.1", 80, lvs.Direct, 1)})
	}
	for i, err := range k.Apply(ops) {
		if err == nil {
			t.Fatalf("operation %d succeeded without its service", i)
		}
	}
}
