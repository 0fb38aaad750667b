package metrics

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// customary are the series that every Go program with Prometheus' client library has: boards are made of them.
const customary = `go_gc_duration_seconds go_gc_gogc_percent go_gc_gomemlimit_bytes go_goroutines go_info
go_memstats_alloc_bytes go_memstats_alloc_bytes_total go_memstats_buck_hash_sys_bytes go_memstats_frees_total
go_memstats_gc_sys_bytes go_memstats_heap_alloc_bytes go_memstats_heap_idle_bytes go_memstats_heap_inuse_bytes
go_memstats_heap_objects go_memstats_heap_released_bytes go_memstats_heap_sys_bytes go_memstats_last_gc_time_seconds
go_memstats_mallocs_total go_memstats_mcache_inuse_bytes go_memstats_mcache_sys_bytes go_memstats_mspan_inuse_bytes
go_memstats_mspan_sys_bytes go_memstats_next_gc_bytes go_memstats_other_sys_bytes go_memstats_stack_inuse_bytes
go_memstats_stack_sys_bytes go_memstats_sys_bytes go_sched_gomaxprocs_threads go_threads process_cpu_seconds_total
process_max_fds process_network_receive_bytes_total process_network_transmit_bytes_total process_open_fds
process_resident_memory_bytes process_start_time_seconds process_virtual_memory_bytes process_virtual_memory_max_bytes`

func TestProgramIsToldOfUnderCustomaryNames(t *testing.T) {
	text := scrape(t, nil)
	for _, name := range strings.Fields(customary) {
		kind := "gauge"
		switch {
		case strings.HasSuffix(name, "_total"):
			kind = "counter"
		case name == "go_gc_duration_seconds":
			kind = "summary"
		}
		if !strings.Contains(text, "# TYPE "+name+" "+kind+"\n") {
			t.Errorf("%s, a %s, is not told of", name, kind)
		}
	}
}

func TestFiguresOfThisProcessArePlausible(t *testing.T) {
	text := scrape(t, nil)
	value := func(name string) float64 {
		m := regexp.MustCompile(`(?m)^` + name + ` (\S+)$`).FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("no %s", name)
		}
		v, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, name := range []string{"process_open_fds", "process_max_fds", "go_goroutines", "go_threads", "go_memstats_alloc_bytes"} {
		if value(name) < 1 {
			t.Errorf("%s is %v", name, value(name))
		}
	}
	if r, v := value("process_resident_memory_bytes"), value("process_virtual_memory_bytes"); r < 1<<20 || v < r {
		t.Errorf("%v octets are resident, of %v", r, v)
	}
	if began := value("process_start_time_seconds"); began < 1e9 {
		t.Errorf("it began at %v", began)
	}
}

func TestAnswerIsCompressedForWhoAcceptsIt(t *testing.T) {
	h := Handler(sources(full()))
	for accepted, want := range map[string]bool{
		"gzip": true, "deflate, GZIP": true, "br;q=1.0, gzip;q=0.8": true, "gzip; q=0.001": true, "": false, "identity": false, "gzip;q=0": false,
		"gzip; q=0.000": false, "xgzip": false,
	} {
		r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		r.Header.Set("Accept-Encoding", accepted)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		var body io.Reader = w.Body
		if got := w.Header().Get("Content-Encoding") == "gzip"; got != want {
			t.Errorf("%q: compressed %v", accepted, got)
		} else if got {
			z, err := gzip.NewReader(body)
			if err != nil {
				t.Fatal(err)
			}
			body = z
		}
		text, err := io.ReadAll(body)
		if err != nil || !strings.Contains(string(text), "\nkeepalived_up 1\n") || !strings.Contains(string(text), "\nprocess_open_fds ") {
			t.Errorf("%q: %d octets, %v", accepted, len(text), err)
		}
		if kind := w.Header().Get("Content-Type"); !strings.HasPrefix(kind, "text/plain; version=0.0.4") {
			t.Errorf("%q: %s", accepted, kind)
		}
	}
}

func TestNamesCannotBreakALine(t *testing.T) {
	e := newEmitter()
	e.set(processUp, 1, "a\"b\\c\nd\xff")
	want := `keepalived_process_up{role="a\"b\\c\nd` + "\uFFFD" + `"} 1` + "\n"
	if got := string(e.text()); !strings.HasSuffix(got, "gauge\n"+want) {
		t.Errorf("got %s, want %s", got, want)
	}
}
