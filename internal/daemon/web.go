package daemon

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/holdfast-ha/holdfast/internal/api"
	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/metrics"
	"github.com/holdfast-ha/holdfast/internal/web"
	"github.com/holdfast-ha/holdfast/internal/web/page"
)

// webLimit is how long answers under way may take when the daemon stops.
const webLimit = 200 * time.Millisecond

// startWeb mounts what is served over HTTP and listens where the configuration asks for it.
func (p *parent) startWeb() {
	p.web = web.New(p.log)
	p.web.Handle(web.Metrics, "/metrics", metrics.Handler(metrics.Sources{
		Snapshot: p.source.Snapshot, Addresses: metrics.HostAddresses, Version: Version,
	}))
	p.web.Handle(web.Status, "/status", web.Zip(serveStatus(p.source)))
	page.Mount(p.web, page.Daemon{
		Host: hostID(), Snapshot: p.source.Snapshot, Events: &p.events, Findings: p.known.read, Do: p.answer,
	})
	p.useWeb()
}

// useWeb listens where the configuration in force asks for it, and reads the token anew.
func (p *parent) useWeb() {
	g := &p.config.Global
	if g.StatusListen != "" {
		p.known.judge(p.config, p.options.ConfigFile, p.options.ConfigID, p.problems)
	}
	p.web.Use(web.Settings{Metrics: g.MetricsListen, Status: g.StatusListen, TokenFile: g.StatusTokenFile})
}

// serveStatus is the state as JSON, in the form of holdfastctl status --json.
func serveStatus(source *control.Source) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, err := source.Snapshot(r.Context())
		if err != nil {
			http.Error(w, "the daemon does not tell its state: "+err.Error(), http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(api.FromStatus(s)) // who has hung up does not want it
	})
}
