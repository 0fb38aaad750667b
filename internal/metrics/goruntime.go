package metrics

import (
	"runtime"
	"runtime/debug"
	runtimemetrics "runtime/metrics"
	"time"
)

// What Go's runtime tells of this process, under the names that every Go program has.
var (
	golang = &group{title: "Go's runtime"}

	goInfo       = golang.add(gauge, "go_info", "Always 1: the version of Go.", "version")
	goGoroutines = golang.add(gauge, "go_goroutines", "Goroutines that there are.")
	goThreads    = golang.add(gauge, "go_threads", "Threads that were made.")
	goProcs      = golang.add(gauge, "go_sched_gomaxprocs_threads", "How many threads may run Go code at the same time (GOMAXPROCS).")
	goPauses     = golang.add(summary, "go_gc_duration_seconds", "Pauses of all goroutines for garbage collection; quantiles are of the last 256.")
	goPercent    = golang.add(gauge, "go_gc_gogc_percent", "How much the heap may grow between two collections (GOGC).")
	goLimit      = golang.add(gauge, "go_gc_gomemlimit_bytes", "The soft limit of memory (GOMEMLIMIT).")
)

// goMemory are the figures of runtime.MemStats.
var goMemory = []struct {
	series *series
	of     func(*runtime.MemStats) uint64
}{
	{memory(gauge, "alloc_bytes", "Octets of objects in the heap."), func(m *runtime.MemStats) uint64 { return m.Alloc }},
	{memory(counter, "alloc_bytes_total", "Octets that were allocated, freed ones included."), func(m *runtime.MemStats) uint64 { return m.TotalAlloc }},
	{memory(gauge, "sys_bytes", "Octets that the kernel has given."), func(m *runtime.MemStats) uint64 { return m.Sys }},
	{memory(counter, "mallocs_total", "Objects that were allocated."), func(m *runtime.MemStats) uint64 { return m.Mallocs }},
	{memory(counter, "frees_total", "Objects that were freed."), func(m *runtime.MemStats) uint64 { return m.Frees }},
	{memory(gauge, "heap_alloc_bytes", "Octets of objects in the heap."), func(m *runtime.MemStats) uint64 { return m.HeapAlloc }},
	{memory(gauge, "heap_sys_bytes", "Octets that the kernel has given for the heap."), func(m *runtime.MemStats) uint64 { return m.HeapSys }},
	{memory(gauge, "heap_idle_bytes", "Octets of the heap that wait for objects."), func(m *runtime.MemStats) uint64 { return m.HeapIdle }},
	{memory(gauge, "heap_inuse_bytes", "Octets of the heap in use."), func(m *runtime.MemStats) uint64 { return m.HeapInuse }},
	{memory(gauge, "heap_released_bytes", "Octets of the heap that were given back."), func(m *runtime.MemStats) uint64 { return m.HeapReleased }},
	{memory(gauge, "heap_objects", "Objects in the heap."), func(m *runtime.MemStats) uint64 { return m.HeapObjects }},
	{memory(gauge, "stack_inuse_bytes", "Octets of stacks in use."), func(m *runtime.MemStats) uint64 { return m.StackInuse }},
	{memory(gauge, "stack_sys_bytes", "Octets that the kernel has given for stacks."), func(m *runtime.MemStats) uint64 { return m.StackSys }},
	{memory(gauge, "mspan_inuse_bytes", "Octets of mspan structures in use."), func(m *runtime.MemStats) uint64 { return m.MSpanInuse }},
	{memory(gauge, "mspan_sys_bytes", "Octets that the kernel has given for them."), func(m *runtime.MemStats) uint64 { return m.MSpanSys }},
	{memory(gauge, "mcache_inuse_bytes", "Octets of mcache structures in use."), func(m *runtime.MemStats) uint64 { return m.MCacheInuse }},
	{memory(gauge, "mcache_sys_bytes", "Octets that the kernel has given for them."), func(m *runtime.MemStats) uint64 { return m.MCacheSys }},
	{memory(gauge, "buck_hash_sys_bytes", "Octets of profiles."), func(m *runtime.MemStats) uint64 { return m.BuckHashSys }},
	{memory(gauge, "gc_sys_bytes", "Octets of what the collector keeps."), func(m *runtime.MemStats) uint64 { return m.GCSys }},
	{memory(gauge, "other_sys_bytes", "Octets of the rest of the runtime."), func(m *runtime.MemStats) uint64 { return m.OtherSys }},
	{memory(gauge, "next_gc_bytes", "Size of the heap at which the next collection begins."), func(m *runtime.MemStats) uint64 { return m.NextGC }},
}

var goLastGC = memory(gauge, "last_gc_time_seconds", "When the last collection ended.")

func memory(k kind, name, help string) *series { return golang.add(k, "go_memstats_"+name, help) }

// golang sends what Go's runtime tells.
func (e *emitter) golang() {
	e.set(goInfo, 1, runtime.Version())
	e.set(goGoroutines, float64(runtime.NumGoroutine()))
	threads, _ := runtime.ThreadCreateProfile(nil)
	e.set(goThreads, float64(threads))
	e.set(goProcs, float64(runtime.GOMAXPROCS(0)))
	limits := []runtimemetrics.Sample{{Name: "/gc/gogc:percent"}, {Name: "/gc/gomemlimit:bytes"}}
	runtimemetrics.Read(limits)
	for i, s := range []*series{goPercent, goLimit} {
		if limits[i].Value.Kind() == runtimemetrics.KindUint64 {
			e.count(s, limits[i].Value.Uint64())
		}
	}
	pauses := debug.GCStats{PauseQuantiles: make([]time.Duration, 5)}
	debug.ReadGCStats(&pauses)
	for i, name := range []string{"0", "0.25", "0.5", "0.75", "1"} {
		e.line(goPauses, "", [2]string{"quantile", name}, pauses.PauseQuantiles[i].Seconds(), nil)
	}
	e.sum(goPauses, uint64(pauses.NumGC), pauses.PauseTotal)
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	for _, f := range goMemory {
		e.count(f.series, f.of(&m))
	}
	e.set(goLastGC, float64(m.LastGC)/1e9)
}
