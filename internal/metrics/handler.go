package metrics

import (
	"log"
	"net"
	"net/http"
	"net/netip"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// mostScrapes is how many scrapes are answered at a time.
const mostScrapes = 4

// Handler answers scrapes: the state, and the parent process itself (go_..., process_...). What cannot be
// told is left out, and logged.
func Handler(s Sources, errors *log.Logger) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(NewCollector(s), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		ErrorLog: errors, ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: mostScrapes,
	})
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
