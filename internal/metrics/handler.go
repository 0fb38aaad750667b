package metrics

import (
	"bytes"
	"log"
	"net"
	"net/http"
	"net/netip"

	dto "github.com/prometheus/client_model/go"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Handler answers scrapes: the state, and the parent process itself (go_..., process_...). What cannot be
// told is left out, and logged.
func Handler(s Sources, errors *log.Logger) http.Handler {
	own := NewGatherer(s)
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	both := prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
		state, _ := own.Gather() // does not fail
		program, err := registry.Gather()
		return append(state, program...), err // no name is in both: ours begin with keepalived_
	})
	return newShared(promhttp.HandlerFor(both, promhttp.HandlerOpts{ErrorLog: errors, ErrorHandling: promhttp.ContinueOnError}))
}

// HostAddresses returns the addresses of all interfaces of this host, or of the network namespace that this
// process is in; nil if the kernel does not tell.
func HostAddresses() map[netip.Addr]bool {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	here := make(map[netip.Addr]bool, len(all))
	for _, a := range all {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			here[p.Addr()] = true
		}
	}
	return here
}

// answer is what was answered.
type answer struct {
	code   int
	header http.Header
	body   bytes.Buffer
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(code int)        { a.code = code }
func (a *answer) Write(b []byte) (int, error) { return a.body.Write(b) }

// send writes it to whoever asked, as fast or slowly as that reads.
func (a *answer) send(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.code)
	_, _ = w.Write(a.body.Bytes()) // who has hung up does not want it
}
